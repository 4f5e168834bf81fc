package session

import (
	"context"
	"errors"
	"runtime/debug"
	"time"
)

// Result is what an operation of Once came to.
type Result struct {
	// Value is what every caller gets. It is shared: nobody may change it.
	Value any
	// SocketUID names the socket that the operation made, if any; the value is
	// then kept until Config.ResponseFor after that socket has closed.
	SocketUID string
	// Keep says to store Value for repeats. Without it nothing is stored, as
	// for an Accept that took no connection.
	Keep bool
}

// Op is an operation that must happen once. Its context ends when nobody waits
// for it any more and when the session ends; it must then return promptly, with
// what has really happened. It applies no wait of its own but 0: others may wait
// longer than the caller who began it. With an error nothing is stored.
type Op func(ctx context.Context) (Result, error)

// Once runs op for a request id, or joins the one that runs, or returns what
// was stored, and says whether it did either of the latter two.
//
// ctx should be the Call's. A nil wait has no bound but ctx; a wait above 0 is
// this caller's own, also while it waits for an operation that another began; a
// wait of 0 says that op itself does not block: it is awaited as long as it
// takes, but one that another began is not, unless all its callers have gone:
// it is ending then, and what it came to is awaited. A caller whose wait or context ends
// gets ErrWaitElapsed and the operation goes on, unless it was the last: then
// the operation's context ends and the caller gets what it came to.
//
// An operation whose Result is not kept counts for the caller who began it;
// callers who had joined it begin their own. With an empty request id op is just
// run.
//
// Errors: op's own (given to all who had joined), ErrWaitElapsed, *EndedError,
// *RequestIDReusedError, *LimitError, *PanicError.
func (s *Session[S]) Once(ctx context.Context, wait *time.Duration, requestID string, digest [32]byte, op Op) (value any, joined bool, err error) {
	if wait != nil && *wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *wait)
		defer cancel()
	}
	if requestID == "" {
		result, err := op(ctx)
		return result.Value, false, s.unlessEnded(err)
	}
	for {
		c := &caller{ctx: ctx}
		r, joined, await, err := s.join(c, wait == nil || *wait > 0, requestID, digest, op)
		if err != nil {
			return nil, joined, err
		}
		if err := s.await(c, r, await); err != nil {
			return nil, joined, err
		}
		if r.err == nil && !r.result.Keep && joined && ctx.Err() == nil {
			continue // nothing has happened; this caller has time left for an own try
		}
		return r.result.Value, joined, r.err
	}
}

// unlessEnded replaces an operation's error once the session has ended, so that
// a cancelled call says why.
func (s *Session[S]) unlessEnded(err error) error {
	s.table.mu.Lock()
	defer s.table.mu.Unlock()
	if s.state != Active {
		return s.ended()
	}
	return err
}

// await returns nil once r is over. Otherwise this caller has left: see Once.
func (s *Session[S]) await(c *caller, r *record, patient bool) error {
	if patient {
		select {
		case <-r.done:
			return nil
		case <-c.ctx.Done():
		}
	}
	s.table.mu.Lock()
	_, counted := r.callers[c]
	delete(r.callers, c)
	last := counted && len(r.callers) == 0
	s.table.mu.Unlock()
	select {
	case <-r.done: // over in the meantime: what it came to is better than having waited
		return nil
	default:
	}
	if last {
		r.cancel(context.Canceled)
		<-r.done
		return nil
	}
	var ended *EndedError
	if errors.As(context.Cause(c.ctx), &ended) {
		return ended
	}
	return ErrWaitElapsed
}

// guarded runs op and makes an error of its panic.
func guarded(ctx context.Context, op Op) (result Result, err error) {
	defer func() {
		if v := recover(); v != nil {
			result, err = Result{}, &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return op(ctx)
}
