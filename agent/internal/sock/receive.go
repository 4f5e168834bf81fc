//go:build linux

package sock

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
	"github.com/farsock/farsock/agent/internal/seeded"
)

// maxReceive bounds what one Receive returns, in bytes.
const maxReceive = 1 << 20

// Receive is recv(2), recvmsg(2), or receiving until a condition holds. It
// takes from what is held before the kernel. Receives are served in their
// order, but Peek, DontWait, For(0) and whatever Manual finds held already do
// not queue. When it elapses or is cancelled every byte stays readable.
//
// A pattern may take long to match. That too ends with the wait (under For(0),
// with the context alone) and keeps nobody else from the socket. Under For(0)
// it is matched once, against all that the window and the kernel have.
//
// Errors: ErrClosed, ErrAttached, *BudgetError, *RangeError (Max above 1 MiB,
// an offset that is not held, ...), *ArgumentError.
func (s *Socket) Receive(ctx context.Context, r ReceiveRequest, w Wait) (Received, error) {
	if err := s.checkReceive(&r); err != nil {
		return Received{}, err
	}
	if err := s.enter(); err != nil {
		return Received{}, err
	}
	defer s.leave()
	if r.DontWait {
		w = For(0)
	}
	c := w.begin(ctx, durationOf(&s.receiveTimeout, w))
	defer c.end()
	got, err := s.receiveAs(c, r)
	if err != nil {
		return Received{}, err
	}
	s.recv.mu.Lock()
	got.Held = s.recv.bytes()
	s.recv.mu.Unlock()
	got.KernelQueue = -1
	err = s.desc.Do(func(fd int) error { got.KernelQueue = s.inQueue(fd); return nil })
	if err != nil && got.empty() {
		return Received{}, err
	}
	return got, nil
}

// empty: losing it to a Close would lose nothing.
func (g *Received) empty() bool { return len(g.Data) == 0 && len(g.Datagrams) == 0 }

// step tries to receive. It answers false if that needs the kernel to have
// more. heldOnly forbids it to ask the kernel. It runs with recv.mu held.
type step func(heldOnly bool) (Received, bool, error)

// receiveAs receives from where r says: most receives are of the receiving
// direction's own bytes or messages.
func (s *Socket) receiveAs(c *clock, r ReceiveRequest) (Received, error) {
	if len(r.Buffers) > iovMax {
		// The kernel refuses them before it looks at anything else.
		errno, err := s.call(func(fd int) (e unix.Errno) {
			_, e = sysReceive(fd, nil, r.Buffers, nil, unix.MSG_DONTWAIT|unix.MSG_PEEK, false)
			return e
		})
		got := s.nothing(r)
		got.Outcome = answered("recvmsg", errno)
		return got, err
	}
	switch {
	case r.ErrorQueue:
		return s.receiveErrors(c, r)
	case r.OutOfBand && s.typ == Stream:
		return s.receiveUrgent(c, r)
	}
	return s.receive(c, r)
}

// iovMax is UIO_MAXIOV.
const iovMax = 1024

// receive tries and waits until there is a result.
func (s *Socket) receive(c *clock, r ReceiveRequest) (Received, error) {
	var m *matcher
	try := s.messageStep(r)
	if s.typ == Stream {
		try, m = s.streamStep(c, r)
	}
	try = s.ofOneLife(c, r, try)
	got, err := s.tryUntilOver(c, r, try, m)
	if err == errElapsed {
		return s.unreceived(c, r), nil
	}
	return got, err
}

// tryUntilOver does that; it returns errElapsed when the wait is over.
func (s *Socket) tryUntilOver(c *clock, r ReceiveRequest, try step, m *matcher) (Received, error) {
	queue := c.blocks() && !r.Peek
	if queue && r.Manual {
		// Taking nothing, it need not wait for those who do.
		if got, ok, _, err := s.attempt(c, try, m, true); ok || err != nil {
			return got, err
		}
	}
	if queue {
		if err := s.recv.turn.take(c, s.closed); err != nil {
			return Received{}, err
		}
		defer s.recv.turn.pass()
	}
	for {
		got, ok, mark, err := s.attempt(c, try, m, false)
		if err == errElapsed {
			return s.elapsed(c, r)
		}
		if ok || err != nil {
			return got, err
		}
		if c.blocks() && s.isReadShut() && s.typ != Stream {
			// A blocking recv(2) returns 0 then; a non-blocking one goes on
			// with EAGAIN.
			got = s.unreceived(c, r)
			got.Outcome, got.End, got.StoppedBy = done(), true, StoppedByEnd
			return got, nil
		}
		if c.ended() {
			return s.elapsed(c, r)
		}
		err = s.awaitBytes(c, r, poller.Interest{Events: poller.Readable, Mark: mark, Observer: !queue})
		if err == errElapsed {
			return s.elapsed(c, r)
		}
		if err != nil {
			return Received{}, err
		}
	}
}

// attempt tries, and looks at the bytes in between where m wants it. It also
// returns the mark to wait with: taken after the step's own signals, and before
// anyone else can read.
func (s *Socket) attempt(c *clock, try step, m *matcher, heldOnly bool) (got Received, ok bool, mark uint64, err error) {
	for {
		got, ok, mark, err = s.attemptOnce(c, try, heldOnly)
		if err != errLook {
			return got, ok, mark, err
		}
		if time.Now().Before(m.due) && c.blocks() {
			err = m.rest(c, s.closed)
		} else {
			err = m.look(c, s.closed)
		}
		if err != nil {
			return Received{}, false, 0, err
		}
	}
}

// attemptOnce takes nothing any more once the caller's context is over.
func (s *Socket) attemptOnce(c *clock, try step, heldOnly bool) (got Received, ok bool, mark uint64, err error) {
	s.recv.mu.Lock()
	defer s.recv.mu.Unlock()
	if s.recv.closed {
		return Received{}, false, 0, ErrClosed
	}
	if c.ctx.Err() != nil {
		return Received{}, false, 0, errElapsed
	}
	got, ok, err = try(heldOnly)
	return got, ok, s.desc.Mark(), err
}

// unreceived is the result of a receive whose wait is over.
func (s *Socket) unreceived(c *clock, r ReceiveRequest) Received {
	s.recv.mu.Lock()
	defer s.recv.mu.Unlock()
	if seeded.On(seeded.HeldLostOnCancel) {
		s.recv.drop(s.env, s.recv.read)
	}
	got := Received{Outcome: c.over("recvmsg"), Offset: s.recv.acked}
	if r.Offset != nil {
		got.Offset = *r.Offset
	}
	return got
}

// begin is where a receive starts. The caller holds recv.mu.
func (r *receiving) begin(q ReceiveRequest) (int64, error) {
	if q.Offset == nil || q.attached && *q.Offset < r.acked { // purged under it
		return r.acked, nil
	}
	if *q.Offset < r.acked || *q.Offset > r.read {
		return 0, &RangeError{Field: "offset", Got: *q.Offset, Min: r.acked, Max: r.read}
	}
	return *q.Offset, nil
}

// report returns the pending error: once, but to Manual receives until what
// they got is acknowledged. An end that an Attachment is told stays for the
// receives without one. The caller holds recv.mu; pending is set and
// nothing is held before it.
func (r *receiving) report(q ReceiveRequest, end bool) Received {
	got := Received{Outcome: *r.pending, Offset: r.read, End: end}
	if end {
		r.finish(*r.pending)
	}
	switch {
	case q.attached && end:
	case q.Manual && !q.attached:
		r.shown = true
	default: // recv(2) tells an error once, to MSG_PEEK too
		r.pending, r.shown = nil, false
	}
	return got
}
