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
	got := startReceive(t, s, ReceiveRequest{Max: 10, Until: Until{Delimiter: []byte("\n")}}, soon())
	say(t, c, "a")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	say(t, c, "b\n")
	if r := <-got; string(r.Data) != "ab\n" {
		t.Fatalf("got %+v", r)
	}
}

// A peer that sends no more is POLLRDHUP, to those who ask, and stays so.
func TestPollReadHangUp(t *testing.T) {
	s, c := connected(t, newEnv(t))
	items := []PollItem{{Socket: s, ReadHangUp: true}}
	if r, out, err := Poll(bg, items, For(5*time.Millisecond)); err != nil || out.Code != WaitElapsed || r != nil {
		t.Fatalf("got %+v, %+v, %v", r, out, err)
	}
	type result struct {
		ready []Ready
		err   error
	}
	results := make(chan result, 1)
	go func() {
		r, _, err := Poll(bg, items, soon())
		results <- result{r, err}
	}()
	say(t, c, "x")
	arrived(t, s, 1) // data is no such end
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got := <-results
		if got.err != nil || len(got.ready) != 1 || got.ready[0] != (Ready{ReadHangUp: true}) {
			t.Fatalf("got %+v", got)
		}
		r, _, err := Poll(bg, items, For(0))
		results <- result{r, err}
	}
	if r, _, err := Poll(bg, []PollItem{{Socket: s, Readable: true}}, For(0)); err != nil || len(r) != 1 || r[0] != (Ready{Readable: true}) {
		t.Errorf("not asked for: %+v, %v", r, err)
	}
	if _, err := s.Shutdown(ShutBoth); err != nil {
		t.Fatal(err)
	}
	if r, _, err := Poll(bg, items, soon()); err != nil || len(r) != 1 || !r[0].ReadHangUp || !r[0].HangUp {
		t.Errorf("over: %+v, %v", r, err)
	}
}

// One Poll watches sockets of several namespaces.
func TestPollAcrossNamespaces(t *testing.T) {
	env := newEnv(t)
	var items []PollItem
	for range 3 {
		s := open(t, env, Spec{Family: Inet, Type: Datagram, Namespace: newNamespace(t), Bind: loopback(Inet)})
		items = append(items, PollItem{Socket: s, Readable: true})
	}
	for i := range items {
		ready := make(chan []Ready, 1)
		go func() {
			r, _, err := Poll(bg, items, soon())
			if err != nil {
				t.Error(err)
			}
			ready <- r
		}()
		s := items[i].Socket
		if sent, err := s.Send(bg, SendRequest{Data: []byte("x"), To: info(t, s).Local}, soon()); err != nil || !sent.Outcome.OK() {
			t.Fatalf("%+v, %v", sent, err)
		}
		if r := <-ready; len(r) != 1 || r[0].Index != i || !r[0].Readable {
			t.Errorf("%d: %+v", i, r)
		}
		receive(t, s, ReceiveRequest{Max: 1}, soon())
	}
}
