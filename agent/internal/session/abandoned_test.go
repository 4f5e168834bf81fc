package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

// A repeat that does not wait finds an operation whose only caller has gone: it
// is told what that came to, never that nothing has happened.
func TestOnceAwaitsWhatWasAbandoned(t *testing.T) {
	for name, row := range map[string]struct {
		took    bool // a connection, in spite of being cancelled
		repeats int  // at once
		want    any
	}{
		"took one":  {true, 3, "accepted"},
		"took none": {false, 1, "would block"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, c := open(t, nil)
				ctx, cancel := context.WithCancel(c.Context())
				op := func(ctx context.Context) (session.Result, error) {
					<-ctx.Done()
					time.Sleep(tick) // leaves its syscall
					return session.Result{Value: "accepted", Keep: row.took}, nil
				}
				first := make(chan any, 1)
				go func() {
					v, _, _ := c.Session.Once(ctx, nil, "id", digest{1}, op)
					first <- v
				}()
				synctest.Wait()
				cancel() // the first has yet to notice, or has noticed: both happen
				repeats := make(chan any, row.repeats)
				for range cap(repeats) {
					go func() {
						v, _, err := c.Session.Once(c.Context(), ptr(time.Duration(0)), "id", digest{1}, kept("would block"))
						if err != nil {
							t.Errorf("a repeat: %v", err)
						}
						repeats <- v
					}()
				}
				if v := <-first; v != "accepted" {
					t.Errorf("the first: %v", v)
				}
				for range cap(repeats) {
					if v := <-repeats; v != row.want {
						t.Errorf("a repeat got %v, want %v", v, row.want)
					}
				}
			})
		})
	}
}

// Without the first having noticed at all: its context has ended, and no
// goroutine of its has run since.
func TestOnceSeesThatCallersHaveGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := open(t, nil)
		ctx := &endedUnnoticed{Context: c.Context(), noticed: make(chan struct{})}
		op := func(ctx context.Context) (session.Result, error) {
			<-ctx.Done()
			return session.Result{Value: "accepted", Keep: true}, nil
		}
		go c.Session.Once(ctx, nil, "id", digest{1}, op)
		synctest.Wait()
		v, joined, err := c.Session.Once(c.Context(), ptr(time.Duration(0)), "id", digest{1}, never(t))
		if v != "accepted" || !joined || err != nil {
			t.Errorf("got %v, %v, %v", v, joined, err)
		}
		close(ctx.noticed)
	})
}

// endedUnnoticed is a context that has ended, which who waits for it learns
// later.
type endedUnnoticed struct {
	context.Context
	noticed chan struct{}
}

func (c *endedUnnoticed) Done() <-chan struct{} { return c.noticed }
func (c *endedUnnoticed) Err() error            { return context.Canceled }

// A running operation that somebody waits for is not awaited, nor ended, by
// one who does not wait.
func TestOnceLeavesWhatOthersWaitFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := open(t, nil)
		gate := make(chan struct{})
		first := make(chan any, 1)
		go func() {
			v, _, _ := c.Session.Once(c.Context(), nil, "id", digest{1}, func(ctx context.Context) (session.Result, error) {
				select {
				case <-gate:
					return session.Result{Value: "accepted", Keep: true}, nil
				case <-ctx.Done():
					return session.Result{Value: "cancelled"}, nil
				}
			})
			first <- v
		}()
		synctest.Wait()
		if _, _, err := c.Session.Once(c.Context(), ptr(time.Duration(0)), "id", digest{1}, never(t)); !errors.Is(err, session.ErrWaitElapsed) {
			t.Errorf("got %v", err)
		}
		close(gate)
		if v := <-first; v != "accepted" {
			t.Errorf("the first: %v", v)
		}
	})
}
