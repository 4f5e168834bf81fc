package farsock

import (
	"context"
	"net"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// JoinGroup joins a multicast group on an interface of the socket's network
// namespace, by name; with "" the kernel chooses one by its routes. group is a
// *net.UDPAddr or *net.IPAddr whose port and zone do not count. A group that was
// joined before is syscall.EADDRINUSE.
func (c *PacketConn) JoinGroup(ctx context.Context, ifi string, group net.Addr) error {
	return c.member(ctx, true, ifi, group, nil)
}

// LeaveGroup leaves what JoinGroup joined; ifi has to be the same.
func (c *PacketConn) LeaveGroup(ctx context.Context, ifi string, group net.Addr) error {
	return c.member(ctx, false, ifi, group, nil)
}

// JoinSourceSpecificGroup is JoinGroup for what one source alone sends. It may
// be called for several sources.
func (c *PacketConn) JoinSourceSpecificGroup(ctx context.Context, ifi string, group, source net.Addr) error {
	return c.memberOf(ctx, true, ifi, group, source)
}

// LeaveSourceSpecificGroup leaves what JoinSourceSpecificGroup joined.
func (c *PacketConn) LeaveSourceSpecificGroup(ctx context.Context, ifi string, group, source net.Addr) error {
	return c.memberOf(ctx, false, ifi, group, source)
}

// SetMulticastInterface says by which interface multicasts leave; "" is by the
// routes.
func (c *PacketConn) SetMulticastInterface(ctx context.Context, ifi string) error {
	return c.setOption(ctx, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_MulticastInterface{MulticastInterface: ifi}})
}

// SetMulticastTTL sets the TTL, or hop limit, of multicasts that are sent, 0 to
// 255; -1 restores the default, 1.
func (c *PacketConn) SetMulticastTTL(ctx context.Context, ttl int) error {
	return c.setOption(ctx, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_MulticastTtl{MulticastTtl: int32(ttl)}})
}

// SetMulticastLoopback says whether sockets of the agent's own host get what
// this one sends; they do by default.
func (c *PacketConn) SetMulticastLoopback(ctx context.Context, on bool) error {
	return c.setOption(ctx, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_MulticastLoop{MulticastLoop: on}})
}

func (c *PacketConn) setOption(ctx context.Context, o *farsockv1.SocketOption) error {
	_, err := c.SetOptions(ctx, o)
	return err
}

func (c *PacketConn) memberOf(ctx context.Context, join bool, ifi string, group, source net.Addr) error {
	if source == nil {
		return c.opError("set", nil, &net.AddrError{Err: "missing source"})
	}
	return c.member(ctx, join, ifi, group, source)
}

func (c *PacketConn) member(ctx context.Context, join bool, ifi string, group, source net.Addr) error {
	m := &farsockv1.MulticastMembership{InterfaceName: ifi}
	var err error
	if m.Group, err = ipOf(group); err == nil && source != nil {
		m.Source, err = ipOf(source)
	}
	if err != nil {
		return c.opError("set", nil, err)
	}
	if join {
		return c.setOption(ctx, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_MulticastJoin{MulticastJoin: m}})
	}
	return c.setOption(ctx, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_MulticastLeave{MulticastLeave: m}})
}

// ipOf is the literal of an address without its port.
func ipOf(a net.Addr) (string, error) {
	switch a := a.(type) {
	case *net.UDPAddr:
		if a != nil && a.IP != nil {
			return a.IP.String(), nil
		}
	case *net.IPAddr:
		if a != nil && a.IP != nil {
			return a.IP.String(), nil
		}
	}
	return "", &net.AddrError{Err: "not a *net.UDPAddr or *net.IPAddr with an address"}
}
