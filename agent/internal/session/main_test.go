package session_test

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/farsock/farsock/agent/internal/session"
)

func TestMain(m *testing.M) {
	if os.Getenv(keeperEnv) != "" {
		os.Exit(keeper(os.Stdin, os.Stdout))
	}
	goleak.VerifyTestMain(m)
}

// thing is what the sessions of these tests own: it counts its closes. The
// table knows nothing more of a socket; end_test.go has real ones.
type thing struct{ closes atomic.Int32 }

func closeThing(_ context.Context, e *session.Entry[*thing]) error {
	e.Socket.closes.Add(1)
	return nil
}

type (
	table  = session.Table[*thing]
	config = session.Config[*thing]
	entry  = session.Entry[*thing]
	call   = session.Call[*thing]
)

const me = "uid:1000"

// newTable makes a table that is closed with the test.
func newTable(t testing.TB, change func(*config)) *table {
	t.Helper()
	c := config{CloseSocket: closeThing}
	if change != nil {
		change(&c)
	}
	tab := session.New(c)
	t.Cleanup(func() {
		if err := tab.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return tab
}

func byID(id string) session.Ref { return session.Ref{SessionID: id} }

func create(t testing.TB, tab *table, identity, id string, ttl time.Duration) session.Info {
	t.Helper()
	info, err := tab.Create(identity, id, &ttl)
	if err != nil {
		t.Fatalf("Create %q: %v", id, err)
	}
	return info
}

func enter(t testing.TB, tab *table, identity string, ref session.Ref) *call {
	t.Helper()
	c, err := tab.Enter(context.Background(), identity, ref)
	if err != nil {
		t.Fatalf("Enter %v: %v", ref, err)
	}
	t.Cleanup(c.Release)
	return c
}

// install adds a thing to a session as Open does.
func install(t testing.TB, s *session.Session[*thing], name string) *entry {
	t.Helper()
	r, err := s.Reserve(name)
	if err != nil {
		t.Fatalf("Reserve %q: %v", name, err)
	}
	defer r.Release()
	e, err := r.Install(new(thing), "")
	if err != nil {
		t.Fatalf("Install %q: %v", name, err)
	}
	return e
}

// wantErr fails unless err is an E, and returns it.
func wantErr[E error](t testing.TB, err error) (e E) {
	t.Helper()
	if !errors.As(err, &e) {
		t.Fatalf("got error %v (%T), want a %T", err, err, e)
	}
	return e
}

func state(t testing.TB, tab *table, ref session.Ref) session.State {
	t.Helper()
	info, err := tab.Get(me, ref)
	if err != nil {
		t.Fatalf("Get %v: %v", ref, err)
	}
	return info.State
}
