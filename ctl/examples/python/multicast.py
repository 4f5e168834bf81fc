"""A multicast group on the loopback interface of an agent's host: options, what a
datagram tells about itself, and one that says how it wants to be sent. The argument is
the path of the agent's unix socket."""
import sys, uuid
import grpc
from farsock.v1 import address_pb2, option_pb2 as opt, outcome_pb2, session_service_pb2 as session, socket_pb2
from farsock.v1 import session_service_pb2_grpc, socket_service_pb2 as sock, socket_service_pb2_grpc
GROUP = "239.255.10.2"
channel = grpc.insecure_channel("unix:" + sys.argv[1])
sessions = session_service_pb2_grpc.SessionServiceStub(channel)
sockets = socket_service_pb2_grpc.SocketServiceStub(channel)
lease = sessions.CreateSession(session.CreateSessionRequest()).session

def addr(host, port):
    return address_pb2.Address(inet=address_pb2.InetAddress(host=host, port=port))

def opened(host, *options):  # options are set in this order, before bind
    response = sockets.Open(sock.OpenRequest(
        session=lease.name, request_id=str(uuid.uuid4()), family=address_pb2.FAMILY_INET,
        type=address_pb2.SOCKET_TYPE_DATAGRAM, options=options, bind=addr(host, 0)))
    return done(response).socket

def done(response):  # the kernel's answer is data, not an exception: look at it
    outcome = response.outcome
    assert outcome.code == outcome_pb2.OUTCOME_CODE_DONE, f"{outcome.syscall}: {outcome.errno_name}"
    return response

def set_options(s, *options):  # answers with what the kernel has then
    return sockets.SetOptions(sock.SetOptionsRequest(socket="sockets/" + s.uid, options=options))

member = opt.MulticastMembership(group=GROUP, interface_name="lo")
receiver = opened("0.0.0.0", opt.SocketOption(packet_info=True), opt.SocketOption(receive_ttl=True),
                  opt.SocketOption(receive_traffic_class=True), opt.SocketOption(multicast_all=False))
done(set_options(receiver, opt.SocketOption(multicast_join=member)))
again = set_options(receiver, opt.SocketOption(multicast_ttl=4), opt.SocketOption(multicast_join=member))
print(f"joining twice: option {again.failed_index} failed, {again.outcome.errno_name}; set before: {again.options[0].multicast_ttl}")

sender = opened("127.0.0.1", opt.SocketOption(multicast_interface="lo"))
to = addr(GROUP, receiver.local.inet.port)
# One call, sendmmsg(2): the second datagram has a TTL and a traffic class of its own.
sent = done(sockets.Send(sock.SendRequest(socket="sockets/" + sender.uid, datagrams=[
    socket_pb2.Datagram(data=b"Hello, group!", peer=to),
    socket_pb2.Datagram(data=b"Hello, neighbours!", peer=to, ttl=3, traffic_class=0x28)])))
print("sent", sent.datagrams_applied, "datagrams")
for _ in range(2):
    got = done(sockets.Receive(sock.ReceiveRequest(socket="sockets/" + receiver.uid))).datagrams[0]
    assert got.peer == sender.local and got.destination == to
    print(f"{got.data} to {got.destination.inet.host} by {got.interface_name}, TTL {got.ttl}, "
          f"traffic class {got.traffic_class:#x}, {len(got.control)} control messages")

done(set_options(receiver, opt.SocketOption(multicast_leave=member)))
done(sockets.Send(sock.SendRequest(socket="sockets/" + sender.uid, data=b"Anyone?", to=to)))
late = sockets.Receive(sock.ReceiveRequest(socket="sockets/" + receiver.uid, dont_wait=True))
print("after leaving:", outcome_pb2.OutcomeCode.Name(late.outcome.code))
sessions.CloseSession(session.CloseSessionRequest(name=lease.name))  # closes both sockets, too
