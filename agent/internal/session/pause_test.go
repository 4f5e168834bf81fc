package session_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

// beat is a tenth of the shortest TTL.
const beat = 500 * time.Millisecond

// host is a clock that goes on while the agent does not.
type host struct {
	mu     sync.Mutex
	paused time.Duration // guarded by mu
}

func (h *host) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.paused)
}

// pause stops the agent for d: its timers know nothing of it.
func (h *host) pause(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.paused += d
}

func pausable(t testing.TB) (*host, *table) {
	h := &host{}
	return h, newTable(t, func(c *config) { c.Now = h.now })
}

// Whenever a pause begins and however long it is, the lease has its full TTL of
// the time in which the agent runs, and ends at most two beats after.
func TestPauseIsNotCounted(t *testing.T) {
	const ttl = 10 * time.Second
	for _, after := range []time.Duration{0, 1, tick, beat - 1, beat, beat + 1, 4200 * time.Millisecond, ttl - beat, ttl - tick} {
		for _, length := range []time.Duration{2*beat + 1, 3 * ttl, 24 * time.Hour, 1000 * time.Hour} {
			for _, first := range []string{"the reaper", "a call"} {
				t.Run(fmt.Sprint(length, " after ", after, ", then ", first), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						h, tab := pausable(t)
						create(t, tab, me, "a", ttl)
						pass(after)
						h.pause(length)
						if first == "a call" {
							state(t, tab, byID("a"))
						}
						pass(ttl - after - 1)
						if got := state(t, tab, byID("a")); got != session.Active {
							t.Errorf("%v before its TTL", got)
						}
						pass(1 + 2*beat)
						if got := state(t, tab, byID("a")); got != session.Expired {
							t.Errorf("%v two beats after its TTL", got)
						}
					})
				})
			}
		}
	}
}

// A call that arrived during the pause finds its session even if the lease was
// all but over, and begins a TTL that has nothing of the pause in it.
func TestCallAfterAPauseWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, tab := pausable(t)
		create(t, tab, me, "a", 10*time.Second)
		pass(10*time.Second - 1)
		h.pause(time.Hour)
		pass(beat - tick) // the reaper looks at once, the call is read late
		if _, err := tab.Renew(me, byID("a"), nil); err != nil {
			t.Fatalf("after a pause: %v", err)
		}
		pass(10*time.Second - 1)
		if got := state(t, tab, byID("a")); got != session.Active {
			t.Errorf("%v within the TTL that it began", got)
		}
		pass(1 + beat)
		if got := state(t, tab, byID("a")); got != session.Expired {
			t.Errorf("%v after the TTL that it began", got)
		}
	})
}

// One pause after the other, the agent running for a moment in between.
func TestPausesInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, tab := pausable(t)
		create(t, tab, me, "a", 5*time.Second)
		for range 1000 {
			h.pause(2*beat + tick)
			pass(tick)
			state(t, tab, byID("a"))
		}
		if got := state(t, tab, byID("a")); got != session.Active {
			t.Errorf("%v: the agent ran for a second", got)
		}
		pass(5*time.Second + 2*beat)
		if got := state(t, tab, byID("a")); got != session.Expired {
			t.Errorf("%v in the end", got)
		}
	})
}

// Pauses too short to be told from a busy machine are counted, but end no
// lease before the calls that came meanwhile are served.
func TestShortPauseGivesABeat(t *testing.T) {
	for name, called := range map[string]bool{"called": true, "silent": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, tab := pausable(t)
				create(t, tab, me, "a", 5*time.Second)
				pass(5*time.Second - beat + tick)
				h.pause(beat - 2*tick)
				pass(beat - tick) // the reaper wakes, late by nearly a beat
				if got := state(t, tab, byID("a")); got != session.Active {
					t.Fatalf("%v: the reaper was late", got)
				}
				pass(beat - tick)
				if called {
					enter(t, tab, me, byID("a")).Release()
				}
				pass(tick)
				if got := state(t, tab, byID("a")); (got == session.Active) != called {
					t.Errorf("%v a beat later", got)
				}
				pass(5 * time.Second)
				if got := state(t, tab, byID("a")); got != session.Expired {
					t.Errorf("%v a TTL later", got)
				}
			})
		})
	}
}

// What is kept for a while outlives a pause by that while.
func TestPauseIsNotCountedForWhatIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, tab := pausable(t)
		create(t, tab, me, "ended", time.Minute)
		create(t, tab, me, "a", time.Hour)
		c := enter(t, tab, me, byID("a"))
		if _, _, err := c.Session.Once(c.Context(), nil, "id", digest{}, kept(1)); err != nil {
			t.Fatal(err)
		}
		if _, err := tab.CloseSession(t.Context(), me, byID("ended")); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Minute)
		h.pause(24 * time.Hour)
		pass(5*time.Minute - tick)
		if got := tab.Stats(); got.Tombstones != 1 || got.Responses != 1 {
			t.Errorf("within ten minutes of running: %+v", got)
		}
		pass(tick + 2*beat)
		if got := tab.Stats(); got.Tombstones != 0 || got.Responses != 0 {
			t.Errorf("afterwards: %+v", got)
		}
	})
}

// With no session there is no beat: an idle agent sleeps. The beat comes back
// with the next session, whatever else is due.
func TestIdleTableSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, looks := &host{}, atomic.Int32{}
		tab := newTable(t, func(c *config) {
			c.Now = func() time.Time { looks.Add(1); return h.now() }
		})
		looksIn := func(d time.Duration) int32 {
			synctest.Wait()
			before := looks.Load()
			pass(d)
			return looks.Load() - before
		}
		if n := looksIn(24 * time.Hour); n != 0 {
			t.Errorf("an empty table looked %d times", n)
		}
		create(t, tab, me, "a", time.Minute)
		if n := looksIn(10 * beat); n != 10 {
			t.Errorf("with a session it looked %d times in 10 beats", n)
		}
		if _, err := tab.CloseSession(t.Context(), me, byID("a")); err != nil {
			t.Fatal(err)
		}
		if n := looksIn(9 * time.Minute); n > 1 {
			t.Errorf("with a tombstone it looked %d times", n)
		}
		create(t, tab, me, "b", time.Hour) // later than the tombstone's end
		pass(2 * beat)
		h.pause(24 * time.Hour)
		pass(time.Hour - 3*beat)
		if got := state(t, tab, byID("b")); got != session.Active {
			t.Errorf("%v: no beat came back", got)
		}
	})
}
