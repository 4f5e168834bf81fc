//go:build linux

package rpc

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// A client is given up once one send has lasted for as long as it may: not when
// many together have, and not while there is nothing to send.
func TestOutboxStalls(t *testing.T) {
	const patience = time.Minute
	synctest.Test(t, func(t *testing.T) {
		var lasts time.Duration
		stalled := make(chan time.Time, 2)
		o := newOutbox(func(*farsockv1.StreamResponse) error { time.Sleep(lasts); return nil }, func(f func()) { go f() }, patience, func() { stalled <- time.Now() })
		defer o.close()
		send := func(d time.Duration) {
			t.Helper()
			lasts = d
			if err := o.deliver(t.Context().Done(), &farsockv1.StreamResponse{}); err != nil {
				t.Fatal(err)
			}
			if err := o.report(t.Context().Done(), &farsockv1.Applied{}); err != nil {
				t.Fatal(err)
			}
			if err := o.settled(t.Context().Done()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		for range 10 {
			send(patience - time.Second)
			time.Sleep(3 * patience)
		}
		if len(stalled) > 0 {
			t.Fatalf("stalled at %v", <-stalled)
		}
		begin := time.Now()
		send(patience + time.Second)
		if len(stalled) == 0 {
			t.Fatal("never stalled")
		}
		if at := <-stalled; !at.Equal(begin.Add(patience)) {
			t.Errorf("began at %v, stalled at %v", begin, at)
		}
	})
}

// Who reports progress goes on at once, also while nothing can be sent; what
// gathers meanwhile is one report, and whoever waits for it learns why there is
// none.
func TestReportsNeverWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate, failure := make(chan struct{}), errors.New("broken")
		var offsets, refused []int64
		o := newOutbox(func(m *farsockv1.StreamResponse) error {
			<-gate
			offsets = append(offsets, m.GetApplied().GetOffset())
			for _, r := range m.GetApplied().GetRefused() {
				refused = append(refused, r.GetOffset())
			}
			if m.GetApplied().GetOffset() == 99 {
				return failure
			}
			return nil
		}, func(f func()) { go f() }, time.Hour, func() { t.Error("stalled") })
		defer o.close()
		report := func(offset int64) {
			t.Helper()
			if err := o.report(t.Context().Done(), &farsockv1.Applied{Offset: offset, Refused: []*farsockv1.RefusedDatagram{{Offset: offset}}}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		report(1)
		report(2)
		report(3)
		ended := make(chan struct{})
		close(ended)
		if err := o.settled(ended); err != errStreamOver {
			t.Errorf("settled while nothing is sent: %v", err)
		}
		close(gate)
		if err := o.settled(t.Context().Done()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(offsets, []int64{1, 3}) || !slices.Equal(refused, []int64{1, 2, 3}) {
			t.Errorf("reported %v, refused %v", offsets, refused)
		}
		report(99)
		if err := o.report(t.Context().Done(), &farsockv1.Applied{}); err != failure {
			t.Errorf("after an error: %v", err)
		}
		if err := o.settled(t.Context().Done()); err != failure {
			t.Errorf("settled after an error: %v", err)
		}
	})
}
