package farsock

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Conn is a connected socket on the agent's host as a net.Conn: a stream, or
// datagrams with one peer or the packets of unixpacket, of which each Read
// returns one and each Write sends one.
//
// Write returns when the host's kernel has taken the bytes. The first Read or
// Write attaches to the socket; from then on the agent sends what arrives ahead
// of Read. With more than 256 KiB of that unread here, reports stay behind it,
// and Write then returns when the bytes are on their way, about 1 MiB ahead of
// the kernel at most; an error is what a later call returns, and Close waits.
// Once about 1.3 MB are unread, nothing more is taken from the peer.
//
// Errors are *net.OpError. Within, errors.Is finds the kernel's errno
// (syscall.ECONNRESET), os.ErrDeadlineExceeded, net.ErrClosed; the orderly end
// of the peer's stream is a plain io.EOF. When the connection to the agent
// breaks, the Conn is over: Unreachable tells that.
type Conn struct {
	*control
	h *handle
}

var _ net.Conn = (*Conn)(nil)

// Conn makes a Conn of a connected socket that exists, "sockets/UID" or
// "sessions/S/sockets/NAME". It fails while another stream is attached, which
// the first Read or Write finds out.
func (c *Client) Conn(ctx context.Context, socket string) (*Conn, error) {
	res, err := c.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: socket})
	if err != nil {
		return nil, err
	}
	return newConn(c, networkOf(res.GetSocket()), res.GetSocket()), nil
}

func newConn(c *Client, network string, socket *farsockv1.Socket) *Conn {
	h := newHandle(c, network, socket)
	return &Conn{h.control, h}
}

// Read reads into b. Of a datagram or a packet what does not fit is lost, as
// package net has it; an empty one is 0 bytes and no error, also on unixpacket,
// where package net takes it for the end.
func (c *Conn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, c.err("read", c.h.stopped(c.h.readBy))
	}
	n, _, err := c.h.receive(b)
	return n, c.err("read", err)
}

// Write writes b. If the deadline passes, n counts the bytes that were taken or
// irrevocably will be, so that a Write of b[n:] continues the stream; n may
// then be len(b). Any other error comes with what the kernel took.
func (c *Conn) Write(b []byte) (n int, err error) {
	if !c.h.messages() {
		if len(b) == 0 {
			return 0, c.err("write", c.h.stopped(c.h.writeBy))
		}
		n, err = c.h.sendBytes(b)
		return n, c.err("write", err)
	}
	err = c.h.sendOne(&parcel{datagram: &farsockv1.Datagram{Data: append([]byte{}, b...)}})
	if err != nil {
		return 0, c.err("write", err)
	}
	return len(b), nil
}

// CloseWrite ends the sending direction: the peer reads the end of the stream
// after all data. It returns when the kernel has done so.
func (c *Conn) CloseWrite() error {
	if c.h.socket.GetType() == datagram {
		return c.err("close", syscall.EOPNOTSUPP)
	}
	if err := c.h.enter(c.h.writing, c.h.writeBy); err != nil {
		return c.err("close", err)
	}
	defer func() { <-c.h.writing }()
	return c.err("close", c.h.sendOne(&parcel{closeWrite: true}))
}

// Close closes the socket on the agent's host and waits for what the Conn
// started. Blocked calls return net.ErrClosed. If data lies here unread the
// peer gets a reset, as from a local program. A socket that is gone already is
// no error. It is idempotent.
func (c *Conn) Close() error { return c.err("close", c.h.release(false, false)) }

// Abort is Close, but always with a reset.
func (c *Conn) Abort() error { return c.err("close", c.h.release(false, true)) }

// Detach ends the Conn and leaves the socket open on the agent. What was
// received and not read is lost.
func (c *Conn) Detach() error { return c.err("close", c.h.release(true, false)) }

// LocalAddr is the socket's own address on the agent's host.
func (c *Conn) LocalAddr() net.Addr { return c.h.local }

// RemoteAddr is the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.h.remote }

// TCPInfo reads the kernel's TCP_INFO of a TCP or MPTCP connection; of other
// sockets there is none, which is syscall.EOPNOTSUPP.
func (c *Conn) TCPInfo(ctx context.Context) (*farsockv1.TcpInfo, error) {
	res, err := c.h.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: c.h.resource})
	switch {
	case err != nil:
		return nil, c.err("get", restore(ctx, err))
	case res.GetTcpInfo() == nil:
		return nil, c.err("get", syscall.EOPNOTSUPP)
	}
	return res.GetTcpInfo(), nil
}

// Socket is the socket as it was when the Conn was made. Not to be changed.
func (c *Conn) Socket() *farsockv1.Socket { return c.h.socket }

// SetDeadline sets both deadlines. Calls that are blocked obey, too; the zero
// time means none.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline sets the deadline of Read.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.h.setDeadline(c.h.readBy, t) }

// SetWriteDeadline sets the deadline of Write and CloseWrite.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.h.setDeadline(c.h.writeBy, t) }

func (c *Conn) err(op string, err error) error {
	return c.h.opError(op, c.h.remote, err)
}

func (h *handle) setDeadline(by *deadline, t time.Time) error {
	if h.isClosed() {
		return h.opError("set", nil, net.ErrClosed)
	}
	by.set(t)
	return nil
}
