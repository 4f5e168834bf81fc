package session_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

const tick = time.Millisecond

// pass lets fake time pass and everything that is due happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestSessionExpiresAfterItsTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, nil)
		info := create(t, tab, me, "a", 10*time.Second)
		start := time.Now()
		if info.TimeLeft != 10*time.Second || info.State != session.Active {
			t.Errorf("new: %+v", info)
		}
		pass(10*time.Second - tick)
		if got, _ := tab.Get(me, byID("a")); got.State != session.Active || got.TimeLeft != tick {
			t.Errorf("just before its end: %+v", got)
		}
		pass(tick)
		got, err := tab.Get(me, byID("a"))
		if err != nil || got.State != session.Expired || got.TimeLeft != 0 || !got.Ended.Equal(start.Add(10*time.Second)) {
			t.Errorf("at its end: %+v, %v", got, err)
		}
		ended := wantErr[*session.EndedError](t, func() error { _, err := tab.Renew(me, byID("a"), nil); return err }())
		if ended.Ended != session.Expired || ended.Session != "a" {
			t.Errorf("got %+v", ended)
		}
	})
}

func TestDefaultTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, nil)
		info, err := tab.Create(me, "", nil)
		if err != nil || info.TTL != 30*time.Second || !session.ValidName(info.ID) {
			t.Errorf("got %+v, %v", info, err)
		}
	})
}

func TestRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, nil)
		create(t, tab, me, "a", 10*time.Second)
		for range 20 {
			pass(9 * time.Second)
			if _, err := tab.Renew(me, byID("a"), nil); err != nil {
				t.Fatal(err)
			}
		}
		longer, shorter := time.Hour, 5*time.Second
		if info, err := tab.Renew(me, byID("a"), &longer); err != nil || info.TimeLeft != time.Hour || info.Renewals != 21 {
			t.Errorf("got %+v, %v", info, err)
		}
		pass(59 * time.Minute)
		if got := state(t, tab, byID("a")); got != session.Active {
			t.Fatalf("state %v within the longer TTL", got)
		}
		if _, err := tab.Renew(me, byID("a"), &shorter); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		if got := state(t, tab, byID("a")); got != session.Expired {
			t.Errorf("state %v after the shorter TTL", got)
		}
	})
}

func TestReadingDoesNotRenew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, nil)
		create(t, tab, me, "a", 10*time.Second)
		pass(9 * time.Second)
		state(t, tab, byID("a"))
		tab.List(me, "", 10)
		pass(time.Second)
		if got := state(t, tab, byID("a")); got != session.Expired {
			t.Errorf("state %v", got)
		}
	})
}

func TestCallsUnderWayKeepASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, nil)
		create(t, tab, me, "a", 10*time.Second)
		first := enter(t, tab, me, byID("a"))
		pass(time.Hour)
		second := enter(t, tab, me, byID("a"))
		first.Release()
		first.Release() // again: must not end the second call's hold
		pass(time.Hour)
		if info, _ := tab.Get(me, byID("a")); info.State != session.Active || info.Calls != 1 || info.TimeLeft != 10*time.Second {
			t.Fatalf("during a call: %+v", info)
		}
		if second.Context().Err() != nil || first.Context().Err() == nil {
			t.Error("a released call's context must be over, another's must not")
		}
		second.Release()
		pass(10*time.Second - tick)
		if got, _ := tab.Get(me, byID("a")); got.State != session.Active || got.Renewals != 1 {
			t.Errorf("before a full TTL after the last call: %+v", got)
		}
		pass(tick)
		if got := state(t, tab, byID("a")); got != session.Expired {
			t.Errorf("state %v a full TTL after the last call", got)
		}
	})
}

func TestTTLRange(t *testing.T) {
	tab := newTable(t, nil)
	create(t, tab, me, "there", time.Minute)
	for _, c := range []struct {
		ttl time.Duration
		ok  bool
	}{
		{0, false}, {-time.Second, false}, {5*time.Second - 1, false}, {5 * time.Second, true},
		{24 * time.Hour, true}, {24*time.Hour + 1, false}, {1<<63 - 1, false}, {-1 << 63, false},
	} {
		t.Run(fmt.Sprint(c.ttl), func(t *testing.T) {
			_, created := tab.Create(me, "", &c.ttl)
			_, renewed := tab.Renew(me, byID("there"), &c.ttl)
			if c.ok {
				if created != nil || renewed != nil {
					t.Errorf("got %v and %v", created, renewed)
				}
				return
			}
			for _, err := range []error{created, renewed} {
				if e := wantErr[*session.RangeError](t, err); e.Got != c.ttl || e.Min != 5*time.Second || e.Max != 24*time.Hour {
					t.Errorf("got %+v", e)
				}
			}
		})
	}
}

func TestManyLeasesEndEachInItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, func(c *config) { c.Limits.SessionsPerIdentity, c.Limits.Sessions = 5000, 5000 })
		const n = 3000
		for i := range n {
			at := 5 + (i*7919)%n // every second from 5 on, in a scattered order
			create(t, tab, me, fmt.Sprint("t", at), time.Duration(at)*time.Second)
		}
		pass(5*time.Second - tick)
		for left := n; left >= 0; left-- {
			if got, most := tab.Stats(), min(n-left, 600); got.Sessions != left || got.Tombstones != most {
				t.Fatalf("%+v, want %d sessions and %d tombstones", got, left, most)
			}
			pass(time.Second)
		}
	})
}
