package session_test

import (
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/farsock/farsock/agent/internal/session"
)

// reset is t as time.Now gives it after the host's clock was set by so many
// seconds: another wall reading with the same monotonic one. No function of
// package time makes such a value.
func reset(t *testing.T, now time.Time, seconds int64) time.Time {
	set := now
	*(*uint64)(unsafe.Pointer(&set)) += uint64(seconds) << 30
	if set.Sub(now) != 0 || set.Round(0).Sub(now.Round(0)) != time.Duration(seconds)*time.Second {
		t.Fatalf("this Go keeps its time in another way: %v set by %d s is %v", now, seconds, set)
	}
	return set
}

// The host's clock is set a day forth, back, and forth again, all the time:
// nothing ends before its time, and all in it. The same clock without its
// monotonic reading shows that the test would notice.
func TestHostsClockMayBeSet(t *testing.T) {
	for name, row := range map[string]struct {
		seconds   int64
		monotonic bool
		kept      bool // the tombstone
	}{
		"a day forth":                    {86400, true, true},
		"a day back":                     {-86400, true, true},
		"a day forth, and no other time": {86400, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var set atomic.Bool
			tab := newTable(t, func(c *config) {
				c.MinTTL = 200 * time.Millisecond
				c.Now = func() time.Time {
					now := time.Now()
					if set.Load() {
						now = reset(t, now, row.seconds)
					}
					if !row.monotonic {
						now = now.Round(0)
					}
					return now
				}
			})
			create(t, tab, me, "ended", time.Hour)
			if _, err := tab.CloseSession(t.Context(), me, byID("ended")); err != nil {
				t.Fatal(err)
			}
			set.Store(true)
			tab.Get(me, byID("ended")) // with no session there is no beat to tell a pause by
			began := time.Now()
			create(t, tab, me, "short", 300*time.Millisecond)
			create(t, tab, me, "long", time.Hour)
			if row.monotonic { // set in mid-lease, too
				set.Store(false)
				tab.Get(me, byID("short"))
				set.Store(true)
			}
			expired := func() bool { return state(t, tab, byID("short")) == session.Expired }
			until(t, "the lease ends", expired)
			if took := time.Since(began); took < 300*time.Millisecond {
				t.Errorf("it ended after %v", took)
			}
			if got := state(t, tab, byID("long")); got != session.Active {
				t.Errorf("a lease of an hour: %v", got)
			}
			if _, err := tab.Get(me, byID("ended")); (err == nil) != row.kept {
				t.Errorf("the tombstone: %v", err)
			}
		})
	}
}
