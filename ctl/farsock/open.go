package farsock

import (
	"context"
	"net"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Dial connects a socket on the agent's host to address and returns a *Conn.
// network is tcp, tcp4, tcp6, udp, udp4, udp6, unix or unixgram; tcp and udp
// mean IPv4 unless the host is an IPv6 literal. Names are resolved by the
// agent's host. The kernel's answer is an *OutcomeError within a *net.OpError.
// Without a deadline of ctx it takes as long as the kernel tries.
//
// As in package net, TCP_NODELAY and, for udp, SO_BROADCAST are set.
func (s *Session) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	t, err := parseTarget(network, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	req := s.request(t, false)
	req.Connect = t.address
	socket, err := s.open(ctx, "dial", t, req)
	if err != nil {
		return nil, err
	}
	return newConn(s.client, network, socket), nil
}

// Listen opens a listening socket on the agent's host. network is tcp, tcp4,
// tcp6 or unix; the backlog is 128. The caller closes the listener.
//
// As in package net, SO_REUSEADDR and, for the connections that it accepts,
// TCP_NODELAY are set, and tcp6 takes no IPv4.
func (s *Session) Listen(ctx context.Context, network, address string) (*Listener, error) {
	t, err := parseTarget(network, address)
	if err == nil && t.datagram() {
		err = net.UnknownNetworkError(network)
	}
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	req := s.request(t, true)
	req.Bind, req.Listen = t.address, &farsockv1.ListenStage{}
	socket, err := s.open(ctx, "listen", t, req)
	if err != nil {
		return nil, err
	}
	return newListener(s, network, socket), nil
}

// ListenPacket binds a datagram socket on the agent's host. network is udp,
// udp4, udp6 or unixgram. The caller closes it.
func (s *Session) ListenPacket(ctx context.Context, network, address string) (*PacketConn, error) {
	t, err := parseTarget(network, address)
	if err == nil && !t.datagram() {
		err = net.UnknownNetworkError(network)
	}
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	req := s.request(t, true)
	req.Bind = t.address
	socket, err := s.open(ctx, "listen", t, req)
	if err != nil {
		return nil, err
	}
	return &PacketConn{newHandle(s.client, network, socket)}, nil
}

func (s *Session) request(t target, listening bool) *farsockv1.OpenRequest {
	return &farsockv1.OpenRequest{
		Session:   s.resource,
		RequestId: uuid.NewString(),
		Family:    t.family,
		Type:      t.kind,
		Options:   t.options(listening),
	}
}

func (s *Session) open(ctx context.Context, op string, t target, req *farsockv1.OpenRequest) (*farsockv1.Socket, error) {
	fail := func(err error) (*farsockv1.Socket, error) {
		return nil, &net.OpError{Op: op, Net: t.network, Addr: t.addr(), Err: err}
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	res, err := s.client.Sockets.Open(ctx, req)
	if err != nil {
		if ctx.Err() != nil {
			s.background(func() { s.reclaim(req) })
		}
		return fail(restore(ctx, err))
	}
	if err := OutcomeErr(op, res.GetOutcome()); err != nil {
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
	res, err := s.client.Sockets.Open(ctx, req)
	if err == nil && res.GetSocket() != nil {
		// What cannot be closed now ends with the session.
		_ = s.client.closeSocket(wire.SocketUID(res.GetSocket().GetUid()), false)
	}
}
