//go:build linux

package sock

import (
	"context"
	"sync"
	"testing"
	"time"
)

// With a context that is over, nothing is consumed, connected or sent.
func TestCancelledBefore(t *testing.T) {
	over, cancel := context.WithCancel(bg)
	cancel()
	env := newEnv(t)
	s, c := connected(t, env)
	l := listen(t, env, loopback(Inet))
	dial(t, l)
	a, b := datagrams(t, env, Inet)
	sendText(t, b, "datagram")
	say(t, c, "data\n")
	arrived(t, s, 5)
	arrived(t, a, 8)
	until(t, func() bool { return info(t, l).AcceptQueue == 1 })
	for _, w := range []Wait{For(0), soon(), Forever()} {
		for name, r := range map[string]ReceiveRequest{
			"stream":    {Max: 10},
			"manual":    {Max: 10, Manual: true},
			"exactly":   {Max: 10, Until: Until{Exactly: 4}},
			"delimiter": {Max: 10, Until: Until{Delimiter: []byte("\n")}},
			"pattern":   {Max: 10, Until: Until{Pattern: slow}},
		} {
			if got, err := s.Receive(over, r, w); err != nil || got.Outcome.Code != WaitElapsed || got.KernelQueue != 5 {
				t.Errorf("%s: got %+v, %v", name, got, err)
			}
		}
		if got, err := a.Receive(over, ReceiveRequest{Max: 10}, w); err != nil || got.Outcome.Code != WaitElapsed || got.KernelQueue != 8 {
			t.Errorf("datagram: got %+v, %v", got, err)
		}
		if got, err := l.Accept(over, w, nil); err != nil || got.Outcome.Code != WaitElapsed {
			t.Errorf("accept: got %+v, %v", got, err)
		}
		if got, err := s.Send(over, SendRequest{Data: []byte("x")}, w); err != nil || got.Outcome.Code != WaitElapsed || got.Applied != 0 || got.Offset != 0 {
			t.Errorf("send: got %+v, %v", got, err)
		}
	}
	if got := receive(t, s, ReceiveRequest{Max: 10}, For(0)); string(got.Data) != "data\n" {
		t.Errorf("got %+v", got)
	}
	if got := receive(t, a, ReceiveRequest{Max: 10}, For(0)); len(got.Datagrams) != 1 {
		t.Errorf("got %+v", got)
	}
	got, err := l.Accept(bg, For(0), nil)
	if err != nil || got.Socket == nil {
		t.Fatalf("got %+v, %v", got, err)
	}
	got.Socket.Close(bg, false)
}

// rounds is how often what depends on the moment is tried.
func rounds() int {
	if testing.Short() {
		return 400
	}
	return 2000
}

// Two receivers wait and the first one is cancelled while the byte arrives:
// one of the two gets it.
func TestCancelAtArrival(t *testing.T) {
	s, c := connected(t, newEnv(t))
	for i := range rounds() {
		ctx, cancel := context.WithCancel(bg)
		rest, stop := context.WithTimeout(bg, 20*time.Second)
		first, second := make(chan Received, 1), make(chan Received, 1)
		wait := func(ctx context.Context, to chan Received) {
			got, err := s.Receive(ctx, ReceiveRequest{Max: 10}, Forever())
			if err != nil {
				t.Error(err)
			}
			to <- got
		}
		go wait(ctx, first)
		until(t, func() bool { return s.recv.turn.count() == 1 })
		go wait(rest, second)
		until(t, func() bool { return s.recv.turn.count() == 2 })
		var cancelling sync.WaitGroup
		cancelling.Go(cancel)
		say(t, c, "x")
		cancelling.Wait()
		one := <-first
		if one.Outcome.OK() {
			stop() // else there is nothing for it
		} else if one.Outcome.Code != WaitElapsed {
			t.Fatalf("round %d: got %+v", i, one)
		}
		if two := <-second; len(one.Data)+len(two.Data) != 1 {
			t.Fatalf("round %d: got %+v and %+v", i, one, two)
		}
		stop()
	}
}

// The same for Accept.
func TestCancelAtConnection(t *testing.T) {
	l := listen(t, newEnv(t), loopback(Inet))
	for i := range rounds() / 4 {
		ctx, cancel := context.WithCancel(bg)
		rest, stop := context.WithTimeout(bg, 20*time.Second)
		first, second := make(chan Accepted, 1), make(chan Accepted, 1)
		wait := func(ctx context.Context, to chan Accepted) {
			got, err := l.Accept(ctx, Forever(), nil)
			if err != nil {
				t.Error(err)
			}
			to <- got
		}
		go wait(ctx, first)
		until(t, func() bool { return l.acceptTurn.count() == 1 })
		go wait(rest, second)
		until(t, func() bool { return l.acceptTurn.count() == 2 })
		var cancelling sync.WaitGroup
		cancelling.Go(cancel)
		dial(t, l).Close()
		cancelling.Wait()
		one := <-first
		if one.Outcome.OK() {
			stop()
		}
		two := <-second
		n := 0
		for _, got := range []Accepted{one, two} {
			if got.Socket != nil {
				got.Socket.Close(bg, true)
				n++
			}
		}
		if stop(); n != 1 {
			t.Fatalf("round %d: got %+v and %+v", i, one, two)
		}
	}
}
