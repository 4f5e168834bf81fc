package session_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

func TestTombstoneAnswersForTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, nil)
		info := create(t, tab, me, "a", time.Minute)
		uid := session.Ref{SessionUID: info.UID}
		if _, err := tab.CloseSession(t.Context(), me, byID("a")); err != nil {
			t.Fatal(err)
		}
		pass(10*time.Minute - tick)
		for _, ref := range []session.Ref{byID("a"), uid, {SessionID: "a", SocketName: "s"}, {SessionUID: info.UID, SocketName: "s"}} {
			_, err := tab.Enter(t.Context(), me, ref)
			if e := wantErr[*session.EndedError](t, err); e.Ended != session.Closed {
				t.Errorf("%v: %+v", ref, e)
			}
		}
		if _, err := tab.CloseSession(t.Context(), me, uid); err == nil {
			t.Error("a session ended twice")
		}
		pass(tick)
		for _, ref := range []session.Ref{byID("a"), uid} {
			_, err := tab.Enter(t.Context(), me, ref)
			wantErr[*session.NotFoundError](t, err)
		}
		if got := tab.Stats(); got != (session.Stats{}) {
			t.Errorf("left over: %+v", got)
		}
	})
}

func TestTombstoneGivesItsIDUpButNotItsUID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(t, nil)
		old := create(t, tab, me, "a", 5*time.Second)
		pass(5 * time.Second)
		renewed := create(t, tab, me, "a", 24*time.Hour)
		if old.UID == renewed.UID {
			t.Fatal("a uid was used twice")
		}
		if got := state(t, tab, byID("a")); got != session.Active {
			t.Errorf("by id: %v", got)
		}
		if got := state(t, tab, session.Ref{SessionUID: old.UID}); got != session.Expired {
			t.Errorf("by the old uid: %v", got)
		}
		pass(10 * time.Minute)
		if _, err := tab.Get(me, session.Ref{SessionUID: old.UID}); err == nil {
			t.Error("the old uid is still known")
		}
		if got := state(t, tab, byID("a")); got != session.Active {
			t.Errorf("the old one's tombstone took the new one's id with it: %v", got)
		}
	})
}

func TestTombstonesAreBounded(t *testing.T) {
	tab := newTable(t, func(c *config) { c.Limits.Tombstones = 3 })
	for i := range 5 {
		id := fmt.Sprint("t", i)
		create(t, tab, me, id, time.Minute)
		if _, err := tab.CloseSession(t.Context(), me, byID(id)); err != nil {
			t.Fatal(err)
		}
	}
	if got := tab.Stats().Tombstones; got != 3 {
		t.Errorf("%d tombstones", got)
	}
	_, err := tab.Get(me, byID("t1"))
	wantErr[*session.NotFoundError](t, err)
	if got := state(t, tab, byID("t2")); got != session.Closed {
		t.Errorf("state %v", got)
	}
}
