// Package session keeps the agent's leases and the table of sockets that they
// own: who may name what, until when, and how a request is repeated safely.
//
// # Time
//
// Leases, tombstones and stored responses go by the table's own clock: the
// monotonic one, of which only the time counts in which the agent ran. A client
// must not lose its session because the agent was stopped (SIGSTOP), frozen with
// its machine, or kept from the processor. The host's clock may be set at will.
//
// While a session lives the table looks at its clock once a beat, a tenth of
// Config.MinTTL (0.5 s), besides with every call. If more than two beats lie
// between two looks the agent was paused: nothing of that time is counted, nor
// of the beat after it, in which the calls that arrived meanwhile are served. A
// shorter delay is counted; but a lease that the reaper then finds over by more
// than a tenth of a beat gets one beat more, once.
//
// So a lease lasts its full TTL of the agent's running time, and then ends at
// once, or a beat later if the reaper was late. A pause adds its own length and
// at most two beats. Pauses of less than a beat, however many, add nothing:
// between them the agent serves calls. Suspending the host adds nothing either:
// the monotonic clock stands meanwhile.
package session

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// State is where a session stands in its life.
type State int

// The states of a session: Active, then one of the others for good.
const (
	Active   State = iota + 1
	Expired        // it was not renewed for its TTL
	Closed         // CloseSession ended it
	Shutdown       // the agent ended it by ending itself
)

// String is the state as the API's metadata writes it.
func (s State) String() string {
	switch s {
	case Active:
		return "ACTIVE"
	case Expired:
		return "EXPIRED"
	case Closed:
		return "CLOSED"
	case Shutdown:
		return "AGENT_SHUTDOWN"
	}
	return "UNKNOWN"
}

// Session is a lease that owns sockets. It is reached through a Call.
type Session[S any] struct {
	table    *Table[S] // immutable
	identity string    // immutable
	id       string    // immutable
	uid      string    // immutable
	number   uint64    // immutable
	created  time.Time // immutable

	ops  sync.WaitGroup // operations of Once; added to under Table.mu while active
	done chan struct{}  // closed when an ended session's sockets and operations are over

	// All below is guarded by Table.mu.

	state     State
	endedAt   time.Time // by the host's clock
	ttl       time.Duration
	deadline  time.Duration // by the table's clock: when it expires, unless calls are under way
	spared    bool          // found over its deadline by a late reaper, and given a beat
	renewals  int64
	lease     event // active: the expiry, at deadline or before it; ended: the tombstone's
	calls     map[*Call[S]]struct{}
	names     map[string]*Entry[S] // nil for a name that is reserved
	nameSeq   uint64               // the last name given by the agent
	installed int                  // sockets; once ended: as it ended
	records   map[string]*record   // by request id
	running   map[*record]context.CancelCauseFunc
	tombstone *list.Element // in Table.tombstones, once ended
	orphans   []string      // once ended: uids in Table.orphans
	past      []request     // once ended: keys of Table.past
}

// Identity is who the session belongs to.
func (s *Session[S]) Identity() string { return s.identity }

// ID is the name that was chosen for it, unique among the identity's live
// sessions.
func (s *Session[S]) ID() string { return s.id }

// UID is the agent's own name for it, never used twice.
func (s *Session[S]) UID() string { return s.uid }

// Info is a session as it was at one moment.
type Info struct {
	ID       string
	UID      string
	Identity string
	State    State
	TTL      time.Duration
	TimeLeft time.Duration // the full TTL while calls are under way; 0 once ended
	Created  time.Time     // by the host's clock
	Ended    time.Time     // by the host's clock; zero while active
	Sockets  int           // live sockets; once ended: how many were closed with it
	Calls    int           // under way
	Renewals int64         // how often a full TTL began after the first
}

// Info reads the session without renewing it.
func (s *Session[S]) Info() Info {
	s.table.mu.Lock()
	defer s.table.mu.Unlock()
	return s.info(s.table.look())
}

// info is Info with Table.mu held.
func (s *Session[S]) info(now time.Duration) Info {
	info := Info{
		ID:       s.id,
		UID:      s.uid,
		Identity: s.identity,
		State:    s.state,
		TTL:      s.ttl,
		Created:  s.created,
		Ended:    s.endedAt,
		Sockets:  s.installed,
		Calls:    len(s.calls),
		Renewals: s.renewals,
	}
	switch {
	case s.state != Active:
	case len(s.calls) > 0:
		info.TimeLeft = s.ttl
	default:
		info.TimeLeft = max(0, s.deadline-now)
	}
	return info
}

// Ended is why the session has ended; nil while it is active.
func (s *Session[S]) Ended() *EndedError {
	s.table.mu.Lock()
	defer s.table.mu.Unlock()
	if s.state == Active {
		return nil
	}
	return s.ended()
}

// ended is the error of a session that is not active; Table.mu is held.
func (s *Session[S]) ended() *EndedError {
	return &EndedError{Session: s.id, Ended: s.state, At: s.endedAt}
}
