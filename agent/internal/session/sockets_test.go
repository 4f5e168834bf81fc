package session_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/farsock/farsock/agent/internal/session"
)

func TestANameIsHeldFromReservationToRemoval(t *testing.T) {
	tab := newTable(t, nil)
	create(t, tab, me, "a", time.Minute)
	s := enter(t, tab, me, byID("a")).Session
	web := session.Ref{SessionID: "a", SocketName: "web"}

	r, err := s.Reserve("web")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Reserve("web")
	if e := wantErr[*session.SocketExistsError](t, err); e.Socket != "sessions/a/sockets/web" {
		t.Errorf("got %+v", e)
	}
	_, err = tab.Enter(t.Context(), me, web)
	wantErr[*session.SocketNotFoundError](t, err) // reserved is not there yet

	e, err := r.Install(new(thing), "listener")
	if err != nil {
		t.Fatal(err)
	}
	r.Release() // after Install: nothing
	_, err = s.Reserve("web")
	wantErr[*session.SocketExistsError](t, err)
	for _, ref := range []session.Ref{web, {SocketUID: e.UID()}, {SessionUID: s.UID(), SocketName: "web"}} {
		if c := enter(t, tab, me, ref); c.Socket != e || c.Session != s || e.ListenerUID != "listener" {
			t.Errorf("%v: %+v", ref, c)
		}
	}

	if !s.Remove(e) || s.Remove(e) {
		t.Error("Remove must report its first call and no other")
	}
	next := install(t, s, "web")
	if next.UID() == e.UID() || next.Number() <= e.Number() {
		t.Errorf("uids %q, %q", e.UID(), next.UID())
	}
	_, err = tab.Enter(t.Context(), me, session.Ref{SocketUID: e.UID()})
	wantErr[*session.SocketNotFoundError](t, err)
}

func TestGivenSocketNames(t *testing.T) {
	tab := newTable(t, nil)
	create(t, tab, me, "a", time.Minute)
	s := enter(t, tab, me, byID("a")).Session
	install(t, s, "s2")
	for range 3 { // unseen names are not used up
		r, err := s.Reserve("")
		if err != nil || r.Name() != "s1" {
			t.Fatalf("got %q, %v", r.Name(), err)
		}
		r.Release()
		r.Release()
	}
	for _, want := range []string{"s1", "s3", "s4"} {
		if e := install(t, s, ""); e.Name() != want {
			t.Errorf("got %q, want %q", e.Name(), want)
		}
	}
	var names []string
	for after, more := uint64(0), true; more; {
		var page []*entry
		page, more = s.Sockets(after, 3)
		for _, e := range page {
			names = append(names, e.Name())
			after = e.Number()
		}
	}
	if got := fmt.Sprint(names); got != "[s2 s1 s3 s4]" {
		t.Errorf("in the order they were made: %v", got)
	}
}

func TestLimits(t *testing.T) {
	tab := newTable(t, func(c *config) {
		c.Limits = session.Limits{Sessions: 3, SessionsPerIdentity: 2, Sockets: 3, SocketsPerSession: 2}
	})
	limit := func(err error, name string, most int) {
		t.Helper()
		if e := wantErr[*session.LimitError](t, err); e.Limit != name || e.Max != most {
			t.Errorf("got %+v", e)
		}
	}
	create(t, tab, me, "a", time.Minute)
	create(t, tab, me, "b", time.Minute)
	_, err := tab.Create(me, "c", nil)
	limit(err, session.LimitSessionsPerIdentity, 2)
	create(t, tab, "uid:1", "a", time.Minute)
	_, err = tab.Create("uid:2", "a", nil)
	limit(err, session.LimitSessions, 3)

	a, b := enter(t, tab, me, byID("a")).Session, enter(t, tab, me, byID("b")).Session
	install(t, a, "")
	held, err := a.Reserve("")
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Reserve("")
	limit(err, session.LimitSocketsPerSession, 2)
	install(t, b, "")
	_, err = b.Reserve("")
	limit(err, session.LimitSockets, 3)
	held.Release()
	install(t, b, "")

	if _, err := tab.CloseSession(t.Context(), me, byID("b")); err != nil {
		t.Fatal(err)
	}
	create(t, tab, "uid:2", "a", time.Minute)
	if got := tab.Stats().Sockets; got != 1 {
		t.Errorf("%d sockets in use after their session's end", got)
	}
}

// Whatever is done in whatever order, names and quota follow a simple model and
// come back to nothing.
func TestNamesAndQuotaNeverLeak(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const most = 5
		tab := session.New(config{CloseSocket: closeThing, Limits: session.Limits{SocketsPerSession: most}})
		defer tab.Close(t.Context())
		create(t, tab, me, "a", time.Minute)
		c := enter(t, tab, me, byID("a"))
		s := c.Session
		held := map[string]*session.Reservation[*thing]{}
		live := map[string]*entry{}
		ended := false
		seen := map[string]bool{}
		name := rapid.SampledFrom([]string{"", "a", "b", "c", "s1", "s2"})
		pick := rapid.SampledFrom([]string{"a", "b", "c", "s1", "s2", "s3", "s4"})
		rt.Repeat(map[string]func(*rapid.T){
			"reserve": func(rt *rapid.T) {
				n := name.Draw(rt, "name")
				r, err := s.Reserve(n)
				_, isHeld := held[n]
				_, isLive := live[n]
				wantOK := !ended && !isHeld && !isLive && len(held)+len(live) < most
				if (err == nil) != wantOK {
					rt.Fatalf("Reserve(%q): %v with held %v, live %v, ended %v", n, err, held, live, ended)
				}
				if err == nil {
					if n != "" && r.Name() != n || held[r.Name()] != nil || live[r.Name()] != nil {
						rt.Fatalf("Reserve(%q) gave %q", n, r.Name())
					}
					held[r.Name()] = r
				}
			},
			"install": func(rt *rapid.T) {
				n := pick.Draw(rt, "name")
				r := held[n]
				if r == nil {
					rt.Skip()
				}
				e, err := r.Install(new(thing), "")
				if (err == nil) == ended {
					rt.Fatalf("Install: %v, ended %v", err, ended)
				}
				if err != nil {
					r.Release()
				} else if live[n] = e; seen[e.UID()] {
					rt.Fatalf("uid %s was given twice", e.UID())
				} else {
					seen[e.UID()] = true
				}
				delete(held, n)
			},
			"release": func(rt *rapid.T) {
				n := pick.Draw(rt, "name")
				if r := held[n]; r != nil {
					r.Release()
					delete(held, n)
				}
			},
			"remove": func(rt *rapid.T) {
				n := pick.Draw(rt, "name")
				if e := live[n]; e != nil && !s.Remove(e) {
					rt.Fatal("Remove of a live socket did nothing")
				}
				delete(live, n)
			},
			"end": func(rt *rapid.T) {
				if ended || rapid.IntRange(0, 5).Draw(rt, "really") != 0 {
					rt.Skip()
				}
				if _, err := tab.CloseSession(t.Context(), me, byID("a")); err != nil {
					rt.Fatal(err)
				}
				for _, e := range live {
					if e.Socket.closes.Load() != 1 {
						rt.Fatalf("%s closed %d times", e.Name(), e.Socket.closes.Load())
					}
				}
				clear(live)
				ended = true
			},
			"": func(rt *rapid.T) {
				if got, want := tab.Stats().Sockets, len(held)+len(live); got != want {
					rt.Fatalf("%d places in use, want %d", got, want)
				}
				if page, _ := s.Sockets(0, 100); len(page) != len(live) {
					rt.Fatalf("%d sockets listed, want %d", len(page), len(live))
				}
			},
		})
		for _, r := range held {
			r.Release()
		}
		for _, e := range live {
			s.Remove(e)
		}
		c.Release()
		if got := tab.Stats(); got.Sockets != 0 || got.Calls != 0 {
			rt.Fatalf("left over: %+v", got)
		}
	})
}

func TestManyAtOnceGetOneNameEach(t *testing.T) {
	tab := newTable(t, nil)
	create(t, tab, me, "a", time.Minute)
	s := enter(t, tab, me, byID("a")).Session
	const n = 200
	var all sync.WaitGroup
	won := make(chan *entry, n)
	for range n {
		all.Go(func() {
			install(t, s, "")
			if r, err := s.Reserve("contested"); err == nil {
				defer r.Release()
				if e, err := r.Install(new(thing), ""); err == nil {
					won <- e
				}
			}
		})
	}
	all.Wait()
	if len(won) != 1 {
		t.Errorf("%d won a contested name", len(won))
	}
	if got := tab.Stats().Sockets; got != n+1 {
		t.Errorf("%d sockets", got)
	}
}
