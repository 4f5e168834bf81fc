package session

import "context"

// Call is a call under way on a session: until Release the session cannot
// expire.
type Call[S any] struct {
	Session *Session[S] // immutable
	Socket  *Entry[S]   // immutable; nil if the reference named only a session

	ctx      context.Context         // immutable
	cancel   context.CancelCauseFunc // immutable
	released bool                    // guarded by Table.mu
}

// Enter begins a call by identity on what ref names. The caller must Release
// it. A call on several sessions enters each with the context of the one before.
//
// Errors: *NotFoundError, *EndedError, *SocketNotFoundError,
// *AgentRestartedError.
func (t *Table[S]) Enter(ctx context.Context, identity string, ref Ref) (*Call[S], error) {
	// Made before the lock is taken, which all calls of the agent share.
	c := &Call[S]{}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	if err := t.admit(c, identity, ref); err != nil {
		c.cancel(err)
		return nil, err
	}
	return c, nil
}

func (t *Table[S]) admit(c *Call[S], identity string, ref Ref) (err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.Session, c.Socket, err = t.resolve(identity, ref)
	if err == nil {
		c.Session.calls[c] = struct{}{}
	}
	return err
}

// resolve finds the live session, and the socket if ref names one; t.mu is held.
func (t *Table[S]) resolve(identity string, ref Ref) (*Session[S], *Entry[S], error) {
	if ref.SocketUID != "" {
		if foreign(t.config.Incarnation, ref.SocketUID) {
			return nil, nil, &AgentRestartedError{Incarnation: t.config.Incarnation}
		}
		if s := t.orphans[ref.SocketUID]; s != nil && s.identity == identity {
			return nil, nil, s.ended()
		}
		e := t.sockets[ref.SocketUID]
		if e == nil || e.session.identity != identity {
			return nil, nil, &SocketNotFoundError{Socket: ref.String()}
		}
		return e.session, e, nil
	}
	s, err := t.findActive(identity, ref)
	if err != nil || ref.SocketName == "" {
		return s, nil, err
	}
	e := s.names[ref.SocketName]
	if e == nil {
		return nil, nil, &SocketNotFoundError{Socket: ref.String()}
	}
	return s, e, nil
}

// Context is the context given to Enter, ended with an *EndedError as its cause
// when the session ends, and by Release.
func (c *Call[S]) Context() context.Context { return c.ctx }

// Release ends the call. If it was the session's last, a full TTL begins. May
// be repeated.
func (c *Call[S]) Release() {
	s := c.Session
	s.table.mu.Lock()
	if !c.released {
		c.released = true
		delete(s.calls, c)
		if s.state == Active && len(s.calls) == 0 {
			s.renewals++
			s.begin(s.table.look())
		}
	}
	s.table.mu.Unlock()
	c.cancel(nil)
}
