//go:build linux

package sock

import (
	"bytes"
	"runtime"
	"testing"

	"pgregory.net/rapid"
)

// However bytes come and go they are what a plain slice would hold, views of them
// stay as they are, and what is charged is what the arrays take.
func TestHeldChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env := &Env{Window: 1 << 18, Budget: NewBudget(rapid.SampledFrom([]int64{0, 1 << 14, 1 << 16, 1 << 22}).Draw(t, "budget"))}
		var r receiving
		var want []byte
		var views, were [][]byte
		next := byte(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0, 1:
				room := min(env.window()-r.held.len, rapid.SampledFrom([]int{1, 2048, 16320, 65536, 1 << 18}).Draw(t, "room"))
				if room == 0 {
					continue
				}
				b, err := r.space(env, room, rapid.IntRange(0, room).Draw(t, "waiting"), rapid.Bool().Draw(t, "whole"))
				if err != nil {
					if room = min(room, alwaysHeld-r.held.len); room <= 0 {
						continue
					}
					b = r.spaceBeyond(env, room)
				}
				if len(b) == 0 || len(b) > room {
					t.Fatalf("%d of %d", len(b), room)
				}
				n := rapid.IntRange(0, len(b)).Draw(t, "read")
				for i := range b[:n] {
					b[i] = next
					next++
				}
				r.held.fill(n)
				r.read += int64(n)
				want = append(want, b[:n]...)
				r.settle(env)
			case 2:
				n := rapid.IntRange(0, len(want)).Draw(t, "drop")
				r.drop(env, r.acked+int64(n))
				want = want[n:]
			case 3:
				at := rapid.IntRange(0, len(want)).Draw(t, "at")
				v := r.held.view(at)
				r.recharge(env)
				if !bytes.Equal(v, want[at:]) {
					t.Fatal("the view is another")
				}
				views, were = append(views, v), append(were, bytes.Clone(v))
			case 4:
				at := rapid.IntRange(0, len(want)).Draw(t, "at")
				n := rapid.IntRange(0, len(want)-at).Draw(t, "n")
				piece := r.held.piece(at, n)
				if n > 0 && len(piece) == 0 || !bytes.HasPrefix(want[at:], piece) || !bytes.Equal(r.held.copied(at, n), want[at:at+n]) {
					t.Fatal("the piece is another")
				}
				views, were = append(views, piece), append(were, bytes.Clone(piece))
			}
			arrays := int64(0)
			for i, c := range r.held.list {
				if len(c.b) == 0 || cap(c.b) > c.size || i > 0 && cap(c.b) != c.size {
					t.Fatalf("%d bytes, room for %d, of %d", len(c.b), cap(c.b), c.size)
				}
				arrays += int64(c.size)
			}
			if r.charged != arrays || env.Budget.Used() != arrays || r.held.len != len(want) || !bytes.Equal(r.held.copied(0, len(want)), want) {
				t.Fatalf("%d charged, %d used, %d in arrays; %d held, want %d", r.charged, env.Budget.Used(), arrays, r.held.len, len(want))
			}
		}
		for i := range views {
			if !bytes.Equal(views[i], were[i]) {
				t.Fatal("a view has changed")
			}
		}
		if r.close(env); env.Budget.Used() != 0 {
			t.Fatalf("%d are still charged", env.Budget.Used())
		}
	})
}

// allocated is how many bytes f takes from the heap, again or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Small acks at a full window cost what they let in, and not what is held.
func TestSmallAcksAtAFullWindow(t *testing.T) {
	const window, acks = 1 << 20, 1 << 16
	for _, whole := range []bool{false, true} {
		env := &Env{Budget: NewBudget(4 * window), Window: window}
		var r receiving
		read := func(n int) {
			for n > 0 {
				b, err := r.space(env, n, n, whole)
				if err != nil {
					t.Fatal(err)
				}
				r.held.fill(len(b))
				r.read += int64(len(b))
				n -= len(b)
				r.settle(env)
			}
		}
		read(window)
		most := int64(0)
		took := allocated(func() {
			for range acks {
				r.drop(env, r.acked+1)
				read(1)
				most = max(most, r.charged)
			}
		})
		t.Logf("whole %v: %d bytes allocated for %d acks of one, at most %d charged", whole, took, acks, most)
		if took > 4*window || most > 2*window {
			t.Errorf("whole %v: %d bytes allocated, %d charged", whole, took, most)
		}
		r.close(env)
	}
}

// So do small acks of datagrams.
func TestSmallAcksOfManyDatagrams(t *testing.T) {
	const items = 2000 // a window of them
	env := &Env{Budget: NewBudget(1 << 30)}
	var r receiving
	add := func(n int) {
		for range n {
			m := Message{Data: []byte{1}}
			r.charged += cost(m)
			env.Budget.Force(cost(m))
			r.add(m)
		}
	}
	add(items)
	took := allocated(func() {
		for range 10 * items {
			r.drop(env, r.acked+1)
			add(1)
		}
	})
	if each := took / (10 * items); each > 2048 {
		t.Errorf("%d bytes allocated for each", each)
	}
	if r.bytes() != items || r.charged != items*(1+messageCost) || env.Budget.Used() != r.charged {
		t.Errorf("%d bytes, %d charged, %d used", r.bytes(), r.charged, env.Budget.Used())
	}
	for i, m := range r.msgs {
		if m.Offset != r.acked+int64(i) {
			t.Fatalf("item %d is number %d", i, m.Offset)
		}
	}
	r.drop(env, r.read)
	if env.Budget.Used() != 0 || r.bytes() != 0 {
		t.Errorf("%d still charged", env.Budget.Used())
	}
}
