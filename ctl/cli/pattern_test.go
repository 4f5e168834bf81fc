package cli

import (
	"io"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What is written about the pattern is how it is made.
func TestPatternIsAsDescribed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, k := rapid.Uint32().Draw(t, "seed"), rapid.Int64Range(0, 1<<34).Draw(t, "k")
		word := (uint64(k)*2654435761 + uint64(seed)) % (1 << 32)
		for i := range int64(4) {
			if got, want := patternByte(seed, 4*k+i), byte(word>>(24-8*i)); got != want {
				t.Fatalf("byte %d of word %d is %#x, not %#x", i, k, got, want)
			}
		}
	})
}

// However the pattern is cut, it is the pattern; one byte that is changed, taken
// out or put in is found at its place or soon after it.
func TestPatternDiffers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint32().Draw(t, "seed")
		whole := make([]byte, rapid.IntRange(64, 5000).Draw(t, "size"))
		if _, err := io.ReadFull(&pattern{seed: seed}, whole); err != nil {
			t.Fatal(err)
		}
		c := &pattern{seed: seed}
		for rest := whole; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "part")
			if at := c.differs(rest[:n]); at >= 0 {
				t.Fatalf("differs at %d", c.offset+int64(at))
			}
			rest = rest[n:]
		}
		at := rapid.IntRange(0, len(whole)-40).Draw(t, "at")
		changed := append([]byte(nil), whole...)
		changed[at] ^= rapid.ByteRange(1, 255).Draw(t, "by")
		if got := (&pattern{seed: seed}).differs(changed); got != at {
			t.Fatalf("a change at %d was found at %d", at, got)
		}
		without := append(append([]byte(nil), whole[:at]...), whole[at+1:]...)
		if got := (&pattern{seed: seed}).differs(without); got < at || got > at+39 {
			t.Fatalf("a gap at %d was found at %d", at, got)
		}
	})
}

func TestBudget(t *testing.T) {
	for _, c := range []struct {
		wait waitFlag
		past time.Duration
		left time.Duration // -1: no bound
		over bool
	}{
		{waitFlag{said: true, forever: true}, time.Hour, -1, false},
		{waitFlag{said: true}, 0, 0, true},
		{waitFlag{said: true, d: -time.Second}, 0, -time.Second, false}, // for the agent to refuse
		{waitFlag{said: true, d: time.Hour}, time.Hour, time.Millisecond, true},
		{waitFlag{said: true, d: time.Hour}, 2 * time.Hour, time.Millisecond, true},
	} {
		b := budget{c.wait, time.Now().Add(-c.past)}
		left := b.left()
		if (left == nil) != (c.left < 0 && !c.over && c.wait.forever) || left != nil && left.AsDuration() != c.left || b.over() != c.over {
			t.Errorf("%v after %v: %v, %v", c.wait, c.past, left, b.over())
		}
		if most := b.atMost(time.Second).AsDuration(); most > time.Second {
			t.Errorf("%v", most)
		}
	}
	b := budget{waitFlag{}, time.Now().Add(-10 * time.Second)}
	if left := b.left().AsDuration(); left < 15*time.Second || left > 20*time.Second || b.over() {
		t.Errorf("of 30s after 10s: %v", left)
	}
}
