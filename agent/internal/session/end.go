package session

import (
	"context"
	"sync"
	"time"

	"github.com/farsock/farsock/agent/internal/seeded"
)

// CloseSession ends a session: its calls under way are cancelled, its sockets
// closed. It returns when that is done, or when ctx ends, with ctx's error,
// while it goes on. The Info is the session as it ended.
//
// Errors: *NotFoundError, *AgentRestartedError, *EndedError; ctx's.
func (t *Table[S]) CloseSession(ctx context.Context, identity string, ref Ref) (Info, error) {
	t.mu.Lock()
	s, err := t.findActive(identity, ref)
	if err != nil {
		t.mu.Unlock()
		return Info{}, err
	}
	now := t.look()
	t.end(s, Closed, now)
	info := s.info(now)
	t.mu.Unlock()

	select {
	case <-s.done:
		return info, nil
	case <-ctx.Done():
		return info, ctx.Err()
	}
}

// end makes an active session a tombstone and sets a goroutine to close what it
// owned; t.mu is held.
func (t *Table[S]) end(s *Session[S], state State, now time.Duration) {
	s.state, s.endedAt = state, t.config.Now()
	cause := s.ended()
	for c := range s.calls {
		c.cancel(cause)
	}
	for _, cancel := range s.running {
		cancel(cause)
	}

	own := t.live[s.identity]
	delete(own, s.id)
	if len(own) == 0 {
		delete(t.live, s.identity)
	}
	t.liveCount--

	entries := make([]*Entry[S], 0, s.installed)
	for _, e := range s.names {
		if e != nil {
			entries = append(entries, e)
			delete(t.sockets, e.uid)
			t.orphans[e.uid] = s
			s.orphans = append(s.orphans, e.uid)
		}
	}
	for id, r := range s.records {
		t.agenda.drop(&r.expiry)
		key := request{s.identity, id}
		t.past[key] = s
		s.past = append(s.past, key)
	}
	t.stored -= len(s.records)
	s.names, s.records, s.running = map[string]*Entry[S]{}, nil, nil

	s.tombstone = t.tombstones.PushBack(s)
	t.schedule(&s.lease, now+t.config.TombstoneFor)
	if t.tombstones.Len() > t.config.Limits.Tombstones || seeded.On(seeded.TombstoneForgotten) {
		t.forget(t.tombstones.Front().Value.(*Session[S]))
	}
	for oldest := t.tombstones.Front(); len(t.orphans)+len(t.past) > t.config.Limits.Orphans; oldest = oldest.Next() {
		t.forgetOrphans(oldest.Value.(*Session[S]))
	}

	info := s.info(now)
	t.finish.Go(func() { t.closeAll(s, entries, info) })
}

// forget removes an ended session's tombstone; t.mu is held.
func (t *Table[S]) forget(s *Session[S]) {
	t.tombstones.Remove(s.tombstone)
	t.agenda.drop(&s.lease)
	t.forgetOrphans(s)
	delete(t.uids, s.uid)
	if key := (scoped{s.identity, s.id}); t.ids[key] == s {
		delete(t.ids, key)
	}
}

// forgetOrphans lets the uids of an ended session's sockets, and its request
// ids, mean nothing more; t.mu is held.
func (t *Table[S]) forgetOrphans(s *Session[S]) {
	for _, uid := range s.orphans {
		delete(t.orphans, uid)
	}
	for _, key := range s.past {
		if t.past[key] == s {
			delete(t.past, key)
		}
	}
	s.orphans, s.past = nil, nil
}

// closeAll closes the sockets of an ended session and waits for its operations.
func (t *Table[S]) closeAll(s *Session[S], entries []*Entry[S], info Info) {
	defer close(s.done)
	ctx, cancel := context.WithTimeout(context.Background(), t.config.CloseTimeout)
	defer cancel()
	var closing sync.WaitGroup
	slots := make(chan struct{}, closers)
	for _, e := range entries {
		slots <- struct{}{}
		closing.Go(func() {
			defer func() { <-slots }()
			if err := t.config.CloseSocket(ctx, e); err != nil {
				t.config.Logger.Warn("closing a socket of an ended session", "socket", e.uid, "session", s.uid, "error", err)
			}
			s.Remove(e)
		})
	}
	closing.Wait()
	s.ops.Wait()
	if t.config.OnEnd != nil {
		t.config.OnEnd(info)
	}
}
