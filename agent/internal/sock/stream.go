//go:build linux

package sock

import (
	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// streamStep returns the step of a receive on a stream socket, and what it
// looks with if it has a condition.
func (s *Socket) streamStep(c *clock, q ReceiveRequest) (step, *matcher) {
	if !q.Until.none() {
		m := &matcher{until: q.Until, seen: -1, gather: !c.blocks()}
		return func(heldOnly bool) (Received, bool, error) { return s.stepUntil(c, q, m, heldOnly) }, m
	}
	if least := s.least(c, q); least > 1 {
		woken := false // by urgent data perhaps, which may be fetched before it looks
		return func(heldOnly bool) (Received, bool, error) {
			got, ok, err := s.stepAtLeast(c, q, least, heldOnly, woken || q.WaitAll)
			woken = woken || !heldOnly
			return got, ok, err
		}, nil
	}
	return func(heldOnly bool) (Received, bool, error) { return s.stepAvailable(q, heldOnly) }, nil
}

// stepAvailable receives what is there, up to q.Max.
func (s *Socket) stepAvailable(q ReceiveRequest, heldOnly bool) (Received, bool, error) {
	r := &s.recv
	start, err := r.begin(q)
	if err != nil {
		return Received{}, false, err
	}
	have := int(r.read - start)
	switch {
	case have > 0:
		return s.take(q, start, min(q.Max, have), StoppedByAvailable), true, nil
	case r.pending != nil:
		return r.report(q, s.over(r.pending)), true, nil
	case heldOnly:
		return Received{}, false, nil
	case q.Max == 0:
		return s.stepNothing(q, start)
	case q.Manual:
		n, errno, err := s.fill(q, q.Max, 1<<16)
		if err != nil {
			return Received{}, false, err
		}
		if n > 0 {
			return s.take(q, start, n, StoppedByAvailable), true, nil
		}
		if errno == errWindow {
			return limited(start), true, nil
		}
		return s.nothingRead(q, errno)
	}
	return s.readThrough(q)
}

// take returns n bytes from start on, which are held. With AUTO they are gone, and
// start is the first unacknowledged. An Attachment that holds them shares the
// array, and gets fewer where that ends.
func (s *Socket) take(q ReceiveRequest, start int64, n int, by StoppedBy) Received {
	r := &s.recv
	got := Received{Outcome: done(), Offset: start, StoppedBy: by}
	if at := int(start - r.acked); q.attached && q.Manual {
		got.Data = r.held.piece(at, n)
	} else {
		got.Data = r.held.copied(at, n)
	}
	got.DescriptorsClosed, got.ControlTruncated = r.takeDescriptors(), r.takeLost()
	switch {
	case q.Peek:
	case q.Manual:
		r.hand(start, start+int64(len(got.Data)))
	default:
		r.drop(s.env, start+int64(n))
	}
	return got
}

// readThrough receives straight into the caller's bytes; nothing is held.
func (s *Socket) readThrough(q ReceiveRequest) (Received, bool, error) {
	r := &s.recv
	buf := make([]byte, min(q.Max, s.roomFor(512)))
	n, got, errno, err := s.receiveInto(buf, q)
	if err != nil {
		return Received{}, false, err
	}
	if n <= 0 {
		return s.nothingRead(q, errno)
	}
	got.Outcome, got.StoppedBy = done(), StoppedByAvailable
	got.Offset, got.Data = r.read, buf[:n]
	if !q.Peek {
		got.DescriptorsClosed = r.takeDescriptors()
		got.ControlTruncated = r.takeLost() || got.ControlTruncated
		r.skip(int64(n))
	}
	return got, true, nil
}

// nothingRead is a recv(2) without bytes: the end, an error, or not yet.
func (s *Socket) nothingRead(q ReceiveRequest, errno unix.Errno) (Received, bool, error) {
	r := &s.recv
	switch errno {
	case 0:
		if s.pendOwed() {
			return r.report(q, true), true, nil
		}
		r.finish(s.howEnded())
		return Received{Outcome: done(), Offset: r.read, End: true, StoppedBy: StoppedByEnd}, true, nil
	case unix.EAGAIN:
		return Received{}, false, nil
	}
	s.pend(errno)
	return r.report(q, s.over(r.pending)), true, nil
}

// pend keeps an error that the kernel will not tell again.
func (s *Socket) pend(errno unix.Errno) {
	out := answered("recvmsg", errno)
	s.recv.pending, s.recv.shown = &out, false
	if s.typ != Datagram && s.over(&out) {
		s.recv.settleEnd(out)
	}
	s.desc.Signal(poller.Readable)
}

// stepNothing receives 0 bytes, which waits like any other recv(2) and takes
// no bytes. A peek is not the same: around a unix stream's urgent byte that was
// read the kernel answers EAGAIN to it alone.
func (s *Socket) stepNothing(q ReceiveRequest, start int64) (Received, bool, error) {
	flags := 0
	if q.Peek {
		flags = unix.MSG_PEEK
	}
	n, errno, err := s.receiveBytes(nil, flags)
	if err != nil {
		return Received{}, false, err
	}
	if n < 0 {
		return s.nothingRead(q, errno)
	}
	return Received{Outcome: done(), Offset: start, StoppedBy: StoppedByAvailable}, true, nil
}

// over reports whether an error of recv(2) ends the stream, rather than saying
// that the call made no sense.
func (s *Socket) over(o *Outcome) bool {
	switch o.Code {
	case Reset:
		return true
	case TimedOut, Unreachable, BrokenPipe, NotPermitted, Other:
		return !s.isTCP() || s.isOver()
	}
	return false
}

// fill reads from the kernel into held: at most want bytes, of which it makes
// room for bound at once. n is 0 at the end, with errno 0, and -1 if errno
// says why not.
func (s *Socket) fill(q ReceiveRequest, want, bound int) (n int, errno unix.Errno, err error) {
	r := &s.recv
	room := min(want, s.windowOf(q)-r.held.len, bound)
	if room <= 0 {
		return -1, errWindow, nil
	}
	waiting := s.roomFor(0)
	if waiting == 0 && bound == maxReceive {
		waiting = wholeMessage // one may come before the read does
	}
	room = min(room, max(waiting, 2048))
	b, err := r.space(s.env, room, waiting, !q.Until.none())
	if err != nil {
		room = min(room, alwaysHeld-r.held.len)
		if !q.attached || room <= 0 {
			return -1, 0, err
		}
		b = r.spaceBeyond(s.env, room)
	}
	n, errno, err = s.receiveBytes(b, 0)
	if n > 0 {
		r.held.fill(n)
		r.read += int64(n)
		r.final = nil
		s.desc.Signal(poller.Readable)
	}
	r.settle(s.env)
	return n, errno, err
}

// wholeMessage is room for what one send(2) puts on a unix stream in one piece,
// which is at most half of the sender's SO_SNDBUF: 104 KiB, unless that was raised.
const wholeMessage = 1 << 18

// errWindow stands for a full window; no recv(2) answers it.
const errWindow = unix.EXFULL

// roomFor is how much the kernel has, at least least.
func (s *Socket) roomFor(least int) int {
	n := 0
	_ = s.desc.Do(func(fd int) error { n = s.inQueue(fd); return nil })
	return max(n, least)
}

// receiveBytes is recvmsg(2) on a stream for bytes that are to be held; control
// messages are lost, and descriptors that come along are closed.
func (s *Socket) receiveBytes(b []byte, flags int) (n int, errno unix.Errno, err error) {
	before := s.recv.total
	n, got, errno, err := s.receiveInto(b, ReceiveRequest{Peek: flags&unix.MSG_PEEK != 0, attached: true})
	if flags&unix.MSG_PEEK == 0 && (got.ControlTruncated || len(got.Control) > 0) {
		s.recv.controlLost = true
	}
	if n > 0 {
		s.recv.sender, s.recv.rights = credentials(got.Control), got.ControlTruncated || s.recv.total > before
	}
	return n, errno, err
}

// receiveInto is recvmsg(2) on a stream. n is -1 if errno says why not; the
// control messages are in got. The caller holds recv.mu.
func (s *Socket) receiveInto(b []byte, q ReceiveRequest) (n int, got Received, errno unix.Errno, err error) {
	flags := unix.MSG_DONTWAIT | unix.MSG_CMSG_CLOEXEC
	if q.Peek {
		flags |= unix.MSG_PEEK
	}
	var oob []byte
	if s.family == Unix || !q.attached {
		p := oobs.Get().(*[maxControlBytes]byte)
		defer oobs.Put(p)
		oob = s.controlRoom(p[:], q)
	}
	var m message
	errno, err = s.call(func(fd int) (e unix.Errno) {
		m, e = sysReceive(fd, b, q.Buffers, oob, flags, false)
		return e
	})
	if err != nil || errno != 0 {
		return -1, got, errno, err
	}
	got.ControlTruncated = m.flags&unix.MSG_CTRUNC != 0
	if m.oobn > 0 {
		control, dropped := s.parseControl(oob[:m.oobn])
		if !q.Peek {
			s.recv.descriptors += dropped
			s.recv.total += int64(dropped)
		}
		got.Control = control
	}
	if m.n > 0 && !q.Peek {
		s.hadPeer.Store(true)
	}
	return m.n, got, 0, nil
}
