package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

// Ending a session closes its kernel sockets: the peers see it.
func TestEndClosesRealSockets(t *testing.T) {
	tab := session.New(session.Config[net.Conn]{
		CloseSocket: func(_ context.Context, e *session.Entry[net.Conn]) error { return e.Socket.Close() },
	})
	defer tab.Close(context.Background())
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if _, err := tab.Create(me, "a", nil); err != nil {
		t.Fatal(err)
	}
	c, err := tab.Enter(t.Context(), me, byID("a"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	var peers []net.Conn
	for range 100 {
		r, err := c.Session.Reserve("")
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp4", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Install(conn, ""); err != nil {
			t.Fatal(err)
		}
		peer, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer peer.Close()
		peers = append(peers, peer)
	}
	info, err := tab.CloseSession(t.Context(), me, byID("a"))
	if err != nil || info.Sockets != 100 || info.State != session.Closed {
		t.Errorf("got %+v, %v", info, err)
	}
	for _, peer := range peers {
		peer.SetReadDeadline(time.Now().Add(10 * time.Second))
		if n, err := peer.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Fatalf("a peer read %d, %v", n, err)
		}
	}
	if got := tab.Stats().Sockets; got != 0 {
		t.Errorf("%d sockets in use", got)
	}
}

func TestEndCancelsCallsAndRefusesLateInstalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, nil)
		create(t, tab, me, "a", time.Minute)
		c := enter(t, tab, me, byID("a"))
		r, err := c.Session.Reserve("late")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tab.CloseSession(t.Context(), me, byID("a")); err != nil {
			t.Fatal(err)
		}
		<-c.Context().Done()
		if e := wantErr[*session.EndedError](t, context.Cause(c.Context())); e.Ended != session.Closed || e.Session != "a" {
			t.Errorf("cause %+v", e)
		}
		if got := tab.Stats().Sockets; got != 1 {
			t.Errorf("%d places in use while a dial is under way", got)
		}
		_, err = r.Install(new(thing), "")
		wantErr[*session.EndedError](t, err)
		r.Release()
		if got := tab.Stats().Sockets; got != 0 {
			t.Errorf("%d places in use", got)
		}
		_, err = c.Session.Reserve("more")
		wantErr[*session.EndedError](t, err)
		c.Release() // must neither revive the lease nor cut the tombstone short
		pass(10*time.Minute - tick)
		if got := state(t, tab, byID("a")); got != session.Closed {
			t.Errorf("state %v", got)
		}
		pass(tick)
		if got := tab.Stats(); got != (session.Stats{}) {
			t.Errorf("left over: %+v", got)
		}
	})
}

// Closing is concurrent within a bound, and the context given says when the
// time for it is over.
func TestClosingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		tab := newTable(t, func(c *config) {
			c.CloseTimeout = 3 * time.Second
			c.Logger = slog.New(slog.DiscardHandler)
			c.CloseSocket = func(ctx context.Context, e *entry) error {
				defer now.Add(-1)
				if n := now.Add(1); n > most.Load() {
					most.Store(n)
				}
				e.Socket.closes.Add(1)
				<-ctx.Done() // as a lingering close that is given up
				return ctx.Err()
			}
		})
		create(t, tab, me, "a", time.Minute)
		c := enter(t, tab, me, byID("a"))
		var entries []*entry
		for range 1000 {
			entries = append(entries, install(t, c.Session, ""))
		}
		start := time.Now()
		info, err := tab.CloseSession(t.Context(), me, byID("a"))
		if took := time.Since(start); err != nil || took != 3*time.Second || info.Sockets != 1000 {
			t.Errorf("took %v: %+v, %v", took, info, err)
		}
		for _, e := range entries {
			if n := e.Socket.closes.Load(); n != 1 {
				t.Fatalf("%s closed %d times", e.Name(), n)
			}
		}
		if n := most.Load(); n < 2 || n > 100 {
			t.Errorf("%d closes at a time", n)
		}
	})
}

// Sockets that do not close keep their own session from its end, and no other.
func TestSlowClosesAreTheirSessionsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := map[*thing]bool{} // written before anything ends
		tab := newTable(t, func(c *config) {
			c.CloseTimeout = time.Minute
			c.CloseSocket = func(ctx context.Context, e *entry) error {
				if slow[e.Socket] {
					<-ctx.Done()
				}
				return nil
			}
		})
		create(t, tab, me, "slow", time.Hour)
		create(t, tab, me, "innocent", time.Hour)
		c := enter(t, tab, me, byID("slow"))
		for range 1000 {
			slow[install(t, c.Session, "").Socket] = true
		}
		install(t, enter(t, tab, me, byID("innocent")).Session, "")
		go tab.CloseSession(t.Context(), me, byID("slow"))
		synctest.Wait()
		start := time.Now()
		if _, err := tab.CloseSession(t.Context(), me, byID("innocent")); err != nil || time.Since(start) != 0 {
			t.Errorf("the innocent session's end took %v, %v", time.Since(start), err)
		}
	})
}

func TestCloseSessionReturnsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, func(c *config) {
			c.CloseTimeout = time.Minute
			c.CloseSocket = func(ctx context.Context, e *entry) error { <-ctx.Done(); return nil }
		})
		create(t, tab, me, "a", time.Minute)
		install(t, enter(t, tab, me, byID("a")).Session, "")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := tab.CloseSession(ctx, me, byID("a")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if got := state(t, tab, byID("a")); got != session.Closed {
			t.Errorf("state %v", got)
		}
	})
}

func TestShutdown(t *testing.T) {
	var mu sync.Mutex
	var ended []session.Info
	tab := newTable(t, func(c *config) {
		c.OnEnd = func(info session.Info) {
			mu.Lock()
			defer mu.Unlock()
			ended = append(ended, info)
		}
	})
	var all []*entry
	for i := range 20 {
		id := fmt.Sprint("a", i)
		create(t, tab, me, id, time.Minute)
		c := enter(t, tab, me, byID(id))
		all = append(all, install(t, c.Session, "x"), install(t, c.Session, "y"))
	}
	for range 2 { // again: nothing more happens
		if err := tab.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range all {
		if n := e.Socket.closes.Load(); n != 1 {
			t.Errorf("%s closed %d times", e.UID(), n)
		}
	}
	_, err := tab.Create(me, "new", nil)
	wantErr[*session.ShuttingDownError](t, err)
	_, err = tab.Enter(t.Context(), me, byID("a0"))
	if e := wantErr[*session.EndedError](t, err); e.Ended != session.Shutdown || e.Metadata()["ended"] != "AGENT_SHUTDOWN" {
		t.Errorf("got %+v", e)
	}
	if len(ended) != 20 {
		t.Errorf("OnEnd was told of %d sessions", len(ended))
	}
	for _, info := range ended {
		if info.State != session.Shutdown || info.Sockets != 2 || info.Ended.IsZero() {
			t.Errorf("OnEnd: %+v", info)
		}
	}
}

// Leases that end under all kinds of use, for the race detector; each thing is
// closed once, by the table or by whoever was refused.
func TestEndRacesWithUse(t *testing.T) {
	tab := newTable(t, nil)
	for round := range 50 {
		id := fmt.Sprint("r", round)
		create(t, tab, me, id, time.Minute)
		var all sync.WaitGroup
		var mu sync.Mutex
		var things []*thing
		for range 8 {
			all.Go(func() {
				for {
					c, err := tab.Enter(context.Background(), me, byID(id))
					if err != nil {
						return
					}
					r, err := c.Session.Reserve("")
					if err != nil {
						c.Release()
						return
					}
					x := new(thing)
					mu.Lock()
					things = append(things, x)
					n := len(things)
					mu.Unlock()
					if e, err := r.Install(x, ""); err != nil {
						x.closes.Add(1)
					} else if n%3 == 0 {
						c.Session.Remove(e)
						x.closes.Add(1)
					}
					r.Release()
					c.Release()
				}
			})
		}
		all.Go(func() {
			for {
				mu.Lock()
				n := len(things)
				mu.Unlock()
				if n > 20 {
					break
				}
				tab.List(me, "", 10)
			}
			if _, err := tab.CloseSession(context.Background(), me, byID(id)); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		for _, x := range things {
			if n := x.closes.Load(); n < 1 || n > 2 { // 2: closed by hand as the session ended
				t.Errorf("closed %d times", n)
			}
		}
	}
	if got := tab.Stats(); got.Sockets != 0 || got.Sessions != 0 {
		t.Errorf("left over: %+v", got)
	}
}
