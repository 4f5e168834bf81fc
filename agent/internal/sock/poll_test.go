//go:build linux

package sock

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestPoll(t *testing.T) {
	env := newEnv(t)
	l := listen(t, env, loopback(Inet))
	s, c := connected(t, env)
	items := []PollItem{{Socket: l, Readable: true}, {Socket: s, Readable: true}}
	if r, out, err := Poll(bg, items, For(0)); err != nil || out.Code != WouldBlock || r != nil {
		t.Fatalf("got %+v, %+v, %v", r, out, err)
	}
	if r, out, err := Poll(bg, items, For(5*time.Millisecond)); err != nil || out.Code != WaitElapsed || r != nil {
		t.Fatalf("got %+v, %+v, %v", r, out, err)
	}
	type result struct {
		ready []Ready
		err   error
	}
	results := make(chan result, 1)
	poll := func() {
		r, _, err := Poll(bg, items, soon())
		results <- result{r, err}
	}
	go poll()
	say(t, c, "x")
	if got := <-results; got.err != nil || len(got.ready) != 1 || got.ready[0].Index != 1 || !got.ready[0].Readable || got.ready[0].Writable {
		t.Fatalf("got %+v", got)
	}
	// Held data counts though the kernel has none.
	receive(t, s, ReceiveRequest{Max: 10, Manual: true}, soon())
	if r, _, err := Poll(bg, items, For(0)); err != nil || len(r) != 1 || !r[0].Readable {
		t.Fatalf("got %+v, %v", r, err)
	}
	if _, _, err := s.Ack(1); err != nil {
		t.Fatal(err)
	}
	go poll()
	dial(t, l)
	if got := <-results; got.err != nil || len(got.ready) != 1 || got.ready[0].Index != 0 {
		t.Fatalf("got %+v", got)
	}
	accepted, err := l.Accept(bg, soon(), nil)
	if err != nil {
		t.Fatal(err)
	}
	closing(t, accepted.Socket)
	if r, _, err := Poll(bg, []PollItem{{Socket: s, Writable: true}}, soon()); err != nil || len(r) != 1 || !r[0].Writable {
		t.Fatalf("got %+v, %v", r, err)
	}
	go poll()
	s.Close(bg, false)
	var item *ItemError
	if got := <-results; !errors.As(got.err, &item) || item.Index != 1 || !errors.Is(got.err, ErrClosed) {
		t.Fatalf("got %+v", got)
	}
}

// Poll is woken by data that a receive moves from the kernel into held.
func TestPollTakesNoTurn(t *testing.T) {
	s, c := connected(t, newEnv(t))
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, _, err := Poll(ctx, []PollItem{{Socket: s, Readable: true}}, soon())
		done <- err
	}()
	got := make(chan Received, 1)
	go func() {
		r, err := s.Receive(bg, ReceiveRequest{Max: 10, Until: Until{Delimiter: []byte("\n")}}, soon())
		if err != nil {
			t.Error(err)
		}
		got <- r
	}()
	say(t, c, "a")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	say(t, c, "b\n")
	if r := <-got; string(r.Data) != "ab\n" {
		t.Fatalf("got %+v", r)
	}
}
