package farsock

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Conn is a connected socket on the agent's host as a net.Conn: a stream, or
// datagrams with one peer or the packets of unixpacket, of which each Read
// returns one and each Write sends one.
//
// Write returns when the host's kernel has taken the bytes. The first Read or
// Write attaches to the socket; from then on the agent sends what arrives ahead
// of Read, up to 1 MiB. It keeps a copy of that until the next Read, which says
// that the one before has done its duty: what Read returned last is not lost if
// the program ends before it comes back for more.
//
// A connection to the agent that breaks ends nothing: it is made again, the Conn
// goes on where it was, and Read and Write only take longer, as far as their
// deadlines allow. Nothing is lost or repeated by that. When the session must
// have ended meanwhile, or the agent says that the socket is gone or another's,
// they return a *StreamLostError, after what had arrived. It must have ended when
// connections were refused, or broke, for its TTL and 17 s. Of silence that is not
// known, since no lease runs while the agent is paused: a Conn waits for up to
// four TTLs and 60 s of it. In a Session that is kept alive it does not give up
// before Session.Lost.
//
// Errors are *net.OpError. Within, errors.Is finds the kernel's errno
// (syscall.ECONNRESET), os.ErrDeadlineExceeded, net.ErrClosed; the orderly end
// of the peer's stream is a plain io.EOF.
type Conn struct {
	*control
	h *handle
}

var _ net.Conn = (*Conn)(nil)

// Conn makes a Conn of a connected socket that exists, "sockets/UID" or
// "sessions/S/sockets/NAME". While another stream is attached it cannot be used,
// which Attach or the first Read or Write finds out.
func (c *Client) Conn(ctx context.Context, socket string) (*Conn, error) {
	res, err := c.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: socket})
	if err != nil {
		return nil, err
	}
	owner, err := c.Sessions.GetSession(ctx, &farsockv1.GetSessionRequest{Name: wire.SessionName(res.GetSocket().GetSessionUid())})
	if err != nil {
		return nil, err
	}
	return newConn(c, lease{ttl: owner.GetSession().GetTtl().AsDuration()}, networkOf(res.GetSocket()), res.GetSocket()), nil
}

func newConn(c *Client, session lease, network string, socket *farsockv1.Socket) *Conn {
	h := newHandle(c, session, network, socket)
	return &Conn{h.control, h}
}

// Read reads into b. Of a datagram or a packet what does not fit is lost, as
// package net has it; an empty one is 0 bytes and no error, also on unixpacket,
// where package net takes it for the end.
func (c *Conn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, c.err("read", c.h.stopped(nil))
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
			return 0, c.err("write", c.h.sendNone())
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

// ReadFrom writes all of r, without waiting for the kernel to take one part
// before it reads the next, and returns when it has taken all: it is what
// io.Copy uses. n is as Write's. What was read from r and not taken is lost to
// the caller. Of a reader that blocks it waits for the end.
func (c *Conn) ReadFrom(r io.Reader) (n int64, err error) {
	if c.h.messages() {
		return io.Copy(struct{ io.Writer }{c}, r)
	}
	n, err = c.h.sendFrom(r)
	var failed *readError
	if errors.As(err, &failed) {
		return n, failed.err
	}
	return n, c.err("write", err)
}

// CloseWrite ends the sending direction: the peer reads the end of the stream
// after all data, and a later Write is syscall.EPIPE at once. It returns when the
// kernel has done so. If the deadline passes first that is still under way, and
// CloseWrite may be repeated to wait for it. (Package net's does not wait, and so
// knows no deadline.)
func (c *Conn) CloseWrite() error {
	if c.h.socket.GetType() == datagram {
		return c.err("close", syscall.EOPNOTSUPP)
	}
	return c.err("close", c.h.sendEnd())
}

// Close closes the socket on the agent's host and waits for what the Conn
// started. Blocked calls return net.ErrClosed. If data lies here unread the
// peer gets a reset, as from a local program; what a Write that timed out left
// behind may not be sent. A socket that is gone already is no error. While the
// agent is out of reach it tries for 5 s, then says that the socket may stay
// open until its session ends. A socket that another has taken over is theirs, and
// stays open. It is idempotent.
func (c *Conn) Close() error { return c.err("close", c.h.release(false, false)) }

// Abort is Close, but always with a reset.
func (c *Conn) Abort() error { return c.err("close", c.h.release(false, true)) }

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
