//go:build linux

package differ

import (
	"context"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/ctl/e2e/posix"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

var families = map[posix.Family]farsockv1.Family{
	posix.Inet: farsockv1.Family_FAMILY_INET, posix.Inet6: farsockv1.Family_FAMILY_INET6, posix.Unix: farsockv1.Family_FAMILY_UNIX,
}

var types = map[posix.Type]farsockv1.SocketType{
	posix.Stream: farsockv1.SocketType_SOCKET_TYPE_STREAM, posix.Datagram: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM,
	posix.Seqpacket: farsockv1.SocketType_SOCKET_TYPE_SEQPACKET,
}

func (a *agentSide) open(ctx context.Context, op posix.Op) (posix.Result, error) {
	req := &farsockv1.OpenRequest{Session: a.session, Family: families[op.Family], Type: types[op.Type]}
	if op.Protocol != 0 {
		req.Protocol = proto.Int32(int32(op.Protocol))
	}
	res, err := a.client.Sockets.Open(ctx, req)
	if err != nil {
		return posix.Result{}, err
	}
	if s := res.GetSocket(); s != nil {
		a.install(op.Socket, handle{name: wire.SocketUID(s.GetUid()), family: op.Family, typ: op.Type})
	}
	return answer(res.GetOutcome()), nil
}

func (a *agentSide) bind(ctx context.Context, op posix.Op) (posix.Result, error) {
	h := a.socket(op.Socket)
	res, err := a.client.Sockets.Bind(ctx, &farsockv1.BindRequest{Socket: h.name, Address: a.address(h, op.Address)})
	return a.directed(answer(res.GetOutcome()), res.GetOutcome().GetLocal()), err
}

func (a *agentSide) listen(ctx context.Context, op posix.Op) (posix.Result, error) {
	h := a.socket(op.Socket)
	res, err := a.client.Sockets.Listen(ctx, &farsockv1.ListenRequest{Socket: h.name, Backlog: proto.Int32(int32(op.Backlog))})
	return answer(res.GetOutcome()), err
}

func (a *agentSide) connect(ctx context.Context, op posix.Op) (posix.Result, error) {
	h := a.socket(op.Socket)
	req := &farsockv1.ConnectRequest{Socket: h.name, Wait: wait(op), Disconnect: op.Call == posix.Disconnect}
	if op.Call == posix.Connect {
		req.Peer = a.address(h, op.Address)
	}
	res, err := a.client.Sockets.Connect(ctx, req)
	return a.directed(answer(res.GetOutcome()), res.GetOutcome().GetPeer()), err
}

func (a *agentSide) accept(ctx context.Context, op posix.Op) (posix.Result, error) {
	h := a.socket(op.Socket)
	res, err := a.client.Sockets.Accept(ctx, &farsockv1.AcceptRequest{Socket: h.name, Wait: wait(op)})
	if err != nil || res.GetSocket() == nil {
		return answer(res.GetOutcome()), err
	}
	a.install(op.New, handle{name: wire.SocketUID(res.GetSocket().GetUid()), family: h.family, typ: h.typ})
	r := answer(res.GetOutcome())
	r.Address = a.text(res.GetSocket().GetPeer())
	return r, nil
}

func (a *agentSide) shutdown(ctx context.Context, op posix.Op) (posix.Result, error) {
	how := map[posix.How]farsockv1.ShutdownHow{
		posix.Read: farsockv1.ShutdownHow_SHUTDOWN_HOW_READ, posix.Write: farsockv1.ShutdownHow_SHUTDOWN_HOW_WRITE,
		posix.Both: farsockv1.ShutdownHow_SHUTDOWN_HOW_BOTH,
	}[op.How]
	res, err := a.client.Sockets.Shutdown(ctx, &farsockv1.ShutdownRequest{Socket: a.socket(op.Socket).name, How: how})
	return answer(res.GetOutcome()), err
}

func (a *agentSide) close(ctx context.Context, op posix.Op) (posix.Result, error) {
	h := a.socket(op.Socket)
	a.mu.Lock()
	delete(a.sockets, op.Socket)
	a.mu.Unlock()
	res, err := a.client.Sockets.Close(ctx, &farsockv1.CloseRequest{Socket: h.name, Abort: op.Call == posix.Abort})
	return answer(res.GetOutcome()), err
}

func (a *agentSide) get(ctx context.Context, number int) (*farsockv1.Socket, error) {
	res, err := a.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: a.socket(number).name})
	return res.GetSocket(), err
}

// name is getsockname(2), which succeeds on an unbound socket too, or
// getpeername(2), which an unset peer answers.
func (a *agentSide) name(ctx context.Context, op posix.Op) (posix.Result, error) {
	s, err := a.get(ctx, op.Socket)
	if err != nil {
		return posix.Result{}, err
	}
	if op.Call == posix.PeerName {
		if s.GetPeer() == nil {
			return posix.Result{Errno: "ENOTCONN", Syscall: "getpeername"}, nil
		}
		return posix.Result{Address: a.text(s.GetPeer())}, nil
	}
	if s.GetLocal() == nil && a.socket(op.Socket).family == posix.Unix {
		return posix.Result{Address: "."}, nil
	}
	return posix.Result{Address: a.text(s.GetLocal())}, nil
}

// address is an Op.Address as a request has it; nil for "".
func (a *agentSide) address(h handle, text string) *farsockv1.Address {
	if text == "" {
		return nil
	}
	var n int
	if _, err := fmt.Sscanf(text, "$%d", &n); err == nil {
		s, err := a.get(context.Background(), n)
		if err != nil {
			panic(err)
		}
		return s.GetLocal()
	}
	t, err := a.names.Target(text, h.family)
	if err != nil {
		panic(err)
	}
	if t.Family == posix.Unix {
		u := &farsockv1.UnixAddress{Path: t.Path, Abstract: []byte(t.Abstract)}
		return &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{UnixDomain: u}}
	}
	i := &farsockv1.InetAddress{Host: t.Host, Port: proto.Int32(int32(t.Port))}
	return &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: i}}
}

// text is a response's address in comparable form; "" for nil.
func (a *agentSide) text(addr *farsockv1.Address) string {
	switch k := addr.GetKind().(type) {
	case *farsockv1.Address_Inet:
		return a.names.Inet(k.Inet.GetHost(), int(k.Inet.GetPort()))
	case *farsockv1.Address_UnixDomain:
		return a.names.Unix(k.UnixDomain.GetPath(), k.UnixDomain.GetAbstract())
	}
	return ""
}

// codeName is a status code as the contract writes it.
func codeName(c codes.Code) string {
	names := map[codes.Code]string{
		codes.InvalidArgument: "INVALID_ARGUMENT", codes.NotFound: "NOT_FOUND", codes.Unimplemented: "UNIMPLEMENTED",
		codes.FailedPrecondition: "FAILED_PRECONDITION", codes.PermissionDenied: "PERMISSION_DENIED", codes.OutOfRange: "OUT_OF_RANGE",
		codes.DeadlineExceeded: "DEADLINE_EXCEEDED", codes.Aborted: "ABORTED", codes.ResourceExhausted: "RESOURCE_EXHAUSTED",
	}
	if name, ok := names[c]; ok {
		return name
	}
	return c.String()
}
