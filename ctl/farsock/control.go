package farsock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// control is a socket on the agent beside its data: what Conn, Listener and
// PacketConn share. All fields are immutable.
type control struct {
	client   *Client
	network  string
	socket   *farsockv1.Socket // as it was made; read-only
	resource string            // by uid
	lease    lease             // its session
	local    net.Addr
	remote   net.Addr // nil without a peer
}

func newControl(c *Client, session lease, network string, socket *farsockv1.Socket) *control {
	k := &control{
		client:   c,
		lease:    session,
		network:  network,
		socket:   socket,
		resource: wire.SocketUID(socket.GetUid()),
		local:    endAddr(socket, socket.GetLocal()),
	}
	if socket.GetPeer() != nil {
		k.remote = NetAddr(socket.GetType(), socket.GetPeer())
	}
	return k
}

// OptionError says which option could not be set.
type OptionError struct {
	Option *farsockv1.SocketOption // as it was given; read-only
	Err    error                   // an *OutcomeError
}

// Error is, for example, "multicast_ttl: invalid (EINVAL, setsockopt)".
func (e *OptionError) Error() string {
	return fmt.Sprintf("%s: %v", wire.OptionName(e.Option), e.Err)
}

func (e *OptionError) Unwrap() error { return e.Err }

// SetOptions sets options in order, at least one and at most 64, and returns
// what the kernel then has for each. It stops at the first that fails, with an
// *OptionError within a *net.OpError; those before it are set and returned. It
// may be called while others read and write.
func (k *control) SetOptions(ctx context.Context, options ...*farsockv1.SocketOption) ([]*farsockv1.SocketOption, error) {
	res, err := k.client.Sockets.SetOptions(ctx, &farsockv1.SetOptionsRequest{Socket: k.resource, Options: options})
	if err != nil {
		return nil, k.opError("set", nil, restore(ctx, err))
	}
	err = OutcomeErr("set", res.GetOutcome())
	if i := int(res.GetFailedIndex()); err != nil && res.FailedIndex != nil && i < len(options) {
		err = &OptionError{Option: options[i], Err: err}
	}
	return res.GetOptions(), k.opError("set", nil, err)
}

// Options reads options by the contract's names, for example "no_delay", at
// most 64, in their order; without names all that the socket has, but "error",
// whose reading clears it.
func (k *control) Options(ctx context.Context, names ...string) ([]*farsockv1.SocketOption, error) {
	res, err := k.client.Sockets.GetOptions(ctx, &farsockv1.GetOptionsRequest{Socket: k.resource, Names: names})
	if err != nil {
		return nil, k.opError("get", nil, restore(ctx, err))
	}
	return res.GetOptions(), k.opError("get", nil, OutcomeErr("get", res.GetOutcome()))
}

// WaitState waits until the socket is in one of some states and returns it as
// it is then. The agent looks about every 20 ms: a state that lasts less may
// be missed. A deadline of ctx that passes is os.ErrDeadlineExceeded or
// context.DeadlineExceeded, and Timeout is true of both.
func (k *control) WaitState(ctx context.Context, states ...farsockv1.SocketState) (*farsockv1.Socket, error) {
	return k.waitState(ctx, &farsockv1.WaitSocketRequest{States: states})
}

// WaitTCPState is WaitState for the kernel's TCP states: "ESTABLISHED",
// "CLOSE_WAIT" and so on, as Socket.tcp_state has them.
func (k *control) WaitTCPState(ctx context.Context, states ...string) (*farsockv1.Socket, error) {
	return k.waitState(ctx, &farsockv1.WaitSocketRequest{TcpStates: states})
}

func (k *control) waitState(ctx context.Context, req *farsockv1.WaitSocketRequest) (*farsockv1.Socket, error) {
	req.Socket = k.resource
	res, err := k.client.Sockets.WaitSocket(ctx, req)
	if err == nil {
		err = OutcomeErr("wait", res.GetOutcome())
	} else {
		err = restore(ctx, err)
	}
	if err != nil {
		return nil, k.opError("wait", nil, err)
	}
	return res.GetSocket(), nil
}

// opError puts an error into package net's form; nil and io.EOF stay.
func (k *control) opError(op string, peer net.Addr, err error) error {
	if err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	e := &net.OpError{Op: op, Net: k.network, Source: k.local, Addr: peer, Err: err}
	if peer == nil {
		e.Source, e.Addr = nil, k.local
	}
	return e
}
