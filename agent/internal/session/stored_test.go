package session_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

func TestResponseOutlivesItsSocketByTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab, c := open(t, nil)
		var e *entry
		op := func(context.Context) (session.Result, error) {
			e = install(t, c.Session, "web")
			return session.Result{Value: "made", SocketUID: e.UID(), Keep: true}, nil
		}
		if _, _, err := c.Session.Once(c.Context(), nil, "id", digest{1}, op); err != nil {
			t.Fatal(err)
		}
		repeat := func() {
			t.Helper()
			if v, joined, err := c.Session.Once(c.Context(), nil, "id", digest{1}, never(t)); v != "made" || !joined || err != nil {
				t.Errorf("got %v, %v, %v", v, joined, err)
			}
		}
		pass(5 * time.Hour) // the socket lives
		repeat()
		c.Session.Remove(e)
		pass(10*time.Minute - tick)
		repeat()
		pass(tick)
		if got := tab.Stats().Responses; got != 0 {
			t.Errorf("%d stored after its time", got)
		}
		if v, joined, err := c.Session.Once(c.Context(), nil, "id", digest{2}, kept("new")); v != "new" || joined || err != nil {
			t.Errorf("afterwards: %v, %v, %v", v, joined, err)
		}
	})
}

func TestResponseWithoutALiveSocketIsKeptTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab, c := open(t, nil)
		refused := kept("refused")
		closed := func(context.Context) (session.Result, error) { // gone before the response is stored
			e := install(t, c.Session, "x")
			c.Session.Remove(e)
			return session.Result{Value: "made", SocketUID: e.UID(), Keep: true}, nil
		}
		for id, op := range map[string]session.Op{"1": refused, "2": closed} {
			if _, _, err := c.Session.Once(c.Context(), nil, id, digest{1}, op); err != nil {
				t.Fatal(err)
			}
		}
		pass(10*time.Minute - tick)
		if got := tab.Stats().Responses; got != 2 {
			t.Errorf("%d stored within their time", got)
		}
		pass(tick)
		if got := tab.Stats().Responses; got != 0 {
			t.Errorf("%d stored after their time", got)
		}
	})
}

func TestStoredResponsesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab, c := open(t, func(c *config) {
			c.Limits.StoredResponsesPerSession = 3
			c.Limits.StoredResponses = 4
		})
		create(t, tab, me, "b", time.Hour)
		b := enter(t, tab, me, byID("b"))
		for i := range 3 {
			if _, _, err := c.Session.Once(c.Context(), nil, fmt.Sprint(i), digest{}, kept(i)); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := c.Session.Once(c.Context(), nil, "more", digest{}, never(t))
		if e := wantErr[*session.LimitError](t, err); e.Limit != session.LimitStoredResponsesPerSession || e.Max != 3 {
			t.Errorf("got %+v", e)
		}
		if v, joined, err := c.Session.Once(c.Context(), nil, "2", digest{}, never(t)); v != 2 || !joined || err != nil {
			t.Errorf("a repeat at the limit: %v, %v, %v", v, joined, err)
		}
		if _, _, err := b.Session.Once(b.Context(), nil, "0", digest{}, kept(0)); err != nil {
			t.Fatal(err)
		}
		_, _, err = b.Session.Once(b.Context(), nil, "1", digest{}, never(t))
		if e := wantErr[*session.LimitError](t, err); e.Limit != session.LimitStoredResponses || e.Max != 4 {
			t.Errorf("got %+v", e)
		}
		if _, err := tab.CloseSession(t.Context(), me, byID("a")); err != nil {
			t.Fatal(err)
		}
		if got := tab.Stats().Responses; got != 1 {
			t.Errorf("%d stored after a session's end", got)
		}
		pass(time.Hour) // its events are gone with it
		if got := tab.Stats().Responses; got != 0 {
			t.Errorf("%d stored", got)
		}
	})
}
