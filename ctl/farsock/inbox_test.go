package farsock

import (
	"testing"

	"pgregory.net/rapid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Whatever is told, read, given back and cut, in any order: bytes come once and
// in order, and only what a reader has come back from is acknowledged, never
// more than the present Stream has told.
func TestInbox(t *testing.T) {
	content := func(at int64) byte { return byte(at*7 + at>>8) }
	rapid.Check(t, func(t *rapid.T) {
		var b inbox
		begin := rapid.Int64Range(0, 1<<40).Draw(t, "begin")
		if err := b.start(begin, true); err != nil {
			t.Fatal(err)
		}
		read, settled, acked := begin, begin, begin
		lastRead := 0
		t.Repeat(map[string]func(*rapid.T){
			"tell": func(t *rapid.T) {
				m := &farsockv1.StreamReceive{Offset: b.told}
				for range rapid.IntRange(1, 40_000).Draw(t, "n") {
					m.Data = append(m.Data, content(m.Offset+int64(len(m.Data))))
				}
				if err := b.deliver(m); err != nil {
					t.Fatal(err)
				}
			},
			"gap": func(t *rapid.T) {
				off := rapid.SampledFrom([]int64{-1, 1, 1000}).Draw(t, "off")
				if b.deliver(&farsockv1.StreamReceive{Offset: b.told + off, Data: []byte("x")}) == nil {
					t.Fatal("accepted what does not follow")
				}
			},
			"read": func(t *rapid.T) {
				b.settle()
				settled, lastRead = read, 0
				to := make([]byte, rapid.IntRange(1, 30_000).Draw(t, "n"))
				n, _, err, ok := b.take(to)
				if ok != (b.end > read) || err != nil {
					t.Fatalf("take = %d, %v, %v; %d of %d read", n, err, ok, read, b.end)
				}
				for _, c := range to[:n] {
					if c != content(read) {
						t.Fatalf("at %d: %d, want %d", read, c, content(read))
					}
					read++
				}
				lastRead = n
			},
			"unread": func(t *rapid.T) {
				n := rapid.IntRange(0, 2*lastRead+1).Draw(t, "n")
				if b.untake(n) != (n <= lastRead) {
					t.Fatalf("untake(%d) after %d", n, lastRead)
				}
				if n <= lastRead {
					read, lastRead = read-int64(n), lastRead-n
				}
			},
			"hurry": func(t *rapid.T) { b.now = b.settled > b.acked },
			"ack": func(t *rapid.T) {
				offset, due := b.dueAck()
				if !due {
					if (b.now || b.settledCost-b.ackedCost >= ackEvery) && min(settled, b.told) > acked {
						t.Fatal("much was read and is not acknowledged")
					}
					return
				}
				if offset <= acked || offset > settled || offset > b.told {
					t.Fatalf("acknowledges %d: %d before, %d settled, %d told", offset, acked, settled, b.told)
				}
				b.ack(offset)
				acked = offset
			},
			"cut": func(t *rapid.T) {
				asked := b.ask()
				if asked != settled {
					t.Fatalf("asks for %d, settled %d", asked, settled)
				}
				if rapid.Bool().Draw(t, "meanwhile") { // the reader comes back before the answer
					b.settle()
					settled, lastRead = read, 0
				}
				if b.start(asked+1, false) == nil {
					t.Fatal("accepted another beginning than was asked for")
				}
				if err := b.start(asked, false); err != nil {
					t.Fatal(err)
				}
				acked = asked
			},
			"": func(t *rapid.T) {
				if b.taken != read || b.settled != settled || b.settled > b.taken || b.taken > b.end || b.told > b.end {
					t.Fatalf("%+v, read %d, settled %d", b, read, settled)
				}
				charged := 0
				for _, i := range b.items {
					charged += i.charge()
				}
				if charged != b.charged || int64(charged) != b.end-b.taken {
					t.Fatalf("charged %d, items cost %d, %d lie here", b.charged, charged, b.end-b.taken)
				}
			},
		})
	})
}
