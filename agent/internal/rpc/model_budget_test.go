//go:build linux

package rpc_test

import (
	"testing"

	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// tightBudget is less than the windows of the sockets that share it.
const tightBudget = 150_000

// However sockets share a budget that is too small for them, each goes on whose
// client acknowledges, and nothing is lost or repeated.
func TestBudgetModel(t *testing.T) {
	h := newHarness(t, withBudget(tightBudget))
	all, err := newWorlds(h, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	checks(t, modelSequences/4)
	rapid.Check(t, func(r *rapid.T) {
		var here []*world
		for range 3 {
			w := all.enter(r, rapid.SampledFrom([]string{worldTCP, worldUnix, worldUDP}).Draw(r, "kind"))
			defer w.leave()
			w.m.tight = true
			here = append(here, w)
		}
		for i := range rapid.IntRange(10, 40).Draw(r, "steps") {
			w := here[i%len(here)]
			w.step(r, i)
			if rapid.IntRange(0, 3).Draw(r, "settle") > 0 {
				w.settle()
			}
		}
		for _, w := range here {
			w.drain()
			w.finish(false)
		}
	})
	waitFor(t, "the budget is free again", func() bool { return h.env.Budget.Used() == 0 })
}

// drain receives everything that the peer wrote, as a client in order does.
func (w *world) drain() {
	w.Helper()
	w.must(w.peer.stall(false))
	w.on("last", steal)
	for w.m.acked.hi < w.m.wrote {
		w.settle()
		st, _, _ := w.live.state()
		w.ack(st.got)
	}
	w.settle()
}

// A stream whose socket holds some already waits for the budget, and goes on when
// another gives back.
func TestRoomInTheBudgetComesRound(t *testing.T) {
	h := newHarness(t, withBudget(tightBudget))
	all, err := newWorlds(h, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	greedy, waiting := all.enter(t, worldTCP), all.enter(t, worldTCP)
	defer greedy.leave()
	defer waiting.leave()
	greedy.m.tight, waiting.m.tight = true, true
	greedy.peerWrites(tightBudget)
	greedy.on("ann")
	greedy.poll("it holds what the budget has", func(s *farsockv1.Socket) bool { return s.GetHeldBytes() > tightBudget/2 })
	waiting.peerWrites(tightBudget / 2)
	waiting.on("bob")
	waiting.settle()
	if st, _, _ := waiting.live.state(); st.got == tightBudget/2 {
		t.Fatal("it had no need to wait")
	}
	greedy.drain()
	got, err := waiting.live.await(func(st wireState) bool { return st.got == tightBudget/2 })
	if err != nil {
		t.Fatalf("got %d: %v", got.got, err)
	}
	waiting.drain()
	greedy.finish(false)
	waiting.finish(false)
}
