"""The socket tutorial on an agent's host, with nothing but the generated stubs.
The argument is the path of the agent's unix socket."""
import sys, uuid
import grpc
from farsock.v1 import address_pb2, outcome_pb2, session_service_pb2 as session
from farsock.v1 import session_service_pb2_grpc, socket_service_pb2 as sock, socket_service_pb2_grpc
INET, INET6 = address_pb2.FAMILY_INET, address_pb2.FAMILY_INET6
STREAM, DATAGRAM = address_pb2.SOCKET_TYPE_STREAM, address_pb2.SOCKET_TYPE_DATAGRAM
channel = grpc.insecure_channel("unix:" + sys.argv[1])
sessions = session_service_pb2_grpc.SessionServiceStub(channel)
sockets = socket_service_pb2_grpc.SocketServiceStub(channel)
lease = sessions.CreateSession(session.CreateSessionRequest()).session  # for 30 s; every call renews it

def addr(host, port):
    return address_pb2.Address(inet=address_pb2.InetAddress(host=host, port=port))
def pair(address):
    return address.inet.host, address.inet.port

def done(response):  # the kernel's answer is data, not an exception: look at it
    outcome = response.outcome
    assert outcome.code == outcome_pb2.OUTCOME_CODE_DONE, f"{outcome.syscall}: {outcome.errno_name}"
    return response

def opened(**stages):  # a repeat with the same request_id would return the same socket
    return done(sockets.Open(sock.OpenRequest(session=lease.name, request_id=str(uuid.uuid4()), **stages))).socket

def send(s, data, to=None):
    done(sockets.Send(sock.SendRequest(socket="sockets/" + s.uid, data=data, to=to)))
def recv(s, most=1024):
    return done(sockets.Receive(sock.ReceiveRequest(socket="sockets/" + s.uid, max_bytes=most)))
def close(*several):
    for s in several:
        done(sockets.Close(sock.CloseRequest(socket="sockets/" + s.uid)))

for family, host in (INET, "localhost"), (INET, "127.0.0.1"), (INET, ""), (INET6, "::1"), (INET6, ""):
    server = opened(family=family, type=STREAM, bind=addr(host, 0), listen=sock.ListenStage(backlog=5))
    target = addr(host or "localhost" if family == INET else "::1", server.local.inet.port)
    client = opened(family=family, type=STREAM, connect=target)
    conn = done(sockets.Accept(sock.AcceptRequest(socket="sockets/" + server.uid))).socket
    print(f"at {pair(server.local)}, backlog {server.backlog}: a client from {pair(conn.peer)}")
    send(conn, b"Hello, client!")
    print("  received", recv(client).data)
    close(conn)
    print("  received", recv(client).data, "at the end of the stream")
    close(client, server)
for port in 65535, 65536, -1:
    try:
        close(opened(family=INET, type=STREAM, bind=addr("127.0.0.43", port)))
        print(f"port {port} can be bound")
    except grpc.RpcError as refused:  # the request is at fault, not the kernel
        print(f"port {port}: {refused.code().name}: {refused.details()}")
for family, host in (INET, "localhost"), (INET6, "::1"):
    server, client = (opened(family=family, type=DATAGRAM, bind=addr(host, 0)) for _ in range(2))
    send(client, b"Hello, server!", to=server.local)
    got = recv(server).datagrams[0]
    send(server, b"Hello, client!", to=got.peer)
    print(f"datagrams on {host}: {got.data} from {pair(got.peer)}, {recv(client).datagrams[0].data} back")
    close(client, server)
sessions.CloseSession(session.CloseSessionRequest(name=lease.name))  # what is left open is closed with it
