package session_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

type digest = [32]byte

func ptr[T any](v T) *T { return &v }

// open is a session with one call entered.
func open(t testing.TB, change func(*config)) (*table, *call) {
	t.Helper()
	tab := newTable(t, change)
	create(t, tab, me, "a", time.Hour)
	return tab, enter(t, tab, me, byID("a"))
}

func kept(v any) session.Op {
	return func(context.Context) (session.Result, error) { return session.Result{Value: v, Keep: true}, nil }
}

func never(t testing.TB) session.Op {
	return func(context.Context) (session.Result, error) {
		t.Error("the operation ran again")
		return session.Result{}, nil
	}
}

func TestOnceStoresWhatIsKept(t *testing.T) {
	tab, c := open(t, nil)
	v, joined, err := c.Session.Once(c.Context(), nil, "id", digest{1}, kept("refused"))
	if v != "refused" || joined || err != nil {
		t.Errorf("first: %v, %v, %v", v, joined, err)
	}
	for _, wait := range []*time.Duration{nil, ptr(time.Duration(0)), ptr(time.Second)} {
		v, joined, err = c.Session.Once(c.Context(), wait, "id", digest{1}, never(t))
		if v != "refused" || !joined || err != nil {
			t.Errorf("repeat: %v, %v, %v", v, joined, err)
		}
	}
	_, _, err = c.Session.Once(c.Context(), nil, "id", digest{2}, never(t))
	if e := wantErr[*session.RequestIDReusedError](t, err); e.RequestID != "id" {
		t.Errorf("got %+v", e)
	}

	create(t, tab, me, "b", time.Hour) // ids are scoped to the session
	other := enter(t, tab, me, byID("b"))
	if v, joined, err := other.Session.Once(other.Context(), nil, "id", digest{2}, kept(2)); v != 2 || joined || err != nil {
		t.Errorf("in another session: %v, %v, %v", v, joined, err)
	}
}

func TestOnceDoesNotStore(t *testing.T) {
	broken := errors.New("broken")
	for name, op := range map[string]session.Op{
		"errors":         func(context.Context) (session.Result, error) { return session.Result{Keep: true}, broken },
		"what took none": func(context.Context) (session.Result, error) { return session.Result{Value: "none"}, nil },
		"panics":         func(context.Context) (session.Result, error) { panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			tab, c := open(t, nil)
			v, joined, err := c.Session.Once(c.Context(), nil, "id", digest{1}, op)
			switch name {
			case "errors":
				if err != broken {
					t.Errorf("got %v", err)
				}
			case "panics":
				if e := wantErr[*session.PanicError](t, err); e.Value != "boom" || len(e.Stack) == 0 {
					t.Errorf("got %+v", e)
				}
			default:
				if v != "none" || joined || err != nil {
					t.Errorf("got %v, %v, %v", v, joined, err)
				}
			}
			if got := tab.Stats().Responses; got != 0 {
				t.Errorf("%d stored", got)
			}
			if v, joined, err := c.Session.Once(c.Context(), nil, "id", digest{2}, kept("new")); v != "new" || joined || err != nil {
				t.Errorf("afterwards: %v, %v, %v", v, joined, err)
			}
		})
	}
}

func TestOnceWithoutARequestID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab, c := open(t, nil)
		for want := range 2 {
			if v, joined, err := c.Session.Once(c.Context(), nil, "", digest{}, kept(want)); v != want || joined || err != nil {
				t.Errorf("got %v, %v, %v", v, joined, err)
			}
		}
		start := time.Now()
		v, _, err := c.Session.Once(c.Context(), ptr(3*time.Second), "", digest{}, func(ctx context.Context) (session.Result, error) {
			<-ctx.Done()
			return session.Result{Value: "elapsed"}, nil
		})
		if v != "elapsed" || err != nil || time.Since(start) != 3*time.Second {
			t.Errorf("got %v, %v after %v", v, err, time.Since(start))
		}
		if got := tab.Stats().Responses; got != 0 {
			t.Errorf("%d stored", got)
		}
	})
}

func TestOnceJoinsWithOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := open(t, nil)
		var runs, joins atomic.Int32
		op := func(ctx context.Context) (session.Result, error) {
			runs.Add(1)
			select {
			case <-time.After(time.Minute):
				return session.Result{Value: runs.Load(), Keep: true}, nil
			case <-ctx.Done():
				return session.Result{Value: "cancelled"}, nil
			}
		}
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				v, joined, err := c.Session.Once(c.Context(), nil, "id", digest{1}, op)
				if v != int32(1) || err != nil {
					t.Errorf("got %v, %v", v, err)
				}
				if joined {
					joins.Add(1)
				}
			})
		}
		all.Wait()
		if runs.Load() != 1 || joins.Load() != 199 {
			t.Errorf("%d runs, %d joined", runs.Load(), joins.Load())
		}
	})
}

// Each caller has its own wait, the one who began it included, and the operation
// ends with the last, who learns what it came to.
func TestOnceEachCallerItsOwnWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab, c := open(t, nil)
		start := time.Now()
		op := func(ctx context.Context) (session.Result, error) {
			<-ctx.Done()
			time.Sleep(tick) // leaves its syscall
			return session.Result{Value: "accepted after all", Keep: true}, nil
		}
		var all sync.WaitGroup
		for i, wait := range []time.Duration{2 * time.Second, time.Second, 5 * time.Second, 0, 3 * time.Second} {
			all.Go(func() {
				v, _, err := c.Session.Once(c.Context(), &wait, "id", digest{1}, op)
				took := time.Since(start)
				if wait == 5*time.Second {
					if v != "accepted after all" || err != nil || took != wait+tick {
						t.Errorf("the last: %v, %v after %v", v, err, took)
					}
				} else if !errors.Is(err, session.ErrWaitElapsed) || took != wait {
					t.Errorf("wait %v: %v, %v after %v", wait, v, err, took)
				}
			})
			if i == 0 {
				synctest.Wait()
			}
		}
		all.Wait()
		if v, joined, err := c.Session.Once(c.Context(), nil, "id", digest{1}, never(t)); v != "accepted after all" || !joined || err != nil {
			t.Errorf("a repeat: %v, %v, %v", v, joined, err)
		}
		if got := tab.Stats().Responses; got != 1 {
			t.Errorf("%d stored", got)
		}
	})
}

// A caller who began it without waiting must not use up the wait of one who
// joined.
func TestOnceJoinerTriesItselfWhenNothingHappened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := open(t, nil)
		gate := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			v, joined, err := c.Session.Once(c.Context(), ptr(time.Duration(0)), "id", digest{1}, func(context.Context) (session.Result, error) {
				<-gate
				return session.Result{Value: "would block"}, nil
			})
			if v != "would block" || joined || err != nil {
				t.Errorf("the first: %v, %v, %v", v, joined, err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			v, joined, err := c.Session.Once(c.Context(), ptr(time.Minute), "id", digest{1}, kept("accepted"))
			if v != "accepted" || joined || err != nil {
				t.Errorf("the second: %v, %v, %v", v, joined, err)
			}
		})
		synctest.Wait()
		close(gate)
		all.Wait()
	})
}

func TestOnceEndsWithTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab, c := open(t, nil)
		var over atomic.Bool
		op := func(ctx context.Context) (session.Result, error) {
			<-ctx.Done()
			wantErr[*session.EndedError](t, context.Cause(ctx))
			time.Sleep(time.Second)
			over.Store(true)
			return session.Result{Value: "wait elapsed", Keep: true}, nil
		}
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				_, _, err := c.Session.Once(c.Context(), nil, "id", digest{1}, op)
				wantErr[*session.EndedError](t, err)
			})
		}
		all.Go(func() { // whose own context does not end with the session
			_, _, err := c.Session.Once(context.Background(), nil, "id", digest{1}, op)
			wantErr[*session.EndedError](t, err)
		})
		synctest.Wait()
		if _, err := tab.CloseSession(t.Context(), me, byID("a")); err != nil {
			t.Fatal(err)
		}
		if !over.Load() {
			t.Error("the session's end did not wait for its operation")
		}
		all.Wait()
		_, _, err := c.Session.Once(c.Context(), nil, "id", digest{1}, never(t))
		wantErr[*session.EndedError](t, err)
		_, _, err = c.Session.Once(c.Context(), nil, "", digest{}, kept("late"))
		wantErr[*session.EndedError](t, err)
		if got := tab.Stats().Responses; got != 0 {
			t.Errorf("%d stored", got)
		}
	})
}

// Two hundred callers who give up at random: whatever happens, one run at a
// time, the kept value is everyone's, and nothing is left.
func TestOnceRaces(t *testing.T) {
	tab, c := open(t, nil)
	for range 20 {
		var running, made atomic.Int32
		op := func(ctx context.Context) (session.Result, error) {
			if running.Add(1) != 1 {
				t.Error("two runs at a time")
			}
			defer running.Add(-1)
			timer := time.NewTimer(time.Duration(rand.IntN(500)) * time.Microsecond)
			defer timer.Stop()
			select {
			case <-ctx.Done():
				return session.Result{Value: int32(0)}, nil
			case <-timer.C:
				return session.Result{Value: made.Add(1), Keep: true}, nil
			}
		}
		id := strconv.FormatUint(rand.Uint64(), 16)
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				ctx, cancel := context.WithCancel(c.Context())
				timer := time.AfterFunc(time.Duration(rand.IntN(800))*time.Microsecond, cancel)
				defer timer.Stop()
				defer cancel()
				v, _, err := c.Session.Once(ctx, nil, id, digest{1}, op)
				switch {
				case err != nil && !errors.Is(err, session.ErrWaitElapsed):
					t.Errorf("got %v", err)
				case err == nil && v != int32(0) && v != int32(1):
					t.Errorf("got %v", v)
				}
			})
		}
		all.Wait()
		v, _, err := c.Session.Once(c.Context(), nil, id, digest{1}, kept(int32(1)))
		if v != int32(1) || err != nil || made.Load() > 1 || running.Load() != 0 {
			t.Errorf("in the end %v, %v, made %d", v, err, made.Load())
		}
	}
	if got := tab.Stats().Responses; got != 20 {
		t.Errorf("%d stored", got)
	}
}
