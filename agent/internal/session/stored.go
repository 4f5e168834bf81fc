package session

import (
	"context"
	"errors"
	"time"
)

// record is a request id's operation: first running, then what it came to.
type record struct {
	digest [32]byte                // immutable
	cancel context.CancelCauseFunc // immutable; ends the operation's context
	done   chan struct{}           // closed when result and err are written

	result Result // written before done is closed
	err    error  // written before done is closed

	callers map[*caller]struct{} // guarded by Table.mu; for whom it goes on; nil once it is over
	expiry  event                // guarded by Table.mu; when it is forgotten
}

// caller is one who waits for an operation's end.
type caller struct{ ctx context.Context }

// over says that done is closed; Table.mu is held.
func (r *record) over() bool { return r.callers == nil }

// abandoned says that everybody for whom the operation went on has gone, also
// those whose own goroutines have yet to notice; Table.mu is held.
func (r *record) abandoned() bool {
	for c := range r.callers {
		if c.ctx.Err() == nil {
			return false
		}
	}
	return true
}

// errExited is what a PanicError holds when an operation left by
// runtime.Goexit.
var errExited = errors.New("session: the operation's goroutine exited")

// join finds the record of a request id, or begins its operation, and counts
// the caller in, unless it joins without patience. Then await says whether the
// operation ends promptly all the same, because it was abandoned.
func (s *Session[S]) join(c *caller, patient bool, requestID string, digest [32]byte, op Op) (r *record, joined, await bool, err error) {
	t := s.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.state != Active {
		return nil, false, false, s.ended()
	}
	if r := s.records[requestID]; r != nil {
		if r.digest != digest {
			return nil, false, false, &RequestIDReusedError{RequestID: requestID}
		}
		switch {
		case r.over():
		case patient:
			r.callers[c] = struct{}{}
		case r.abandoned():
			// It ends as it does when the last of those who left notices.
			r.cancel(context.Canceled)
		default:
			return r, true, false, nil
		}
		return r, true, true, nil
	}
	if most := t.config.Limits.StoredResponsesPerSession; len(s.records) >= most {
		return nil, false, false, &LimitError{Limit: LimitStoredResponsesPerSession, Max: most}
	}
	if most := t.config.Limits.StoredResponses; t.stored >= most {
		return nil, false, false, &LimitError{Limit: LimitStoredResponses, Max: most}
	}
	// The operation outlives the caller who began it while others wait, and
	// keeps only the values of its context.
	opCtx, cancel := context.WithCancelCause(context.WithoutCancel(c.ctx))
	r = &record{digest: digest, cancel: cancel, done: make(chan struct{}), callers: map[*caller]struct{}{c: {}}}
	r.expiry.fire = func(time.Duration) { s.drop(requestID) }
	s.records[requestID] = r
	s.running[r] = cancel
	t.stored++
	s.ops.Go(func() {
		var result Result
		var err error = &PanicError{Value: errExited}
		defer func() { s.complete(requestID, r, result, err) }()
		result, err = guarded(opCtx, op)
	})
	return r, false, true, nil
}

// complete stores what an operation came to, or forgets it.
func (s *Session[S]) complete(requestID string, r *record, result Result, err error) {
	t := s.table
	t.mu.Lock()
	if s.state != Active {
		// Its records are gone with it, and so is what the operation made.
		result, err = Result{}, s.ended()
	} else {
		delete(s.running, r)
		e := t.sockets[result.SocketUID]
		switch {
		case err != nil || !result.Keep:
			s.drop(requestID)
		case e != nil && e.session == s:
			e.records = append(e.records, r)
		default:
			t.schedule(&r.expiry, t.look()+t.config.ResponseFor)
		}
	}
	r.result, r.err, r.callers = result, err, nil
	close(r.done)
	t.mu.Unlock()
	r.cancel(nil)
}

// drop forgets a record of an active session; Table.mu is held.
func (s *Session[S]) drop(requestID string) {
	delete(s.records, requestID)
	s.table.stored--
}
