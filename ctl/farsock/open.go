package farsock

import (
	"context"
	"net"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Dial connects a socket on the agent's host to address and returns a *Conn, as
// Dialer.DialContext does without options.
func (s *Session) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := Dialer{Session: s}
	return d.DialContext(ctx, network, address)
}

// Listen opens a listening socket on the agent's host, as ListenConfig.Listen
// does without options. The caller closes the listener.
func (s *Session) Listen(ctx context.Context, network, address string) (*Listener, error) {
	c := ListenConfig{Session: s}
	return c.Listen(ctx, network, address)
}

// ListenPacket binds a datagram socket on the agent's host, as
// ListenConfig.ListenPacket does without options. The caller closes it.
func (s *Session) ListenPacket(ctx context.Context, network, address string) (*PacketConn, error) {
	c := ListenConfig{Session: s}
	return c.ListenPacket(ctx, network, address)
}

func (s *Session) request(t target, listening bool) *farsockv1.OpenRequest {
	return &farsockv1.OpenRequest{
		Session:   s.resource,
		RequestId: uuid.NewString(),
		Family:    t.family,
		Type:      t.kind,
		Protocol:  t.protocol,
		Options:   t.options(listening),
	}
}

func (s *Session) open(ctx context.Context, op string, t target, req *farsockv1.OpenRequest, options []*farsockv1.SocketOption) (*farsockv1.Socket, error) {
	req.Options = append(req.Options, options...)
	fail := func(err error) (*farsockv1.Socket, error) {
		return nil, &net.OpError{Op: op, Net: t.network, Addr: t.addr(), Err: err}
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	res, err := s.client.open(ctx, req)
	if err != nil {
		if ctx.Err() != nil || status.Code(err) == codes.DeadlineExceeded {
			s.background(func() { s.reclaim(req) })
		}
		return fail(restore(ctx, err))
	}
	if err := OutcomeErr(op, res.GetOutcome()); err != nil {
		if i := int(res.GetOptionIndex()); res.OptionIndex != nil && i < len(req.GetOptions()) {
			err = &OptionError{Option: req.GetOptions()[i], Err: err}
		}
		return fail(err)
	}
	return res.GetSocket(), nil
}

// reclaim closes what an Open that was given up may have made. With the same
// request id, the repeat joins the first or gets its answer.
func (s *Session) reclaim(req *farsockv1.OpenRequest) {
	ctx, cancel := context.WithTimeout(s.life, callLimit)
	defer cancel()
	req = proto.CloneOf(req)
	req.Wait = durationpb.New(0)
	res, err := s.client.open(ctx, req)
	if err == nil && res.GetSocket() != nil {
		// What cannot be closed now ends with the session.
		_ = s.client.closeSocket(wire.SocketUID(res.GetSocket().GetUid()), false, 0)
	}
}
