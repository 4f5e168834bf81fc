package farsock

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Conn is a connected socket on the agent's host as a net.Conn: a stream, or
// datagrams with one peer, of which each Read returns one and each Write sends
// one.
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
type Conn struct{ h *handle }

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
	return &Conn{newHandle(c, network, socket)}
}

// Read reads into b. On a datagram socket what does not fit is lost, as package
// net has it.
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
	if !c.h.datagram() {
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
	if c.h.datagram() {
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

// opError puts an error into package net's form; nil and io.EOF stay.
func (h *handle) opError(op string, peer net.Addr, err error) error {
	if err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	e := &net.OpError{Op: op, Net: h.network, Source: h.local, Addr: peer, Err: err}
	if peer == nil {
		e.Source, e.Addr = nil, h.local
	}
	return e
}

// networkOf is a socket's kind in package net's words.
func networkOf(s *farsockv1.Socket) string {
	datagram := s.GetType() == farsockv1.SocketType_SOCKET_TYPE_DATAGRAM
	switch {
	case s.GetFamily() == farsockv1.Family_FAMILY_UNIX && datagram:
		return "unixgram"
	case s.GetFamily() == farsockv1.Family_FAMILY_UNIX:
		return "unix"
	case datagram:
		return "udp"
	}
	return "tcp"
}
