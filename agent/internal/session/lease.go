package session

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/farsock/farsock/agent/internal/seeded"
)

// Create makes a session for identity. An empty id lets the agent choose one; a
// nil ttl is Config.DefaultTTL.
//
// Errors: *NameError, *RangeError, *ExistsError, *LimitError,
// *ShuttingDownError.
func (t *Table[S]) Create(identity, id string, ttl *time.Duration) (Info, error) {
	if id != "" && !ValidName(id) {
		return Info{}, &NameError{Field: "session_id", Got: id}
	}
	lease, err := t.checkTTL(ttl, t.config.DefaultTTL)
	if err != nil {
		return Info{}, err
	}

	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return Info{}, &ShuttingDownError{}
	}
	own := t.live[identity]
	if own[id] != nil {
		return Info{}, &ExistsError{Session: id}
	}
	if most := t.config.Limits.SessionsPerIdentity; len(own) >= most {
		return Info{}, &LimitError{Limit: LimitSessionsPerIdentity, Max: most}
	}
	if most := t.config.Limits.Sessions; t.liveCount >= most {
		return Info{}, &LimitError{Limit: LimitSessions, Max: most}
	}

	t.sessionSeq++
	if id == "" {
		// The user may have taken this name and the ones after it, but no more
		// of them than there may be sessions and tombstones.
		for n := t.sessionSeq; ; n++ {
			id = "session-" + strconv.FormatUint(n, 10)
			if t.ids[scoped{identity, id}] == nil {
				break
			}
		}
	}
	now := t.look()
	s := &Session[S]{
		table:    t,
		identity: identity,
		id:       id,
		uid:      sessionUID(t.config.Incarnation, t.sessionSeq),
		number:   t.sessionSeq,
		created:  t.config.Now(),
		done:     make(chan struct{}),
		state:    Active,
		ttl:      lease,
		calls:    map[*Call[S]]struct{}{},
		names:    map[string]*Entry[S]{},
		records:  map[string]*record{},
		running:  map[*record]context.CancelCauseFunc{},
	}
	s.lease.fire = s.leaseDue
	if own == nil {
		own = map[string]*Session[S]{}
		t.live[identity] = own
	}
	own[id] = s
	if t.liveCount++; t.liveCount == 1 {
		t.rouse() // to look at the clock every beat
	}
	t.uids[s.uid] = s
	t.ids[scoped{identity, id}] = s // an ended one keeps its uid alone
	s.begin(now)
	return s.info(now), nil
}

// Get reads a session of identity without renewing it; an ended one too while
// it is remembered.
//
// Errors: *NotFoundError, *AgentRestartedError.
func (t *Table[S]) Get(identity string, ref Ref) (Info, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, err := t.find(identity, ref)
	if err != nil {
		return Info{}, err
	}
	return s.info(t.look()), nil
}

// List reads at most limit live sessions of identity whose ids come after the
// given one, ordered by id, without renewing them, and says whether there are
// more.
func (t *Table[S]) List(identity, after string, limit int) (page []Info, more bool) {
	t.mu.Lock()
	now := t.look()
	for id, s := range t.live[identity] {
		if id > after {
			page = append(page, s.info(now))
		}
	}
	t.mu.Unlock()
	slices.SortFunc(page, func(a, b Info) int { return cmp.Compare(a.ID, b.ID) })
	if len(page) > limit {
		return page[:limit], true
	}
	return page, false
}

// Renew begins a full TTL, a new one unless ttl is nil.
//
// Errors: *NotFoundError, *AgentRestartedError, *EndedError, *RangeError.
func (t *Table[S]) Renew(identity string, ref Ref, ttl *time.Duration) (Info, error) {
	lease, err := t.checkTTL(ttl, 0)
	if err != nil {
		return Info{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s, err := t.findActive(identity, ref)
	if err != nil {
		return Info{}, err
	}
	if ttl != nil {
		s.ttl = lease
	}
	now := t.look()
	s.renewals++
	s.begin(now)
	return s.info(now), nil
}

func (t *Table[S]) checkTTL(ttl *time.Duration, unset time.Duration) (time.Duration, error) {
	if ttl == nil {
		return unset, nil
	}
	if *ttl < t.config.MinTTL || *ttl > t.config.MaxTTL {
		return 0, &RangeError{Field: "ttl", Got: *ttl, Min: t.config.MinTTL, Max: t.config.MaxTTL}
	}
	return *ttl, nil
}

// begin starts a full TTL; Table.mu is held. Moving the deadline back leaves the
// event where it is, to be corrected when it fires: a renewal is then two
// assignments, and calls are far more frequent than expiries.
func (s *Session[S]) begin(now time.Duration) {
	s.deadline, s.spared = now+s.ttl, false
	if s.lease.index == 0 || s.deadline < s.lease.at {
		s.table.schedule(&s.lease, s.deadline)
	}
}

// leaseDue ends the session if its TTL is over indeed; Table.mu is held.
func (s *Session[S]) leaseDue(now time.Duration) {
	switch t := s.table; {
	case s.state != Active:
		t.forget(s)
	case len(s.calls) > 0 && !seeded.On(seeded.CallDoesNotHold): // the last one to end begins a TTL
	case s.deadline > now:
		t.schedule(&s.lease, s.deadline)
	case t.clock.late(s.deadline) && !s.spared:
		s.spared = true
		t.schedule(&s.lease, now+t.clock.beat)
	default:
		t.end(s, Expired, now)
	}
}

// find looks a session up, live or ended; t.mu is held.
func (t *Table[S]) find(identity string, ref Ref) (*Session[S], error) {
	var s *Session[S]
	if ref.SessionUID != "" {
		if foreign(t.config.Incarnation, ref.SessionUID) {
			return nil, &AgentRestartedError{Incarnation: t.config.Incarnation}
		}
		s = t.uids[ref.SessionUID]
	} else {
		s = t.ids[scoped{identity, ref.SessionID}]
	}
	if s == nil || s.identity != identity {
		return nil, &NotFoundError{Session: ref.session(), Incarnation: t.config.Incarnation}
	}
	return s, nil
}

// findActive looks up a session that has not ended; t.mu is held.
func (t *Table[S]) findActive(identity string, ref Ref) (*Session[S], error) {
	s, err := t.find(identity, ref)
	if err != nil {
		return nil, err
	}
	if s.state != Active {
		return nil, s.ended()
	}
	return s, nil
}
