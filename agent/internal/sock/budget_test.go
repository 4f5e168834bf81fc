//go:build linux

package sock

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
)

// called says whether w was woken.
func called(w *roomWaiter) bool {
	select {
	case <-w.ready:
		return true
	default:
		return false
	}
}

// Give wakes as many as there is room for, in their order, and nobody in vain.
func TestBudgetWakes(t *testing.T) {
	b := NewBudget(10)
	if err := b.Take(10); err != nil {
		t.Fatal(err)
	}
	one, two, three := b.await(4), b.await(5), b.await(4)
	b.Force(5)
	if b.Used() != 15 || b.Take(1) == nil {
		t.Errorf("used %d", b.Used())
	}
	b.Give(5)
	if called(one) || called(two) || called(three) {
		t.Error("woken without room")
	}
	b.Give(8)
	if !called(one) || called(two) || called(three) {
		t.Error("room for the first, and then not for the second, whom nobody overtakes")
	}
	b.leave(one) // without having taken any
	if !called(two) || called(three) {
		t.Error("the room that the first left is the second's")
	}
	if err := b.Take(5); err != nil {
		t.Error(err)
	}
	b.leave(two)
	if called(three) {
		t.Error("woken with room for less than it wants")
	}
	b.Give(1)
	if !called(three) {
		t.Error("there is room for the third")
	}
	b.leave(three)
	gone, behind := b.await(6), b.await(4)
	b.leave(gone)
	if called(gone) || !called(behind) {
		t.Error("who leaves stands in nobody's way")
	}
	b.leave(behind)
	b.Give(6)
	if called(gone) || b.Used() != 0 {
		t.Errorf("woken %v after it left; used %d", called(gone), b.Used())
	}
}

// However many wait for however much, all get it.
func TestBudgetWakesAll(t *testing.T) {
	const most, rounds = 10, 200
	b := NewBudget(most)
	var wg sync.WaitGroup
	for n := range int64(50) {
		wg.Go(func() {
			want := n%most + 1
			for range rounds {
				for b.Take(want) != nil {
					w := b.await(want)
					if b.Take(want) == nil {
						b.leave(w)
						break
					}
					<-w.ready
					got := b.Take(want) == nil
					b.leave(w)
					if got {
						break
					}
				}
				b.Give(want)
			}
		})
	}
	wg.Wait()
	if b.Used() != 0 || b.awaited.Load() {
		t.Errorf("used %d, awaited %v", b.Used(), b.awaited.Load())
	}
}

// full is a manual attachment whose peer has sent data, and a budget that others
// have taken all of.
func full(t *testing.T, data []byte) *Attachment {
	t.Helper()
	const budget = 1 << 16
	env := newEnv(t)
	env.Budget = NewBudget(budget)
	s, c := connected(t, env)
	say(t, c, string(data))
	arrived(t, s, len(data))
	if err := env.Budget.Take(budget); err != nil {
		t.Fatal(err)
	}
	return attach(t, s, AttachRequest{Manual: true})
}

// With the budget full a stream that holds nothing still goes on, by pieces.
func TestManualGoesOnWithoutBudget(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 2000)
	a := full(t, data)
	budget := a.s.env.Budget
	for at := 0; at < len(data); {
		chunk, err := a.Read(bg, 1<<20)
		if err != nil || chunk.Offset != int64(at) || len(chunk.Data) == 0 || len(chunk.Data) > 4096 {
			t.Fatalf("got %d bytes at %d, %v", len(chunk.Data), chunk.Offset, err)
		}
		at += len(chunk.Data)
		if budget.Used() > budget.Max()+4096 {
			t.Fatalf("%d bytes taken", budget.Used())
		}
		if err := a.Ack(int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	budget.Give(budget.Max())
}

// One that holds something waits, and goes on when there is room.
func TestManualWaitsForTheBudget(t *testing.T) {
	rows := []struct {
		name string
		wake func(*Attachment, context.CancelFunc) error
		want error
	}{
		{"given back", func(a *Attachment, _ context.CancelFunc) error { a.s.env.Budget.Give(1 << 15); return nil }, nil},
		{"acknowledged", func(a *Attachment, _ context.CancelFunc) error { return a.Ack(a.ReceiveBegin()) }, nil},
		{"cancelled", func(_ *Attachment, cancel context.CancelFunc) error { cancel(); return nil }, context.Canceled},
		{"taken over", func(a *Attachment, _ context.CancelFunc) error { a.end(ErrFenced); return nil }, ErrFenced},
		{"closed", func(a *Attachment, _ context.CancelFunc) error { _, err := a.s.Close(bg, false); return err }, ErrClosed},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			a := full(t, make([]byte, 20000))
			budget := a.s.env.Budget
			a.read(t, string(make([]byte, 4096)))
			ctx, cancel := context.WithCancel(bg)
			defer cancel()
			got := make(chan error, 1)
			go func() {
				_, err := a.Read(ctx, 100)
				got <- err
			}()
			until(t, func() bool { return budget.awaited.Load() })
			if err := row.wake(a, cancel); err != nil {
				t.Fatal(err)
			}
			if err := <-got; !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			a.s.Close(bg, false)
			budget.Give(budget.Used())
		})
	}
}
