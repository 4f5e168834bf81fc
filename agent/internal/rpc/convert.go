//go:build linux

package rpc

import (
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Between the contract's words and those of sock. Each pair of enums counts
// alike; a test holds every value of one against the other's name.

func familyOf(f farsockv1.Family) sock.Family          { return sock.Family(f) }
func familyTo(f sock.Family) farsockv1.Family          { return farsockv1.Family(f) }
func typeOf(t farsockv1.SocketType) sock.Type          { return sock.Type(t) }
func typeTo(t sock.Type) farsockv1.SocketType          { return farsockv1.SocketType(t) }
func codeTo(c sock.Code) farsockv1.OutcomeCode         { return farsockv1.OutcomeCode(c) }
func stageTo(s sock.Stage) farsockv1.Stage             { return farsockv1.Stage(s) }
func stateTo(s sock.State) farsockv1.SocketState       { return farsockv1.SocketState(s) }
func stoppedByTo(s sock.StoppedBy) farsockv1.StoppedBy { return farsockv1.StoppedBy(s) }
func howOf(h farsockv1.ShutdownHow) sock.How           { return sock.How(h) }
func protoName(name string) protoreflect.Name          { return protoreflect.Name(name) }
func ofMessages(s *sock.Socket) bool                   { return s.Type() != sock.Stream }
func familyFits(s *sock.Socket, path string, a *farsockv1.Address) error {
	return addressFits(path, a, familyTo(s.Family()))
}

// waitOf is how long an operation may block; unset is for ever.
func waitOf(d *durationpb.Duration) sock.Wait {
	if d == nil {
		return sock.Forever()
	}
	return sock.For(d.AsDuration())
}

// backlogOf is listen(2)'s argument.
func backlogOf(n *int32) int {
	if n == nil {
		return wire.DefaultBacklog
	}
	return int(*n)
}

// addressOf is nil for nil. The request was checked, so that the port is there
// and the kind is the family's.
func addressOf(a *farsockv1.Address, family sock.Family) *sock.Address {
	switch k := a.GetKind().(type) {
	case *farsockv1.Address_Inet:
		return &sock.Address{Family: family, Host: k.Inet.GetHost(), Port: int(k.Inet.GetPort())}
	case *farsockv1.Address_UnixDomain:
		return &sock.Address{Family: sock.Unix, Path: k.UnixDomain.GetPath(), Abstract: k.UnixDomain.GetAbstract()}
	}
	return nil
}

// addressTo is nil for nil.
func addressTo(a *sock.Address) *farsockv1.Address {
	switch {
	case a == nil:
		return nil
	case a.Family == sock.Unix:
		return &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{
			UnixDomain: &farsockv1.UnixAddress{Path: a.Path, Abstract: a.Abstract},
		}}
	}
	port := int32(a.Port)
	return &farsockv1.Address{Kind: &farsockv1.Address_Inet{
		Inet: &farsockv1.InetAddress{Host: a.Host, Port: &port},
	}}
}

func outcomeTo(o sock.Outcome) *farsockv1.Outcome {
	return &farsockv1.Outcome{
		Code:      codeTo(o.Code),
		ErrnoName: o.ErrnoName(),
		Syscall:   o.Syscall,
		Local:     addressTo(o.Local),
		Peer:      addressTo(o.Peer),
		Detail:    o.Detail,
	}
}

// elapsed is the outcome of a wait that ended before the operation.
func elapsed() *farsockv1.Outcome { return outcomeTo(sock.Outcome{Code: sock.WaitElapsed}) }

// figure is unset for -1, for which the kernel has none.
func figure[N int32 | int64](n int) *N {
	if n < 0 {
		return nil
	}
	v := N(n)
	return &v
}
