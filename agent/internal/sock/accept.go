//go:build linux

package sock

import (
	"context"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// Accepted is what Accept took.
type Accepted struct {
	Outcome Outcome
	// Socket is nil unless Done; the caller closes it.
	Socket *Socket
	// Peer is the client's address; the zero Address where it has none.
	Peer Address
}

// Reserve is asked before each accept4(2). Its error is returned by Accept as
// it is, and no connection is taken. release, unless nil, is called when
// accept4 took none; otherwise the reservation is the caller's.
type Reserve func() (release func(), err error)

// Accept is accept4(2): it takes the oldest waiting connection. Several Accepts
// are served in their order; one under For(0) does not queue. An errno is an
// outcome at once, EMFILE too. If it ends without a connection, none was taken.
// reserve may be nil.
func (s *Socket) Accept(ctx context.Context, w Wait, reserve Reserve) (Accepted, error) {
	c := w.begin(ctx, durationOf(&s.receiveTimeout, w))
	defer c.end()
	if c.blocks() {
		if err := s.acceptTurn.take(c, s.closed); err == errElapsed {
			return Accepted{Outcome: c.over("accept4")}, nil
		} else if err != nil {
			return Accepted{}, err
		}
		defer s.acceptTurn.pass()
	}
	for {
		if c.ctx.Err() != nil {
			return Accepted{Outcome: c.over("accept4")}, nil
		}
		mark := s.desc.Mark()
		fd, from, errno, err := s.acceptOnce(reserve)
		if err != nil {
			return Accepted{}, err
		}
		if errno == 0 {
			return s.accepted(fd, from)
		}
		if errno == unix.EAGAIN && c.blocks() && s.family == Unix && s.isReadShut() {
			errno = unix.EINVAL // of a blocking one only
		}
		if errno != unix.EAGAIN {
			return Accepted{Outcome: answered("accept4", errno)}, nil
		}
		err = c.await(s.desc, poller.Interest{Events: poller.Readable, Mark: mark})
		if err == errElapsed {
			return Accepted{Outcome: c.over("accept4")}, nil
		}
		if err != nil {
			return Accepted{}, err
		}
	}
}

func (s *Socket) acceptOnce(reserve Reserve) (fd int, from *sockaddr, errno unix.Errno, err error) {
	release := func() {}
	if reserve != nil {
		r, err := reserve()
		if err != nil {
			return 0, nil, 0, err
		}
		if r != nil {
			release = r
		}
	}
	errno, err = s.call(func(l int) (e unix.Errno) {
		fd, from, e = sysAccept(l)
		return e
	})
	if err != nil || errno != 0 {
		release()
	}
	return fd, from, errno, err
}

func (s *Socket) accepted(fd int, from *sockaddr) (Accepted, error) {
	child, err := newSocket(s.env, fd, s.family, s.typ, s.proto)
	if err != nil {
		return Accepted{}, err
	}
	child.netns = s.netns
	child.hadPeer.Store(true)
	child.chosen.use()
	// The error is that the poller is closed, which the next call says as well.
	_ = child.inheritNotes()
	a := Accepted{Outcome: done(), Socket: child}
	if p := s.address(from); p != nil {
		a.Peer = *p
	}
	return a, nil
}
