//go:build linux

package rpc

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// What waits is charged by what it keeps alive, which is little more than itself,
// however little of a message is left to apply; and it comes out as it went in.
func TestBacklogIsChargedForWhatItKeeps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budget := sock.NewBudget(rapid.Int64Range(0, 1<<18).Draw(t, "budget"))
		var b backlog
		var want, got []byte
		var doing job
		take := func() bool {
			j, ok := b.pop(doing, budget)
			doing = j
			got = append(got, j.data...)
			return ok
		}
		start := false
		for i := range rapid.IntRange(1, 100).Draw(t, "messages") {
			if start && rapid.IntRange(0, 3).Draw(t, "take") == 0 {
				start = take()
				continue
			}
			message := bytes.Repeat([]byte{byte(i)}, rapid.SampledFrom([]int{1, 20, 1000, 32000, 1 << 16, 1 << 20}).Draw(t, "message"))
			rest := message[rapid.SampledFrom([]int{0, len(message) / 3, len(message) * 9 / 10, len(message) - 1}).Draw(t, "skip"):]
			want = append(want, rest...)
			before := budget.Used()
			first, ok := b.push(job{data: rest, array: cap(message)}, budget)
			if !ok || first == start {
				t.Fatalf("accepted %v, to be started %v while one runs %v", ok, first, start)
			}
			start = true
			if over := budget.Used() > budget.Max(); over && budget.Used() > before && !b.beyond {
				t.Fatalf("%d of %d used, and nobody is to wait", budget.Used(), budget.Max())
			}
			kept := int64(0)
			for _, j := range append(b.jobs[:len(b.jobs):len(b.jobs)], doing) {
				if cap(j.data) > j.array || j.array > max(2*len(j.data)+1, mergeable) {
					t.Fatalf("%d bytes with room for %d in an array of %d", len(j.data), cap(j.data), j.array)
				}
				kept += int64(j.array)
			}
			if b.charged != kept || budget.Used() != kept || b.size != int64(len(want)-len(got)+len(doing.data)) {
				t.Fatalf("%d charged, %d used, %d kept; %d bytes", b.charged, budget.Used(), kept, b.size)
			}
		}
		for start {
			start = take()
		}
		if !bytes.Equal(got, want) || budget.Used() != 0 || b.size != 0 {
			t.Fatalf("got %d bytes of %d; %d used", len(got), len(want), budget.Used())
		}
	})
}

// Control messages cost something even without bytes.
func TestDatagramJobsAreChargedForControl(t *testing.T) {
	d := &farsockv1.Datagram{Data: make([]byte, 10)}
	for range 16 {
		d.Control = append(d.Control, &farsockv1.ControlMessage{})
	}
	j := job{datagrams: []*farsockv1.Datagram{d, d}}
	if j.size() != 2*(10+512) || j.cost() != 2*(10+512+16*controlOverhead) {
		t.Errorf("size %d, cost %d", j.size(), j.cost())
	}
}
