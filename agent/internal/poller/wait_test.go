//go:build linux

package poller

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// receive is what a user does: try, wait, try again.
func receive(ctx context.Context, d *Desc) error {
	for {
		mark := d.Mark()
		err := read1(d)
		if err != unix.EAGAIN {
			return err
		}
		if err := d.Wait(ctx, Interest{Events: Readable, Mark: mark}); err != nil {
			return err
		}
	}
}

func TestConditions(t *testing.T) {
	p := newPoller(t)
	tests := []struct {
		name  string
		event Events
		make  func(peer int)
	}{
		{"readable", Readable, func(peer int) { write(t, peer, "x") }},
		{"writable", Writable, func(int) {}},
		{"end", Readable, func(peer int) { unix.Shutdown(peer, unix.SHUT_WR) }},
		{"hang-up reaches a writer", Writable, func(peer int) { unix.Shutdown(peer, unix.SHUT_RDWR) }},
		{"hang-up reaches an urgent waiter", Urgent, func(peer int) { unix.Shutdown(peer, unix.SHUT_RDWR) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, peer := pair(t, p)
			defer d.Close(context.Background())
			done := make(chan error, 1)
			go func() { done <- d.Wait(within(t), Interest{Events: test.event}) }()
			if test.event != Writable {
				queued(t, d, 1)
			}
			test.make(peer)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestUrgent(t *testing.T) {
	p := newPoller(t)
	d, peer := tcpPair(t, p)
	done := make(chan error, 1)
	go func() { done <- d.Wait(within(t), Interest{Events: Urgent}) }()
	queued(t, d, 1)
	if err := unix.Sendto(peer, []byte("!"), unix.MSG_OOB, nil); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestEveryWaiterHasItsTurn(t *testing.T) {
	p := newPoller(t)
	d, peer := pair(t, p)
	const n = 5
	turns := make(chan int, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := d.Wait(within(t), Interest{Events: Readable}); err != nil {
				t.Error(err)
			}
			// The byte is there throughout: all get their turn.
			turns <- i
		})
		queued(t, d, i+1)
	}
	write(t, peer, "x")
	wg.Wait()
	close(turns)
	got := 0
	for range turns {
		got++
	}
	if got != n {
		t.Fatalf("%d of %d waiters had their turn", got, n)
	}
}

func TestCancelledHeadLosesNothing(t *testing.T) {
	p := newPoller(t)
	for range 200 {
		d, peer := pair(t, p)
		first, cancel := context.WithCancel(within(t))
		firstDone, secondDone := make(chan error, 1), make(chan error, 1)
		go func() { firstDone <- receive(first, d) }()
		queued(t, d, 1)
		go func() { secondDone <- receive(within(t), d) }()
		queued(t, d, 2)
		go cancel()
		write(t, peer, "x")
		if err := <-firstDone; err == nil {
			write(t, peer, "y") // the first was quicker than its cancel
		} else if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err := <-secondDone; err != nil {
			t.Fatalf("second: %v", err)
		}
		d.Close(context.Background())
	}
}

func TestObserversStealNothing(t *testing.T) {
	p := newPoller(t)
	d, peer := pair(t, p)
	other, _ := pair(t, p)
	seen := make(chan error, 3)
	for range 3 {
		go func() {
			seen <- WaitAny(within(t), []Interest{{Desc: other, Events: Readable}, {Desc: d, Events: Readable}})
		}()
	}
	queued(t, d, 3)
	got := make(chan error, 1)
	go func() { got <- receive(within(t), d) }()
	queued(t, d, 4)
	write(t, peer, "x")
	for range 3 {
		if err := <-seen; err != nil {
			t.Fatal(err)
		}
	}
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	queued(t, other, 0)
}

func TestSignal(t *testing.T) {
	p := newPoller(t)
	d, _ := pair(t, p)
	done := make(chan error, 1)
	go func() { done <- d.Wait(within(t), Interest{Events: Readable, Mark: d.Mark()}) }()
	queued(t, d, 1)
	old := d.Mark()
	d.Signal(Readable)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	// An old mark does not wait at all.
	if err := d.Wait(within(t), Interest{Events: Readable, Mark: old}); err != nil {
		t.Fatal(err)
	}
	if err := WaitAny(within(t), []Interest{{Desc: d, Events: Readable, Mark: old}}); err != nil {
		t.Fatal(err)
	}
}

func TestWaitAnyEnds(t *testing.T) {
	p := newPoller(t)
	d, peer := pair(t, p)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := WaitAny(ctx, []Interest{{Desc: d, Events: Readable}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	queued(t, d, 0)
	done := make(chan error, 1)
	go func() { done <- WaitAny(within(t), []Interest{{Desc: d}}) }()
	queued(t, d, 1)
	unix.Shutdown(peer, unix.SHUT_RDWR)
	if err := <-done; err != nil {
		t.Fatalf("hang-up with no events asked for: %v", err)
	}
}
