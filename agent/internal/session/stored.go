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

	callers int   // guarded by Table.mu; waiting for done
	expiry  event // guarded by Table.mu; when it is forgotten
}

// errExited is what a PanicError holds when an operation left by
// runtime.Goexit.
var errExited = errors.New("session: the operation's goroutine exited")

// join finds the record of a request id, or begins its operation, and counts
// the caller in.
func (s *Session[S]) join(ctx context.Context, requestID string, digest [32]byte, op Op) (r *record, joined bool, err error) {
	t := s.table
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.state != Active {
		return nil, false, s.ended()
	}
	if r := s.records[requestID]; r != nil {
		if r.digest != digest {
			return nil, false, &RequestIDReusedError{RequestID: requestID}
		}
		r.callers++
		return r, true, nil
	}
	if most := t.config.Limits.StoredResponsesPerSession; len(s.records) >= most {
		return nil, false, &LimitError{Limit: LimitStoredResponsesPerSession, Max: most}
	}
	if most := t.config.Limits.StoredResponses; t.stored >= most {
		return nil, false, &LimitError{Limit: LimitStoredResponses, Max: most}
	}
	// The operation outlives the caller who began it while others wait, and
	// keeps only the values of its context.
	opCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	r = &record{digest: digest, cancel: cancel, done: make(chan struct{}), callers: 1}
	r.expiry.fire = func(time.Time) { s.drop(requestID) }
	s.records[requestID] = r
	s.running[r] = cancel
	t.stored++
	s.ops.Go(func() {
		var result Result
		var err error = &PanicError{Value: errExited}
		defer func() { s.complete(requestID, r, result, err) }()
		result, err = guarded(opCtx, op)
	})
	return r, false, nil
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
			t.schedule(&r.expiry, time.Now().Add(t.config.ResponseFor))
		}
	}
	r.result, r.err = result, err
	close(r.done)
	t.mu.Unlock()
	r.cancel(nil)
}

// drop forgets a record of an active session; Table.mu is held.
func (s *Session[S]) drop(requestID string) {
	delete(s.records, requestID)
	s.table.stored--
}
