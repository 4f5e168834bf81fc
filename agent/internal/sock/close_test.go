//go:build linux

package sock

import (
	"context"
	"math/rand/v2"
	"regexp"
	"sync"
	"testing"
	"time"
)

// Close ends every kind of call that waits.
func TestCloseUnderCalls(t *testing.T) {
	env := newEnv(t)
	s, _ := connected(t, env)
	l := listen(t, env, loopback(Inet))
	hung := open(t, env, Spec{Family: Inet, Type: Stream})
	target := silent(t)
	fill := make([]byte, 16<<20)
	calls := map[string]struct {
		s *Socket
		f func() error
	}{
		"receive":     {s, func() error { _, err := s.Receive(bg, ReceiveRequest{Max: 1}, Forever()); return err }},
		"second":      {s, func() error { _, err := s.Receive(bg, ReceiveRequest{Max: 1}, Forever()); return err }},
		"peek":        {s, func() error { _, err := s.Receive(bg, ReceiveRequest{Max: 1, Peek: true}, Forever()); return err }},
		"send":        {s, func() error { _, err := s.Send(bg, SendRequest{Data: fill}, Forever()); return err }},
		"second send": {s, func() error { _, err := s.Send(bg, SendRequest{Data: fill}, Forever()); return err }},
		"accept":      {l, func() error { _, err := l.Accept(bg, Forever(), nil); return err }},
		"second accept": {l, func() error {
			_, err := l.Accept(bg, Forever(), nil)
			return err
		}},
		"connect": {hung, func() error { _, _, err := hung.Connect(bg, *target, Forever()); return err }},
	}
	errs := make(chan error, len(calls))
	for _, call := range calls {
		go func() { errs <- call.f() }()
	}
	until(t, func() bool {
		return s.recv.turn.count() == 2 && s.send.turn.count() == 2 && l.acceptTurn.count() == 2 && info(t, hung).State == StateConnecting
	})
	for _, x := range []*Socket{s, l, hung} {
		if out, err := x.Close(bg, false); err != nil || !out.OK() {
			t.Fatalf("%+v, %v", out, err)
		}
	}
	for range calls {
		if err := <-errs; err != ErrClosed {
			t.Errorf("got %v", err)
		}
	}
	if _, err := s.Info(); err != ErrClosed {
		t.Errorf("Info: %v", err)
	}
	if _, err := s.Attach(bg, AttachRequest{}); err != ErrClosed {
		t.Errorf("Attach: %v", err)
	}
}

func TestLingeringCloseIsBounded(t *testing.T) {
	s, _ := connected(t, newEnv(t))
	if _, _, err := s.SetOption(Option{Kind: OptLinger, Linger: Linger{On: true, Seconds: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(bg, SendRequest{Data: make([]byte, 32<<20)}, For(0)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(bg, 10*time.Millisecond)
	defer cancel()
	start := time.Now()
	if out, err := s.Close(ctx, false); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if took := time.Since(start); took > 900*time.Millisecond {
		t.Errorf("Close took %v", took)
	}
}

// All at once on sockets that close under it: nothing hangs, nothing leaks.
func TestStorm(t *testing.T) {
	env := newEnv(t)
	rounds := 60
	if testing.Short() {
		rounds = 12
	}
	for range rounds {
		s, c := connected(t, env)
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				for {
					ctx, cancel := context.WithTimeout(bg, time.Duration(rand.IntN(2000))*time.Microsecond)
					err := stormStep(ctx, s)
					cancel()
					if err == ErrClosed {
						return
					}
					if err != nil && err != ErrAttached && err != ErrBusy {
						t.Errorf("got %v", err)
						return
					}
				}
			})
		}
		for range 50 {
			say(t, c, "some words\n")
		}
		until(t, func() bool { return info(t, s).ReadOffset > 100 })
		s.Close(bg, rand.IntN(2) == 0)
		wg.Wait()
		c.Close()
	}
}

func stormStep(ctx context.Context, s *Socket) error {
	word := regexp.MustCompile(`\w+ `)
	var err error
	switch rand.IntN(8) {
	case 0:
		_, err = s.Receive(ctx, ReceiveRequest{Max: 5}, Forever())
	case 1:
		_, err = s.Receive(ctx, ReceiveRequest{Max: 100, Until: Until{Pattern: word}}, Forever())
	case 2:
		_, err = s.Receive(ctx, ReceiveRequest{Max: 100, Until: Until{Exactly: 7}, Manual: true}, Forever())
	case 3:
		_, err = s.Receive(ctx, ReceiveRequest{Max: 5, Peek: true}, Forever())
	case 4:
		var i Info
		if i, err = s.Info(); err == nil {
			_, _, err = s.Ack(i.AckedOffset)
		}
	case 5:
		_, err = s.Send(ctx, SendRequest{Data: []byte("x")}, Forever())
	case 6:
		_, _, err = Poll(ctx, []PollItem{{Socket: s, Readable: true, Writable: true}}, Forever())
		if item, ok := err.(*ItemError); ok {
			err = item.Err
		}
	case 7:
		var a *Attachment
		if a, err = s.Attach(bg, AttachRequest{}); err == nil {
			if _, err = a.Read(ctx, 10); err != ErrClosed {
				err = nil
			}
			a.Detach()
		}
	}
	return err
}
