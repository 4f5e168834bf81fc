package farsock

import (
	"errors"
	"net"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// PacketConn is a datagram socket on the agent's host as a net.PacketConn.
//
// The first ReadFrom or WriteTo attaches to the socket; from then on the agent
// sends what arrives ahead of ReadFrom, up to 1 MiB, a datagram being charged
// 512 bytes more, and the kernel drops what its own buffer cannot hold. A
// connection to the agent that breaks is made again, as a Conn's, and neither
// loses nor repeats a datagram. Errors are as Conn's.
type PacketConn struct {
	*control
	h *handle
}

var _ net.PacketConn = (*PacketConn)(nil)

// ReadFrom reads one datagram. What does not fit b is lost, as package net has
// it. addr is nil for a sender without a name.
func (c *PacketConn) ReadFrom(b []byte) (n int, addr net.Addr, err error) {
	n, from, err := c.h.receive(b)
	return n, NetAddr(c.h.socket.GetType(), from.GetPeer()), c.h.opError("read", nil, err)
}

// WriteTo sends one datagram and returns when the kernel has taken or refused
// it. If the deadline passes first the datagram may still be sent.
func (c *PacketConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	to, err := wireAddr(c.h.socket.GetFamily(), addr)
	if err == nil {
		err = c.h.sendOne(&parcel{datagram: &farsockv1.Datagram{Data: append([]byte{}, b...), Peer: to}})
	}
	if err != nil {
		return 0, c.h.opError("write", addr, err)
	}
	return len(b), nil
}

// Close closes the socket on the agent's host and waits for what the PacketConn
// started. Blocked calls return net.ErrClosed. A socket that is gone already is
// no error; an agent that is out of reach is as Conn.Close has it. It is
// idempotent.
func (c *PacketConn) Close() error { return c.h.opError("close", nil, c.h.release(false, false)) }

// LocalAddr is the socket's own address on the agent's host.
func (c *PacketConn) LocalAddr() net.Addr { return c.h.local }

// Socket is the socket as it was when the PacketConn was made. Not to be
// changed.
func (c *PacketConn) Socket() *farsockv1.Socket { return c.h.socket }

// SetDeadline sets both deadlines. Calls that are blocked obey, too; the zero
// time means none.
func (c *PacketConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline sets the deadline of ReadFrom.
func (c *PacketConn) SetReadDeadline(t time.Time) error { return c.h.setDeadline(c.h.readBy, t) }

// SetWriteDeadline sets the deadline of WriteTo.
func (c *PacketConn) SetWriteDeadline(t time.Time) error { return c.h.setDeadline(c.h.writeBy, t) }
