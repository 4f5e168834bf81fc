package session_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

// The uid of a socket that ended with its session says so, to its owner, as
// long as the session is remembered.
func TestOrphanUIDTellsOfItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, nil)
		create(t, tab, me, "a", time.Minute)
		c := enter(t, tab, me, byID("a"))
		closed := install(t, c.Session, "closed")
		c.Session.Remove(closed)
		ref := session.Ref{SocketUID: install(t, c.Session, "left").UID()}
		c.Release()
		if _, err := tab.CloseSession(context.Background(), me, byID("a")); err != nil {
			t.Fatal(err)
		}
		_, err := tab.Enter(context.Background(), me, ref)
		if e := wantErr[*session.EndedError](t, err); e.Session != "a" || e.Ended != session.Closed {
			t.Errorf("got %+v", e)
		}
		_, err = tab.Enter(context.Background(), "uid:1", ref)
		wantErr[*session.SocketNotFoundError](t, err)
		_, err = tab.Enter(context.Background(), me, session.Ref{SocketUID: closed.UID()})
		wantErr[*session.SocketNotFoundError](t, err)

		time.Sleep(tab.Config().TombstoneFor + time.Second)
		_, err = tab.Enter(context.Background(), me, ref)
		wantErr[*session.SocketNotFoundError](t, err)
	})
}

func TestOrphansAreBounded(t *testing.T) {
	tab := newTable(t, func(c *config) { c.Limits.Orphans = 3 })
	var refs []session.Ref
	for i := range 3 {
		id := strconv.Itoa(i)
		create(t, tab, me, id, time.Minute)
		c := enter(t, tab, me, byID(id))
		for range 2 {
			refs = append(refs, session.Ref{SocketUID: install(t, c.Session, "").UID()})
		}
		c.Release()
		if _, err := tab.CloseSession(context.Background(), me, byID(id)); err != nil {
			t.Fatal(err)
		}
	}
	for i, ref := range refs {
		_, err := tab.Enter(context.Background(), me, ref)
		if i < 4 {
			wantErr[*session.SocketNotFoundError](t, err)
		} else {
			wantErr[*session.EndedError](t, err)
		}
	}
}
