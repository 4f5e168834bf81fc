package session

import (
	"container/list"
	"context"
	"log/slog"
	"sync"
	"time"
)

// Config says what a Table is made of. A field that is zero takes its default.
type Config[S any] struct {
	// Incarnation names this start of the agent and begins every uid.
	// Default: NewIncarnation().
	Incarnation string
	// MinTTL, MaxTTL and DefaultTTL bound a session's lease. Defaults 5 s,
	// 24 h and 30 s.
	MinTTL, MaxTTL, DefaultTTL time.Duration
	// TombstoneFor is how long an ended session is remembered. Default 10 min.
	TombstoneFor time.Duration
	// ResponseFor is how long a response is kept for a repeated request,
	// counted from when its socket closed or, without one, from when it was
	// made. Default 10 min.
	ResponseFor time.Duration
	// CloseTimeout is how long, in all, the sockets of one ended session are
	// waited for whose close(2) lingers: after it the context given to
	// CloseSocket is over. Until then they count as in use. Default 200 ms.
	CloseTimeout time.Duration
	// Limits bounds what the table holds.
	Limits Limits
	// CloseSocket closes a socket whose session has ended. Required. It must
	// set the closing going and return promptly even when ctx is over; it may
	// find the socket closed already. It is called without locks, by several
	// goroutines at once, once for each socket.
	CloseSocket func(ctx context.Context, e *Entry[S]) error
	// OnEnd is told of each ended session once its sockets are closed, without
	// locks. Optional.
	OnEnd func(Info)
	// Now reads the clock, of which only the monotonic reading counts for a
	// lease; that of the host is what Info and errors tell. Default time.Now.
	Now func() time.Time
	// Logger gets what nobody waits for, such as a close that failed.
	// Default slog.Default().
	Logger *slog.Logger
}

func (c Config[S]) withDefaults() Config[S] {
	set := func(field *time.Duration, value time.Duration) {
		if *field == 0 {
			*field = value
		}
	}
	set(&c.MinTTL, 5*time.Second)
	set(&c.MaxTTL, 24*time.Hour)
	set(&c.DefaultTTL, 30*time.Second)
	set(&c.TombstoneFor, 10*time.Minute)
	set(&c.ResponseFor, 10*time.Minute)
	set(&c.CloseTimeout, 200*time.Millisecond)
	c.Limits = c.Limits.withDefaults()
	if c.Incarnation == "" {
		c.Incarnation = NewIncarnation()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Table holds the sessions of one agent and their sockets, of type S
// (*sock.Socket in the agent; the table only ever closes them). All methods may
// be called concurrently.
type Table[S any] struct {
	config Config[S]      // immutable
	wake   chan struct{}  // capacity 1: the agenda has a new first event
	stop   chan struct{}  // closed by Close
	reaped chan struct{}  // closed by the reaper on its way out
	finish sync.WaitGroup // goroutines that close the sockets of ended sessions

	mu         sync.Mutex
	clock      clock                             // guarded by mu
	closed     bool                              // guarded by mu
	agenda     agenda                            // guarded by mu
	uids       map[string]*Session[S]            // guarded by mu; live and ended
	ids        map[scoped]*Session[S]            // guarded by mu; the latest of each id, live or ended
	live       map[string]map[string]*Session[S] // guarded by mu; identity, then id
	liveCount  int                               // guarded by mu
	tombstones *list.List                        // guarded by mu; ended sessions, oldest first
	sockets    map[string]*Entry[S]              // guarded by mu; installed, by uid
	orphans    map[string]*Session[S]            // guarded by mu; uids of sockets that ended with their session
	past       map[request]*Session[S]           // guarded by mu; request ids whose responses ended with their session
	socketUse  int                               // guarded by mu; reserved, installed and closing
	stored     int                               // guarded by mu; records of all sessions
	sessionSeq uint64                            // guarded by mu; the last session number given
	socketSeq  uint64                            // guarded by mu; the last socket number given
}

// scoped is a session id within its identity.
type scoped struct{ identity, id string }

// request is a request id within its identity.
type request struct{ identity, id string }

// closers is how many sockets of one ended session are closed at a time. Each
// has its own: a session whose sockets take long to close keeps no other from
// its end.
const closers = 16

// New makes an empty table and starts its reaper; the caller must Close it.
func New[S any](config Config[S]) *Table[S] {
	if config.CloseSocket == nil {
		panic("session: Config.CloseSocket is required")
	}
	config = config.withDefaults()
	t := &Table[S]{
		config:     config,
		clock:      newClock(config.Now, config.MinTTL),
		wake:       make(chan struct{}, 1),
		stop:       make(chan struct{}),
		reaped:     make(chan struct{}),
		uids:       map[string]*Session[S]{},
		ids:        map[scoped]*Session[S]{},
		live:       map[string]map[string]*Session[S]{},
		tombstones: list.New(),
		sockets:    map[string]*Entry[S]{},
		orphans:    map[string]*Session[S]{},
		past:       map[request]*Session[S]{},
	}
	go t.reap()
	return t
}

// Config is what the table runs with, defaults filled in.
func (t *Table[S]) Config() Config[S] { return t.config }

// Close ends all sessions with Shutdown, closes their sockets and waits for
// every goroutine of the table. If ctx ends first it returns ctx's error and the
// rest goes on by itself, bounded by Config.CloseTimeout and by operations that
// have been cancelled. Afterwards nothing can be created. May be repeated.
func (t *Table[S]) Close(ctx context.Context) error {
	t.mu.Lock()
	if !t.closed {
		t.closed = true
		now := t.look()
		for _, sessions := range t.live {
			for _, s := range sessions {
				t.end(s, Shutdown, now)
			}
		}
		close(t.stop)
	}
	t.mu.Unlock()

	done := make(chan struct{})
	go func() {
		defer close(done)
		t.finish.Wait()
		<-t.reaped
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stats counts what a table holds now.
type Stats struct {
	Sessions   int // live
	Tombstones int // ended and remembered
	Sockets    int // reserved, installed and being closed
	Responses  int // stored or being made, for repeated requests
	Orphans    int // uids and request ids that ended with their session and still tell so
	Calls      int // under way on live sessions
}

// Stats counts what the table holds now.
func (t *Table[S]) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	stats := Stats{
		Sessions:   t.liveCount,
		Tombstones: t.tombstones.Len(),
		Sockets:    t.socketUse,
		Responses:  t.stored,
		Orphans:    len(t.orphans) + len(t.past),
	}
	for _, sessions := range t.live {
		for _, s := range sessions {
			stats.Calls += len(s.calls)
		}
	}
	return stats
}
