//go:build linux

package rpc_test

import (
	"flag"
	"slices"
	"strconv"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

var holders = []string{"ann", "bob", "cy"}

// However streams of several clients are cut, resumed, taken over, stolen, and
// mixed with unary calls, every byte arrives once and in order, and every
// answer is the one that the contract has.
func TestResumeModel(t *testing.T) {
	h := newHarness(t)
	all, err := newWorlds(h, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{worldTCP, worldUnix, worldUDP, worldPacket} {
		t.Run(kind, func(t *testing.T) {
			checks(t, modelSequences/4)
			rapid.Check(t, func(r *rapid.T) {
				w := all.enter(r, kind)
				defer w.leave()
				for i := range rapid.IntRange(4, 30).Draw(r, "steps") {
					w.step(r, i)
					if rapid.IntRange(0, 3).Draw(r, "settle") > 0 {
						w.settle()
					}
				}
				w.finish(rapid.Bool().Draw(r, "unread at the end"))
			})
		})
	}
}

// checks sets rapid's number of checks for one test, unless the command line or
// the environment did.
func checks(t *testing.T, n int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	before := f.Value.String()
	if before != "100" {
		return
	}
	if testing.Short() {
		n = max(1, n/5)
	}
	if err := flag.Set("rapid.checks", strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set("rapid.checks", before) })
}

// step does one thing that is possible now. What is drawn, and from how many,
// hangs on what was drawn before and never on what has come of it so far, so
// that a seed gives one sequence.
func (w *world) step(r *rapid.T, i int) {
	m := w.m
	var can []string
	add := func(weight int, what string, when bool) {
		for range weight {
			if when {
				can = append(can, what)
			}
		}
	}
	streaming := m.attached && !m.leaving
	add(5, "peer writes", len(m.how) == 0 && m.wrote < w.unit(100_000, 70)) // what the kernel keeps
	add(4, "data", streaming)
	add(3, "resume", true)
	add(4, "ack", streaming && m.manual)
	add(3, "cut", streaming)
	add(3, "attach", true)
	add(2, "overlap", streaming && !w.peer.stalled())
	add(1, "gap", streaming && !w.peer.stalled())
	add(1, "bad ack", streaming && (m.manual || !w.peer.stalled())) // else data may stand before it
	add(1, "close write", streaming && !w.peer.stalled())
	add(1, "peer ends", len(m.how) == 0 && w.kind != worldUDP)
	add(1, "peer stalls", !w.gone && w.kind != worldUDP)
	add(1, "peer resets", w.kind == worldTCP && !w.gone)
	add(1, "pause", streaming)
	add(1, "unary send", !w.gone && !w.peer.stalled() && !m.tight)
	add(1, "unary receive", len(m.how) == 0 && !m.tight)
	add(1, "impatient receive", len(m.how) == 0 && !m.datagrams && !m.tight)
	add(1, "unary ack", true)
	// rapid likes the first ones best: let them be others each time.
	i = i * 7 % len(can)
	what := rapid.SampledFrom(slices.Concat(can[i:], can[:i])).Draw(r, "what")
	switch what {
	case "resume":
		w.resume(r)
	case "attach":
		w.attach(w.anyAttach(r))
	case "cut":
		w.cut()
	case "data":
		w.data(m.planned, m.planned+w.amount(r))
	case "overlap":
		w.settleSending()
		if m.attached {
			from := max(0, m.planned-rapid.Int64Range(1, w.unit(3000, 5)).Draw(r, "back"))
			w.data(from, from+w.amount(r))
		}
	case "gap":
		w.data(m.planned+rapid.Int64Range(1, 3).Draw(r, "gap"), m.planned+3+w.amount(r))
	case "ack":
		st, _, _ := w.live.state()
		w.ack(between(r, "to", m.acked.lo, max(m.acked.lo, st.got)))
	case "bad ack":
		w.ack(rapid.SampledFrom([]int64{-1, m.read.hi + 1, m.wrote + 1000}).Draw(r, "to"))
	case "close write":
		w.closeWrite(m.planned + rapid.SampledFrom([]int64{0, 0, 0, 1, -1}).Draw(r, "nudge"))
	case "pause":
		w.paused = !w.paused
		w.live.pause(w.paused)
	case "peer writes":
		w.peerWrites(w.amount(r))
	case "peer ends":
		w.peerEnds(false)
	case "peer resets":
		w.peerEnds(true)
	case "peer stalls":
		w.must(w.peer.stall(!w.peer.stalled()))
	case "unary send":
		w.left()
		from := m.applied.lo + rapid.Int64Range(-3, 1).Draw(r, "nudge")
		w.unarySend(rapid.SampledFrom(append([]string{""}, holders...)).Draw(r, "holder"), from, from+w.amount(r))
	case "unary receive":
		w.left()
		var at *int64
		if rapid.Bool().Draw(r, "manual") {
			at = proto.Int64(between(r, "at", m.acked.lo, m.read.lo) + nudge(r))
		}
		w.unaryReceive(at, w.amount(r))
	case "impatient receive":
		w.left()
		if !m.attached {
			w.elapsed(200_000)
			w.m.read.widen(m.wrote)
			w.seen()
		}
	case "unary ack":
		w.left()
		w.unaryAck(between(r, "to", m.acked.lo, m.read.hi) + nudge(r))
	}
}

// between is an offset from lo to hi.
func between(r *rapid.T, what string, lo, hi int64) int64 {
	return lo + (hi-lo)*rapid.SampledFrom([]int64{0, 12, 11, 6, 3, 9, 1}).Draw(r, what)/12
}

// nudge is 0 more often than not.
func nudge(r *rapid.T) int64 {
	return rapid.SampledFrom([]int64{0, 0, 0, 1, -1}).Draw(r, "nudge")
}

func (w *world) unit(bytes, items int64) int64 {
	if w.m.datagrams {
		return items
	}
	return bytes
}

func (w *world) amount(r *rapid.T) int64 {
	return rapid.OneOf(
		rapid.Int64Range(1, w.unit(5, 3)),
		rapid.Int64Range(1, w.unit(3000, 8)),
		rapid.Int64Range(1, w.unit(40000, 20)),
	).Draw(r, "amount")
}

// resume is what a client in order does: it goes on from what it knows.
func (w *world) resume(r *rapid.T) {
	m := w.m
	a := &farsockv1.Attach{Holder: m.holder, Epoch: m.epoch + 1, Ack: manual}
	if a.Holder == "" {
		a.Holder = holders[0]
	}
	if rapid.Bool().Draw(r, "small window") {
		a.Window = proto.Int32(rapid.SampledFrom([]int32{4096, 5000, 10000}).Draw(r, "window"))
	}
	if w.live != nil && rapid.Bool().Draw(r, "tells") {
		// Perhaps less than what came: the client has lost some of it.
		st, _, _ := w.live.state()
		a.ReceiveFrom = proto.Int64(between(r, "receive from", min(m.acked.hi, st.got), max(m.acked.hi, st.got)))
		if m.holder == w.live.holder {
			a.SendFrom = proto.Int64(between(r, "send from", min(m.floor, st.applied), st.applied))
		}
	}
	w.attach(a)
}

// anyAttach is at one of the contract's edges, or beyond.
func (w *world) anyAttach(r *rapid.T) *farsockv1.Attach {
	m := w.m
	a := &farsockv1.Attach{
		Holder: rapid.SampledFrom(holders).Draw(r, "holder"),
		Epoch:  max(0, m.epoch+rapid.Int64Range(-1, 2).Draw(r, "epoch")),
		Steal:  rapid.Bool().Draw(r, "steal"),
		Ack:    rapid.SampledFrom([]farsockv1.AckMode{0, 1, manual, manual}).Draw(r, "ack"),
	}
	if rapid.IntRange(0, 2).Draw(r, "receive from?") == 0 {
		edges := []int64{m.acked.lo, m.acked.hi, m.read.lo, m.read.hi}
		a.ReceiveFrom = proto.Int64(max(0, rapid.SampledFrom(edges).Draw(r, "receive from")+nudge(r)))
	}
	if rapid.IntRange(0, 2).Draw(r, "send from?") == 0 {
		edges := []int64{m.applied.lo, m.applied.hi, m.planned}
		for _, x := range m.writers {
			edges = append(edges, x.begin)
		}
		which := rapid.IntRange(0, 11).Draw(r, "send from")
		a.SendFrom = proto.Int64(max(0, edges[which%len(edges)]+nudge(r)))
	}
	if rapid.IntRange(0, 3).Draw(r, "window?") == 0 {
		a.Window = proto.Int32(rapid.SampledFrom([]int32{4095, 4096, 4097, 1 << 20}).Draw(r, "window"))
	}
	return a
}
