package farsock

import (
	"context"
	"net"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Dialer holds options for connecting. Only Session is required; Session.Dial
// is a Dialer with no more than that. It may be used by any number of
// goroutines, and DialContext fits where package net's does, as in
// http.Transport.
type Dialer struct {
	// Session will own the socket. Required.
	Session *Session
	// NetworkNamespace is where the socket is made, and where names are
	// resolved: a name that the agent lists, or the absolute path of a
	// namespace's file on the agent's host. Empty: the agent's own. One that
	// is not there is syscall.ENOENT, one that may not be entered
	// syscall.EPERM.
	NetworkNamespace string
	// LocalAddr is what to bind to before connecting, an address of the agent's
	// host: *net.TCPAddr, *net.UDPAddr or *net.UnixAddr, as the network has it.
	// Nil: the kernel chooses.
	LocalAddr net.Addr
	// Options are set, in this order, after those that package net sets and
	// before LocalAddr is bound; together at most 64. One that fails is an
	// *OptionError.
	Options []*farsockv1.SocketOption
}

// DialContext connects a socket on the agent's host to address and returns a
// *Conn. network is tcp, tcp4, tcp6, mptcp, mptcp4, mptcp6, udp, udp4, udp6,
// unix, unixgram or unixpacket; tcp, mptcp and udp mean IPv4 unless the host is
// an IPv6 literal. Names are resolved by the agent's host. A unix address that
// begins with "@" is an abstract name. The kernel's answer is an *OutcomeError
// within a *net.OpError. Without a deadline of ctx it takes as long as the
// kernel tries.
//
// As in package net, TCP_NODELAY and, for udp, SO_BROADCAST are set.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	t, err := parseTarget(network, address)
	if err != nil {
		return fail(err)
	}
	req := d.Session.request(t, false)
	req.NetworkNamespace = d.NetworkNamespace
	if d.LocalAddr != nil {
		if req.Bind, err = wireAddr(t.family, d.LocalAddr); err != nil {
			return fail(err)
		}
	}
	req.Connect = t.address
	socket, err := d.Session.open(ctx, "dial", t, req, d.Options)
	if err != nil {
		return nil, err
	}
	return newConn(d.Session.client, d.Session.lease(), network, socket), nil
}

// ListenConfig holds options for listening. Only Session is required;
// Session.Listen and Session.ListenPacket are a ListenConfig with no more than
// that.
type ListenConfig struct {
	// Session will own the socket. Required.
	Session *Session
	// NetworkNamespace is as Dialer's; accepted connections live there, too.
	NetworkNamespace string
	// Options are as Dialer's.
	Options []*farsockv1.SocketOption
	// Backlog is listen(2)'s argument, 0 or more; the kernel cuts it to
	// net.core.somaxconn. Nil: 128.
	Backlog *int32
}

// Listen opens a listening socket on the agent's host. network is tcp, tcp4,
// tcp6, mptcp, mptcp4, mptcp6, unix or unixpacket. A unix address that begins
// with "@" is an abstract name; for "" the kernel chooses one. The caller closes
// the listener.
//
// As in package net, SO_REUSEADDR and, for the connections that it accepts,
// TCP_NODELAY are set, and tcp6 takes no IPv4.
func (c *ListenConfig) Listen(ctx context.Context, network, address string) (*Listener, error) {
	t, req, err := c.request(network, address, false)
	if err != nil {
		return nil, err
	}
	req.Listen = &farsockv1.ListenStage{Backlog: c.Backlog}
	socket, err := c.Session.open(ctx, "listen", t, req, c.Options)
	if err != nil {
		return nil, err
	}
	return newListener(c.Session, network, socket), nil
}

// ListenPacket binds a datagram socket on the agent's host. network is udp,
// udp4, udp6 or unixgram; unix addresses are as Listen's. The caller closes it.
//
// As in package net, SO_BROADCAST is set, and udp6 takes no IPv4. Other than
// there, Backlog set is an error.
func (c *ListenConfig) ListenPacket(ctx context.Context, network, address string) (*PacketConn, error) {
	t, req, err := c.request(network, address, true)
	if err != nil {
		return nil, err
	}
	socket, err := c.Session.open(ctx, "listen", t, req, c.Options)
	if err != nil {
		return nil, err
	}
	h := newHandle(c.Session.client, c.Session.lease(), network, socket)
	return &PacketConn{h.control, h}, nil
}

func (c *ListenConfig) request(network, address string, packets bool) (target, *farsockv1.OpenRequest, error) {
	t, err := parseTarget(network, address)
	switch {
	case err != nil:
	case t.datagram() != packets:
		err = net.UnknownNetworkError(network)
	case packets && c.Backlog != nil:
		err = errBacklog
	}
	if err != nil {
		return t, nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	req := c.Session.request(t, true)
	req.NetworkNamespace = c.NetworkNamespace
	req.Bind = t.address
	return t, req, nil
}

// errBacklog is a ListenConfig that asks for what datagram sockets do not have.
var errBacklog = &net.AddrError{Err: "a datagram socket has no backlog"}
