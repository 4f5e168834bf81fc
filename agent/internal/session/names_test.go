package session_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

func TestValidName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "A-b_9": true, "-": true, strings.Repeat("x", 64): true,
		"": false, strings.Repeat("x", 65): false, "a.b": false, "a/b": false, "a b": false,
		"é": false, "a\x00": false, "a\n": false, "${a}": false,
	} {
		if got := session.ValidName(name); got != want {
			t.Errorf("ValidName(%q) = %v", name, got)
		}
	}
	tab := newTable(t, nil)
	_, err := tab.Create(me, "a.b", nil)
	wantErr[*session.NameError](t, err)
	create(t, tab, me, "a", time.Minute)
	_, err = enter(t, tab, me, byID("a")).Session.Reserve("a/b")
	wantErr[*session.NameError](t, err)
}

// What is someone else's is answered word for word like what never was.
func TestIdentityIsolation(t *testing.T) {
	const other = "uid:1001"
	tab := newTable(t, func(c *config) { c.Incarnation = "00000000000000aa" })
	info := create(t, tab, me, "a", time.Minute)
	e := install(t, enter(t, tab, me, byID("a")).Session, "web")
	gone := create(t, tab, me, "gone", time.Minute)
	if _, err := tab.CloseSession(t.Context(), me, byID("gone")); err != nil {
		t.Fatal(err)
	}
	inc := tab.Config().Incarnation

	for _, c := range []struct {
		name         string
		mine, absent session.Ref
	}{
		{"a session by id", byID("a"), byID("b")},
		{"a session by uid", session.Ref{SessionUID: info.UID}, session.Ref{SessionUID: inc + ".s99"}},
		{"an ended session by id", byID("gone"), byID("b")},
		{"an ended session by uid", session.Ref{SessionUID: gone.UID}, session.Ref{SessionUID: inc + ".s99"}},
		{"a socket by name", session.Ref{SessionID: "a", SocketName: "web"}, session.Ref{SessionID: "b", SocketName: "web"}},
		{"a socket by its session's uid", session.Ref{SessionUID: info.UID, SocketName: "web"}, session.Ref{SessionUID: inc + ".s99", SocketName: "web"}},
		{"a socket by uid", session.Ref{SocketUID: e.UID()}, session.Ref{SocketUID: inc + ".99"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for verb, do := range map[string]func(session.Ref) error{
				"Enter": func(r session.Ref) error { _, err := tab.Enter(t.Context(), other, r); return err },
				"Get":   func(r session.Ref) error { _, err := tab.Get(other, r); return err },
				"Renew": func(r session.Ref) error { _, err := tab.Renew(other, r, nil); return err },
				"Close": func(r session.Ref) error { _, err := tab.CloseSession(t.Context(), other, r); return err },
			} {
				if verb != "Enter" && c.mine.SocketUID != "" {
					continue // those take no sockets
				}
				mine, absent := do(c.mine).(session.Reasoned), do(c.absent).(session.Reasoned)
				if reflect.TypeOf(mine) != reflect.TypeOf(absent) || mine.Reason() != absent.Reason() || !strings.HasSuffix(mine.Reason(), "_NOT_FOUND") {
					t.Errorf("%s: %#v for another's, %#v for nobody's", verb, mine, absent)
				}
				got, want := mine.Metadata(), absent.Metadata()
				for _, key := range []string{"session", "socket"} { // the caller's own words
					if (got[key] == "") != (want[key] == "") || !strings.Contains(c.mine.String(), got[key]) {
						t.Errorf("%s: %s %q for another's, %q for nobody's", verb, key, got[key], want[key])
					}
					delete(got, key)
					delete(want, key)
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s: metadata %v for another's, %v for nobody's", verb, got, want)
				}
			}
		})
	}

	// The id is free for the other, who sees only the own.
	create(t, tab, other, "a", time.Minute)
	if page, _ := tab.List(other, "", 10); len(page) != 1 || page[0].Identity != other {
		t.Errorf("got %+v", page)
	}
	if info, err := tab.Get(me, byID("a")); err != nil || info.Sockets != 1 {
		t.Errorf("mine was touched: %+v, %v", info, err)
	}
}

func TestUIDsOfAnotherStart(t *testing.T) {
	tab := newTable(t, func(c *config) { c.Incarnation = "00000000000000aa" })
	for _, ref := range []session.Ref{
		{SessionUID: "00000000000000ab.s1"}, {SocketUID: "00000000000000ab.1"},
		{SessionUID: "00000000000000ab.s1", SocketName: "web"},
	} {
		_, err := tab.Enter(t.Context(), me, ref)
		if e := wantErr[*session.AgentRestartedError](t, err); e.Incarnation != "00000000000000aa" {
			t.Errorf("%v: %+v", ref, e)
		}
	}
	a, b := session.NewIncarnation(), session.NewIncarnation()
	if a == b || len(a) != 16 || strings.Trim(a, "0123456789abcdef") != "" {
		t.Errorf("incarnations %q, %q", a, b)
	}
}

func TestSessionIDs(t *testing.T) {
	tab := newTable(t, nil)
	create(t, tab, me, "session-2", time.Minute)
	_, err := tab.Create(me, "session-2", nil)
	if e := wantErr[*session.ExistsError](t, err); e.Session != "session-2" {
		t.Errorf("got %+v", e)
	}
	seen := map[string]bool{"session-2": true}
	for range 10 { // given ids avoid the taken one
		info, err := tab.Create(me, "", nil)
		if err != nil || seen[info.ID] {
			t.Fatalf("got %q twice, or %v", info.ID, err)
		}
		seen[info.ID] = true
	}
	var ids []string
	for after, more := "", true; more; {
		var page []session.Info
		page, more = tab.List(me, after, 4)
		for _, info := range page {
			ids = append(ids, info.ID)
			after = info.ID
		}
	}
	if len(ids) != 11 {
		t.Errorf("paging gave %v", ids)
	}
	for i := 1; i < len(ids); i++ {
		if ids[i-1] >= ids[i] {
			t.Errorf("not ordered: %v", ids)
		}
	}
}
