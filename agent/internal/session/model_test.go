package session_test

import (
	"context"
	"errors"
	"time"

	"pgregory.net/rapid"

	"github.com/farsock/farsock/agent/internal/session"
)

// model is what a table should be: plain lists, and for everything that ends by
// itself when that is, on a clock that goes on while the agent is paused.
type model struct {
	rt       *rapid.T
	host     *host
	tab      *table
	start    time.Time
	paused   time.Duration // when the last pause ended
	sessions []*leaseModel
	sockets  []*socketModel
	values   int // how many operations have run
}

// span is when something ends: not before lo, and no later than hi. They differ
// only after pauses.
type span struct{ lo, hi time.Duration }

type leaseModel struct {
	id, uid  string
	ttl      time.Duration
	state    session.State
	ends     span // the lease, while no call is under way; once ended, the tombstone
	gone     bool // forgotten
	calls    []*call
	names    map[string]*socketModel // live
	answers  map[string]*answerModel // kept, by request id
	finished int                     // sockets that ended with it
}

type socketModel struct {
	owner *leaseModel
	entry *entry
	over  bool // closed by the user
}

type answerModel struct {
	content byte
	value   any
	socket  *socketModel // nil: none was made
	ends    span         // unless the socket lives
}

func (a *answerModel) kept() bool { return a.socket != nil && !a.socket.over }

func (m *model) now() time.Duration { return m.host.now().Sub(m.start) }

// in is a span that begins now.
func (m *model) in(d time.Duration) span {
	at := span{m.now() + d, m.now() + d}
	if m.paused != 0 && m.now() < m.paused+2*beat {
		at.hi += beat // the table's clock may stand
	}
	return at
}

// pausing moves whatever ends by itself for a pause of d.
func (m *model) pausing(d time.Duration) {
	live := false
	for _, s := range m.sessions {
		live = live || s.state == session.Active
	}
	move := func(s *span) {
		switch {
		case !live: // counted, but the fake timers do not know
			s.hi += d
		case d > 2*beat:
			s.lo += d
			s.hi += d + 2*beat
		default:
			s.hi += d + 3*beat
		}
	}
	for _, s := range m.sessions {
		move(&s.ends)
		for _, a := range s.answers {
			move(&a.ends)
		}
	}
	m.host.pause(d)
	m.paused = m.now()
}

// ended makes a tombstone of a session.
func (m *model) ended(s *leaseModel, state session.State, at span) {
	s.state = state
	s.ends = span{at.lo + 10*time.Minute, at.hi + 10*time.Minute}
	s.finished = len(s.names)
	for name, x := range s.names {
		if n := x.entry.Socket.closes.Load(); n != 1 {
			m.rt.Fatalf("%s of an ended session was closed %d times", name, n)
		}
	}
	clear(s.names)
	for _, c := range s.calls {
		var cause *session.EndedError
		if !errors.As(context.Cause(c.Context()), &cause) || cause.Ended != state || cause.Session != s.id {
			m.rt.Fatalf("a call under way ended with %v", context.Cause(c.Context()))
		}
	}
}

// settle compares each session with the table's and takes over what has come to
// its time.
func (m *model) settle() {
	now := m.now()
	for _, s := range m.sessions {
		if s.gone {
			continue
		}
		info, err := m.tab.Get(me, session.Ref{SessionUID: s.uid})
		switch {
		case s.state != session.Active:
			var unknown *session.NotFoundError
			s.gone = errors.As(err, &unknown)
			if s.gone && now < s.ends.lo || !s.gone && (now >= s.ends.hi || err != nil || info.State != s.state || info.Sockets != s.finished) {
				m.rt.Fatalf("at %v the tombstone of %+v is %+v, %v", now, s, info, err)
			}
		case err != nil:
			m.rt.Fatalf("at %v there is no %+v: %v", now, s, err)
		case info.State == session.Active:
			if len(s.calls) == 0 && now >= s.ends.hi {
				m.rt.Fatalf("at %v %+v has not ended", now, s)
			}
			m.compare(s, info)
		case info.State != session.Expired || len(s.calls) > 0 || now < s.ends.lo:
			m.rt.Fatalf("at %v %+v has ended: %v", now, s, info.State)
		default:
			m.ended(s, session.Expired, span{s.ends.lo, min(s.ends.hi, now)})
		}
	}
}

func (m *model) compare(s *leaseModel, info session.Info) {
	left := s.ends.lo - m.now()
	if len(s.calls) > 0 {
		left = s.ttl
	}
	exact := s.ends.lo == s.ends.hi || len(s.calls) > 0
	if exact && info.TimeLeft != left || info.TTL != s.ttl || info.Calls != len(s.calls) || info.Sockets != len(s.names) {
		m.rt.Fatalf("at %v %+v is %+v, with %v left", m.now(), s, info, left)
	}
}

// check compares the table's figures.
func (m *model) check() {
	var want session.Stats
	for _, s := range m.sessions {
		switch {
		case s.state == session.Active:
			want.Sessions++
			want.Calls += len(s.calls)
			want.Sockets += len(s.names)
		case !s.gone:
			want.Tombstones++
		}
	}
	got := m.tab.Stats()
	got.Responses, got.Orphans = 0, 0 // told by what a repeat comes to
	if got != want {
		m.rt.Fatalf("at %v the table has %+v, want %+v", m.now(), got, want)
	}
}

// byID is the session that an id names: the last to have it, if remembered.
func (m *model) byID(id string) *leaseModel {
	for i := len(m.sessions) - 1; i >= 0; i-- {
		if s := m.sessions[i]; s.id == id {
			if s.gone {
				return nil
			}
			return s
		}
	}
	return nil
}

// refused says whether err is what a session that is not live answers, and
// fails if it is another.
func (m *model) refused(s *leaseModel, err error) bool {
	var ended *session.EndedError
	var unknown *session.NotFoundError
	switch {
	case s == nil || s.gone:
		if !errors.As(err, &unknown) {
			m.rt.Fatalf("an unknown session: %v", err)
		}
		return true
	case s.state != session.Active:
		if !errors.As(err, &ended) || ended.Ended != s.state || ended.Session != s.id {
			m.rt.Fatalf("%+v: %v", s, err)
		}
		return true
	}
	return false
}
