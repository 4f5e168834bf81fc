//go:build linux

package sock

import (
	"context"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// SendRequest is what Send does.
type SendRequest struct {
	// Data is not kept after Send returned.
	Data []byte
	// To is a datagram's destination; nil for the connected peer.
	To *Address
	// More is MSG_MORE, OutOfBand MSG_OOB.
	More, OutOfBand bool
	// DontWait is as For(0), and never queues behind another sender.
	DontWait bool
}

// Sent is what Send did.
type Sent struct {
	Outcome Outcome
	// Applied is how many bytes of this Send the kernel took.
	Applied int64
	// Offset counts the bytes (datagrams) that the kernel took since the
	// socket was made.
	Offset int64
}

// sending is the sending direction.
type sending struct {
	turn   turn
	mu     sync.Mutex
	offset int64 // guarded by mu; bytes (datagrams) that the kernel took
}

// Send is send(2), or sendto(2) with a destination. On a stream socket it goes
// on until the kernel took all, the wait ended, or an error; Sent.Applied
// counts also then. Otherwise it sends exactly one datagram, which may be
// empty. Sends are served in their order, so that their bytes never mix.
// Errors: ErrClosed, ErrAttached, Authorize's, *RangeError, *ArgumentError; a
// Send that ErrClosed ended may have sent some.
func (s *Socket) Send(ctx context.Context, r SendRequest, w Wait) (Sent, error) {
	if err := s.enter(); err != nil {
		return Sent{}, err
	}
	defer s.leave()
	if r.DontWait {
		w = For(0)
	}
	c := w.begin(ctx, durationOf(&s.sendTimeout, w))
	defer c.end()
	return s.transmit(c, r)
}

func (s *Socket) transmit(c *clock, r SendRequest) (Sent, error) {
	var to *sockaddr
	var peer *Address
	if r.To != nil {
		sa, addr, out, err := s.lookup(c, *r.To)
		if err != nil || !out.OK() {
			return Sent{Outcome: out, Offset: s.send.count(0)}, err
		}
		if err := s.authorize(c.ctx, OpSend, addr); err != nil {
			return Sent{}, err
		}
		to, peer = sa, &addr
	}
	if err := s.send.turn.take(c, s.closed); err == errElapsed {
		return Sent{Outcome: c.over("sendto"), Offset: s.send.count(0)}, nil
	} else if err != nil {
		return Sent{}, err
	}
	defer s.send.turn.pass()
	sent, err := s.push(c, r, to)
	if !sent.Outcome.OK() {
		sent.Outcome.Peer = peer
	}
	return sent, err
}

// push does the work of the Send whose turn it is.
func (s *Socket) push(c *clock, r SendRequest, to *sockaddr) (Sent, error) {
	flags := unix.MSG_NOSIGNAL | unix.MSG_DONTWAIT
	if r.More {
		flags |= unix.MSG_MORE
	}
	if r.OutOfBand {
		flags |= unix.MSG_OOB
	}
	var sent Sent
	for {
		if c.ctx.Err() != nil {
			sent.Outcome, sent.Offset = c.over("sendto"), s.send.count(0)
			return sent, nil
		}
		mark := s.desc.Mark()
		var n int
		errno, err := s.call(func(fd int) (e unix.Errno) {
			n, e = sysSend(fd, r.Data[sent.Applied:], flags, to)
			return e
		})
		if err != nil {
			return sent, err
		}
		if errno == 0 {
			c.progressed()
			if s.typ == Stream {
				s.hadPeer.Store(true)
			}
			sent.Applied += int64(n)
			sent.Offset = s.send.took(n, s.typ)
			if s.typ != Stream || sent.Applied == int64(len(r.Data)) {
				sent.Outcome = done()
				return sent, nil
			}
			continue
		}
		sent.Offset = s.send.count(0)
		if errno != unix.EAGAIN {
			sent.Outcome = answered("sendto", errno)
			return sent, nil
		}
		err = c.await(s.desc, poller.Interest{Events: poller.Writable, Mark: mark})
		if err == errElapsed {
			sent.Outcome = c.over("sendto")
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
	}
}

// took counts one successful send(2) and returns the offset after it.
func (d *sending) took(n int, t Type) int64 {
	if t == Stream {
		return d.count(int64(n))
	}
	return d.count(1)
}

func (d *sending) count(n int64) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.offset += n
	return d.offset
}
