package session_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/farsock/farsock/agent/internal/session"
)

// dialModel is one dial of TestLateDialsInstallNothing.
type dialModel struct {
	start, takes time.Duration
	heeds        bool // stops when cancelled; otherwise it connects all the same
	once         bool // has a request id
	thing        *thing
	installed    bool
	err          error
}

// Dials and their session's end in any order, to the nanosecond and in the same
// one: a dial that completes after the end installs nothing, every descriptor
// is closed once, and the quota is free.
func TestLateDialsInstallNothing(t *testing.T) {
	moments := rapid.Custom(func(rt *rapid.T) time.Duration { return time.Duration(rapid.IntRange(0, 6).Draw(rt, "moment")) })
	rapid.Check(t, func(rt *rapid.T) {
		dials := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) *dialModel {
			return &dialModel{
				start: moments.Draw(rt, "start"), takes: moments.Draw(rt, "takes"),
				heeds: rapid.Bool().Draw(rt, "heeds"), once: rapid.Bool().Draw(rt, "once"), thing: new(thing),
			}
		}), 1, 8).Draw(rt, "dials")
		end, shutdown := moments.Draw(rt, "end")+moments.Draw(rt, "later"), rapid.Bool().Draw(rt, "shutdown")
		virtually(t, func() {
			tab := session.New(config{CloseSocket: closeThing})
			defer tab.Close(context.Background())
			create(t, tab, me, "a", time.Minute)
			var all sync.WaitGroup
			for i, d := range dials {
				all.Go(func() {
					time.Sleep(d.start)
					d.run(tab, fmt.Sprint(i))
				})
			}
			time.Sleep(end)
			want := session.Closed
			if shutdown {
				want = session.Shutdown
				if err := tab.Close(context.Background()); err != nil {
					rt.Fatal(err)
				}
			} else if _, err := tab.CloseSession(context.Background(), me, byID("a")); err != nil {
				rt.Fatal(err)
			}
			all.Wait()
			for i, d := range dials {
				d.judge(rt, i, end, want)
			}
			if got := tab.Stats(); got.Sockets != 0 || got.Calls != 0 || got.Responses != 0 {
				rt.Fatalf("left behind: %+v", got)
			}
		})
	})
}

// run dials as an Open does.
func (d *dialModel) run(tab *table, id string) {
	c, err := tab.Enter(context.Background(), me, byID("a"))
	if err != nil {
		d.err = err
		return
	}
	defer c.Release()
	if !d.once {
		id = ""
	}
	_, _, d.err = c.Session.Once(c.Context(), nil, id, digest{}, func(ctx context.Context) (session.Result, error) {
		r, err := c.Session.Reserve("")
		if err != nil {
			return session.Result{}, err
		}
		defer r.Release()
		timer := time.NewTimer(d.takes)
		defer timer.Stop()
		heeded := ctx.Done()
		if !d.heeds {
			heeded = nil
		}
		select {
		case <-timer.C:
		case <-heeded:
			d.thing.closes.Add(1)
			return session.Result{}, context.Cause(ctx)
		}
		e, err := r.Install(d.thing, "")
		if err != nil {
			d.thing.closes.Add(1)
			return session.Result{}, err
		}
		d.installed = true
		return session.Result{Value: 1, SocketUID: e.UID(), Keep: true}, nil
	})
}

// judge fails unless the dial came to what it should have.
func (d *dialModel) judge(rt *rapid.T, i int, end time.Duration, want session.State) {
	var ended *session.EndedError
	if d.err != nil && (!errors.As(d.err, &ended) || ended.Ended != want) {
		rt.Fatalf("dial %d: %v", i, d.err)
	}
	done := d.start + d.takes
	switch began := d.installed || d.thing.closes.Load() > 0; {
	case d.installed && done > end:
		rt.Fatalf("dial %d was done at %v and installed in a session that ended at %v", i, done, end)
	case !d.installed && done < end:
		rt.Fatalf("dial %d, done at %v, was not installed before %v: %v", i, done, end, d.err)
	case !d.installed && d.err == nil:
		rt.Fatalf("dial %d says that it was installed", i)
	case began && d.thing.closes.Load() != 1:
		rt.Fatalf("dial %d was closed %d times", i, d.thing.closes.Load())
	case !began && d.start < end:
		rt.Fatalf("dial %d never ran: %v", i, d.err)
	}
}
