package session_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

func TestAnswered(t *testing.T) {
	tab, c := open(t, nil)
	if _, _, err := c.Session.Once(c.Context(), nil, "id", digest{1}, kept("response")); err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		name, identity, id string
		digest             digest
		found              bool
	}{
		{"the request", me, "id", digest{1}, true},
		{"another's", "uid:1", "id", digest{1}, false},
		{"another id", me, "di", digest{1}, false},
		{"other content", me, "id", digest{2}, false},
	}
	for _, row := range rows {
		if v, err := tab.Answered(row.identity, row.id, row.digest); err != nil || (v == "response") != row.found {
			t.Errorf("%s: %v, %v", row.name, v, err)
		}
	}

	running := make(chan struct{})
	finish := make(chan struct{})
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.Session.Once(c.Context(), nil, "late", digest{}, func(context.Context) (session.Result, error) {
			close(running)
			<-finish
			return session.Result{Value: 1, Keep: true}, nil
		})
	}()
	<-running
	if v, err := tab.Answered(me, "late", digest{}); v != nil || err != nil {
		t.Errorf("while it runs: %v, %v", v, err)
	}
	close(finish)
	<-over

	c.Release()
	if _, err := tab.CloseSession(context.Background(), me, byID("a")); err != nil {
		t.Fatal(err)
	}
	_, err := tab.Answered(me, "id", digest{1})
	if e := wantErr[*session.EndedError](t, err); e.Session != "a" || e.Ended != session.Closed {
		t.Errorf("of an ended session: %+v", e)
	}
	if v, err := tab.Answered("uid:1", "id", digest{1}); v != nil || err != nil {
		t.Errorf("another's, of an ended session: %v, %v", v, err)
	}
}

func TestAnsweredRenews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, nil)
		create(t, tab, me, "a", 10*time.Second)
		c := enter(t, tab, me, byID("a"))
		if _, _, err := c.Session.Once(c.Context(), nil, "id", digest{}, kept(1)); err != nil {
			t.Fatal(err)
		}
		c.Release()
		for range 3 {
			time.Sleep(9 * time.Second)
			if v, err := tab.Answered(me, "id", digest{}); v != 1 || err != nil {
				t.Fatalf("the session has expired: %v, %v", v, err)
			}
		}
	})
}

// What was answered in an ended session is known as long as the session is, and
// within the bound that its sockets' uids share.
func TestAnsweredOfAnEndedSessionIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, func(c *config) { c.Limits.Orphans = 5 })
		end := func(id string) {
			create(t, tab, me, id, time.Hour)
			c := enter(t, tab, me, byID(id))
			install(t, c.Session, "")
			for i := range 2 {
				if _, _, err := c.Session.Once(c.Context(), nil, id+string(rune('0'+i)), digest{}, kept(1)); err != nil {
					t.Fatal(err)
				}
			}
			c.Release()
			if _, err := tab.CloseSession(t.Context(), me, byID(id)); err != nil {
				t.Fatal(err)
			}
		}
		known := func(id string) bool {
			_, err := tab.Answered(me, id, digest{})
			return err != nil
		}
		end("a")
		if !known("a0") || !known("a1") || tab.Stats().Orphans != 3 {
			t.Errorf("%v, %v, %+v", known("a0"), known("a1"), tab.Stats())
		}
		end("b")
		if known("a0") || known("a1") || !known("b0") || !known("b1") || tab.Stats().Orphans != 3 {
			t.Errorf("beyond the bound: %+v", tab.Stats())
		}
		if _, err := tab.Get(me, byID("a")); err != nil {
			t.Errorf("the session itself: %v", err)
		}
		pass(10 * time.Minute)
		if known("b0") || tab.Stats() != (session.Stats{}) {
			t.Errorf("after ten minutes: %+v", tab.Stats())
		}
	})
}
