//go:build linux

package rpc

import (
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
		o := newOutbox(func(*farsockv1.StreamResponse) error { time.Sleep(lasts); return nil }, patience, func() { stalled <- time.Now() })
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
