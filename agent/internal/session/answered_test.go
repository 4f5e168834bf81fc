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
