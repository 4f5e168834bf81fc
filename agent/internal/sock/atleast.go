//go:build linux

package sock

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// least is how many bytes a receive without a condition waits for: all of them
// with MSG_WAITALL, else as SO_RCVLOWAT says. It means nothing where nothing may
// wait.
func (s *Socket) least(c *clock, q ReceiveRequest) int {
	switch {
	case !c.blocks() || s.typ != Stream || !q.Until.none():
		return 1
	case q.attached && q.Manual:
		return 1 // its window may not hold as many; the kernel wakes it by that mark
	case q.WaitAll:
		return q.Max
	}
	return min(s.lowWater(), q.Max)
}

// stepAtLeast receives once least bytes are there, held or in the kernel, or no
// more can come. Unless eager is set it leaves less than that in the kernel.
func (s *Socket) stepAtLeast(c *clock, q ReceiveRequest, least int, heldOnly, eager bool) (Received, bool, error) {
	r := &s.recv
	for filled := false; ; {
		if c.ctx.Err() != nil {
			return Received{}, false, errElapsed
		}
		start, err := r.begin(q)
		if err != nil {
			return Received{}, false, err
		}
		have := int(r.read - start)
		if n := r.upToSeam(start, r.read); n > 0 {
			return s.take(q, start, min(q.Max, n), StoppedByAvailable), true, nil
		}
		switch {
		case have >= least:
			return s.take(q, start, min(q.Max, have), StoppedByAvailable), true, nil
		case r.pending != nil && have > 0: // the error comes after them
			return s.take(q, start, have, StoppedByEnd), true, nil
		case r.pending != nil:
			return r.report(q, s.over(r.pending)), true, nil
		case have > 0 && s.atMark():
			// recv(2) stops before urgent data, MSG_WAITALL or not, whenever it
			// got what comes before.
			return s.take(q, start, have, StoppedByAvailable), true, nil
		case filled && c.ended():
			return Received{}, false, errElapsed
		case !heldOnly && have > 0 && s.broken():
			return s.take(q, start, have, StoppedByEnd), true, nil
		case heldOnly || !eager && !s.worthReading(least-have):
			return Received{}, false, nil
		}
		most := q.Max - have
		if have > 0 {
			another, err := s.anotherSender()
			if err != nil {
				return Received{}, false, err
			}
			if another {
				return s.take(q, start, have, StoppedByAvailable), true, nil
			}
			if most = s.beforeMark(most); most == 0 {
				if s.atMark() {
					continue
				}
				return Received{}, false, nil
			}
		}
		n, errno, err := s.fill(q, most, s.piece())
		switch {
		case err != nil:
			return Received{}, false, err
		case n > 0:
			if r.rights {
				r.seam = r.read
			}
			filled = true
			c.progressed()
		case errno == errWindow:
			return limited(start), true, nil
		case errno == unix.EAGAIN:
			return Received{}, false, nil
		case errno != 0:
			s.pend(errno)
		default:
			return s.rest(q, start), true, nil
		}
	}
}

// piece is how much to read at once, at most: on a unix stream all that is
// there, since a message that brings descriptors is to be read in one.
func (s *Socket) piece() int {
	if s.family == Unix {
		return maxReceive
	}
	return 1 << 16
}

// worthReading reports whether the kernel has as many bytes as SO_RCVLOWAT
// wants, or says itself that a receive should look: there may be an end, or
// urgent data, before which a receive stops.
func (s *Socket) worthReading(least int) bool {
	worth := false
	_ = s.desc.Do(func(fd int) error {
		worth = s.inQueue(fd) >= least || pollNow(fd, unix.POLLIN|unix.POLLRDHUP|unix.POLLPRI) != 0
		return nil
	})
	return worth
}

// broken reports whether the kernel has an error to tell and nothing before it:
// recv(2) leaves the error to the next call when it has bytes to return.
func (s *Socket) broken() bool {
	const both = unix.POLLERR | unix.POLLHUP
	is := false
	_ = s.desc.Do(func(fd int) error {
		is = s.inQueue(fd) <= 0 && pollNow(fd, 0)&both == both
		return nil
	})
	return is
}

// beforeMark is how many bytes, at most want, a receive may read that has some
// already, for it has to stop before urgent data: recv(2) passes over a mark that
// it begins at, also one that has come since it was last looked for. What is
// counted stands before any mark that comes later. All of want may be read once
// nothing can come any more, and on a unix stream, which counts urgent bytes too.
func (s *Socket) beforeMark(want int) int {
	if s.family == Unix {
		return want
	}
	n := 0
	_ = s.desc.Do(func(fd int) error {
		over := pollNow(fd, unix.POLLRDHUP) != 0 // with POLLERR and POLLHUP
		counted := s.inQueue(fd)
		switch at, err := unix.IoctlGetInt(fd, unix.SIOCATMARK); {
		case err == nil && at != 0:
		case counted > 0:
			n = min(want, counted)
		case over || counted < 0:
			n = want
		}
		return nil
	})
	return n
}

// atMark is SIOCATMARK.
func (s *Socket) atMark() bool {
	at := false
	_ = s.desc.Do(func(fd int) error {
		n, err := unix.IoctlGetInt(fd, unix.SIOCATMARK)
		at = err == nil && n != 0
		return nil
	})
	return at
}

// lowWaterLook is how often a receive looks that has read some of what
// SO_RCVLOWAT wants: the kernel announces the rest only when it alone is as
// much.
const lowWaterLook = 20 * time.Millisecond

// awaitBytes waits until there may be more for q to receive. Urgent data ends a
// receive for so many bytes; when it comes alone the kernel says only that.
func (s *Socket) awaitBytes(c *clock, q ReceiveRequest, in poller.Interest) error {
	if s.least(c, q) > 1 {
		in.Events |= poller.Urgent
	}
	if s.typ != Stream || s.lowWater() <= 1 || !c.blocks() || !s.recv.holds() {
		return c.await(s.desc, in)
	}
	return c.awaitWithin(s.desc, in, lowWaterLook)
}

func (r *receiving) holds() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held.len > 0
}

// elapsed is the result of a receive whose wait is over. Where SO_RCVTIMEO ended
// it, recv(2) returns what it has by then.
func (s *Socket) elapsed(c *clock, q ReceiveRequest) (Received, error) {
	if s.least(c, q) <= 1 || !c.byOption() {
		return Received{}, errElapsed
	}
	r := &s.recv
	r.mu.Lock()
	defer r.mu.Unlock()
	start, err := r.begin(q)
	if err != nil {
		return Received{}, err
	}
	if have := int(r.read - start); have > 0 {
		return s.take(q, start, min(q.Max, have), StoppedByAvailable), nil
	}
	// Less than SO_RCVLOWAT wants still lies in the kernel.
	if got, ok, err := s.stepAvailable(q, false); ok || err != nil {
		return got, err
	}
	return Received{}, errElapsed
}
