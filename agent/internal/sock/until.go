//go:build linux

package sock

import "golang.org/x/sys/unix"

// stepUntil receives until the condition holds within q.Max bytes. It returns
// errLook when m is to look at the bytes first, and errElapsed.
func (s *Socket) stepUntil(c *clock, q ReceiveRequest, m *matcher, heldOnly bool) (Received, bool, error) {
	r := &s.recv
	for filled := false; ; {
		if c.ctx.Err() != nil {
			return Received{}, false, errElapsed
		}
		start, err := r.begin(q)
		if err != nil {
			return Received{}, false, err
		}
		view := r.held.view(int(start - r.acked))
		view = view[:min(len(view), q.Max)]
		n, by, match := m.find(start, view)
		if by != 0 {
			got := s.take(q, start, n, by)
			got.Match = match
			return got, true, nil
		}
		unseen := m.unseen(view)
		if filled && c.ended() && !(unseen && m.seen < 0) { // one look in any case
			return Received{}, false, errElapsed
		}
		if unseen && (!m.gather || heldOnly || r.pending != nil || len(view) == q.Max) {
			if !c.blocks() && m.seen >= 0 {
				// It looked at all that was there when it began.
				return Received{}, false, nil
			}
			m.view = view
			return Received{}, false, errLook
		}
		if r.pending != nil {
			if len(view) > 0 { // the error comes after them
				return s.take(q, start, len(view), StoppedByEnd), true, nil
			}
			return r.report(q, s.over(r.pending)), true, nil
		}
		if len(view) == q.Max {
			return s.full(q, start, len(view), heldOnly)
		}
		if heldOnly {
			return Received{}, false, nil
		}
		if len(view) > 0 && !unseen && s.broken() {
			return s.take(q, start, len(view), StoppedByEnd), true, nil
		}
		n, errno, err := s.fill(q, q.Max-len(view), m.appetite(len(view), q.Max))
		// A blocking receive looks again if need be, another one only once.
		m.gather = m.gather && n > 0 && !c.blocks()
		switch {
		case err != nil:
			return Received{}, false, err
		case n > 0:
			filled = true
			c.progressed()
		case unseen && (errno == 0 || errno == errWindow || errno == unix.EAGAIN):
			// The look first; all these answer the same again.
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

// rest is what is left at the end of the stream.
func (s *Socket) rest(q ReceiveRequest, start int64) Received {
	have := int(s.recv.read - start)
	switch owed := s.pendOwed(); {
	case owed && have == 0:
		return s.recv.report(q, true)
	case owed: // it comes after them
		return s.take(q, start, have, StoppedByEnd)
	}
	s.recv.finish(s.howEnded())
	got := s.take(q, start, have, StoppedByEnd)
	got.End = true
	return got
}

// full is a window without a match. Only for the end of the stream it matters
// what comes next: the end may be just there.
func (s *Socket) full(q ReceiveRequest, start int64, have int, heldOnly bool) (Received, bool, error) {
	if !q.Until.EOF || s.recv.read > start+int64(have) {
		return limited(start), true, nil
	}
	if heldOnly {
		return Received{}, false, nil
	}
	var b [1]byte
	m, errno, err := s.lookAhead(b[:], nil)
	switch {
	case err != nil:
		return Received{}, false, err
	case errno == unix.EAGAIN:
		return Received{}, false, nil
	case errno == 0 && m.n > 0:
		return limited(start), true, nil
	case errno == 0:
		return s.rest(q, start), true, nil
	}
	s.pend(errno)
	return s.take(q, start, have, StoppedByEnd), true, nil
}

func limited(start int64) Received {
	return Received{Outcome: Outcome{Code: Limit}, Offset: start}
}
