//go:build linux

package differ

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/farsock/farsock/ctl/e2e/posix"
)

// TestSequences executes random orders of operations, legal and illegal ones,
// on two sockets and those that they accept, and compares after each. What
// fails is printed as a row for the table.
func TestSequences(t *testing.T) {
	n := sequences
	if testing.Short() {
		n = 300 // of which rapid then makes a fifth
	}
	for name, value := range map[string]string{"rapid.checks": strconv.Itoa(n), "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	p := newPair(t, newLabs(t), 0)
	ran, steps := 0, 0
	answers := map[string]int{} // by call and errno
	rapid.Check(t, func(t *rapid.T) {
		ran++
		w := newWorld(t, ran)
		c := posix.Case{Name: "generated " + w.name}
		defer p.reset()
		step := func(op posix.Op) {
			r, diff := p.step(op)
			op.Want = r.Errno
			c.Ops = append(c.Ops, op)
			if diff != "" {
				t.Fatalf("%s\n%s", diff, c)
			}
			answers[string(op.Call)+" "+r.Errno]++
			steps++
		}
		if rapid.Bool().Draw(t, "connected") {
			for _, op := range w.connected() {
				step(op)
			}
		}
		for range rapid.IntRange(4, 20).Draw(t, "length") {
			step(w.draw(t, p))
		}
		for _, op := range p.finish() {
			if _, diff := p.step(op); diff != "" {
				t.Fatalf("in the end: %s\n%s", diff, c)
			}
		}
	})
	t.Logf("%d sequences, %d steps, %d (call, errno) pairs: %v", ran, steps, len(answers), answers)
	// Where nothing is ever sent and received nothing is compared.
	for _, often := range []string{"connect ", "accept ", "send ", "recv ", "recv EAGAIN", "shutdown ", "bind EINVAL"} {
		if answers[often] < ran/20 {
			t.Errorf("%q was answered only %d times", often, answers[often])
		}
	}
}

// world is what a sequence is about: two sockets of one kind, and addresses of
// its own, since the kernel remembers some for a minute (TIME_WAIT).
type world struct {
	name      string
	family    posix.Family
	typ       posix.Type
	addresses []string // the last is one that nothing is ever bound to
	words     []word   // the first receives
}

// word is one kind of operation that a world has.
type word func(t *rapid.T, socket int) posix.Op

var worlds = []world{
	{name: "tcp", family: posix.Inet, typ: posix.Stream, words: slices.Concat(tcpWords, stages)},
	{name: "tcp6", family: posix.Inet6, typ: posix.Stream, words: slices.Concat(tcpWords, stages)},
	{name: "udp", family: posix.Inet, typ: posix.Datagram, words: slices.Concat(udpWords, stages)},
	{name: "udp6", family: posix.Inet6, typ: posix.Datagram, words: slices.Concat(udpWords, stages)},
	{name: "unix stream", family: posix.Unix, typ: posix.Stream, words: slices.Concat(unixWords, stages)},
	{name: "unix datagram", family: posix.Unix, typ: posix.Datagram, words: slices.Concat(unixWords, unixDatagramWords, stages)},
	{name: "unix seqpacket", family: posix.Unix, typ: posix.Seqpacket, words: slices.Concat(unixWords, stages)},
}

// newWorld gives the nth sequence of this run its world.
func newWorld(t *rapid.T, n int) world {
	w := pick(t, "world", worlds)
	// TCP has the most to go wrong.
	if rapid.Bool().Draw(t, "tcp") {
		w = worlds[n%2]
	}
	port := 1100 + 4*(n%7900)
	for i := range 3 {
		var a string
		switch w.family {
		case posix.Inet:
			a = fmt.Sprintf("127.%d.%d.%d:%d", 64+n>>16, n>>8&255, n&255, port+i)
		case posix.Inet6:
			a = fmt.Sprintf("[::1]:%d", port+i)
		case posix.Unix:
			a = fmt.Sprintf("@sequence %d %d", n, i)
		}
		w.addresses = append(w.addresses, a)
	}
	return w
}

// connected is a beginning that random orders seldom find.
func (w world) connected() []posix.Op {
	ops := []posix.Op{
		{Call: posix.Socket, Family: w.family, Type: w.typ},
		{Call: posix.Bind, Address: w.addresses[0]},
		{Call: posix.Socket, Socket: 1, Family: w.family, Type: w.typ},
	}
	if w.typ == posix.Datagram {
		return append(ops, posix.Op{Call: posix.Bind, Socket: 1, Address: w.addresses[1]}, posix.Op{Call: posix.Connect, Socket: 1, Address: w.addresses[0]})
	}
	return append(ops, posix.Op{Call: posix.Listen, Backlog: 9},
		posix.Op{Call: posix.Connect, Socket: 1, Address: w.addresses[0]}, posix.Op{Call: posix.Accept, New: 2})
}

// draw is the next operation: opening a socket that is not there, or any word,
// possible or not, on one that is.
func (w world) draw(t *rapid.T, p pair) posix.Op {
	live := p.direct.Live()
	numbers := []int{1, 0}
	for _, n := range live {
		if n > 1 {
			numbers = append(numbers, n, n)
		}
	}
	n := pick(t, "socket", numbers)
	if !slices.Contains(live, n) {
		return posix.Op{Call: posix.Socket, Socket: n, Family: w.family, Type: w.typ}
	}
	word := pick(t, "word", w.words)
	// What arrived would mostly lie there if only chance read it.
	if arrived := p.arrived(); len(arrived) > 0 && rapid.Bool().Draw(t, "read") {
		n, word = pick(t, "arrived", arrived), w.words[0]
	}
	op := word(t, n)
	switch op.Call {
	case posix.Bind:
		op.Address = pick(t, "address", w.addresses[:2])
	case posix.Connect:
		op.Address = pick(t, "address", w.addresses)
	case posix.Send:
		// On others a destination is refused, which the table has.
		if w.typ == posix.Datagram && rapid.Bool().Draw(t, "addressed") {
			op.Address = pick(t, "address", w.addresses)
		}
	case posix.SendMany:
		if w.typ == posix.Datagram && rapid.Bool().Draw(t, "addressed") {
			for i := range op.Messages {
				op.Messages[i].To = pick(t, "address", w.addresses)
			}
		}
	case posix.Accept:
		for op.New = 2; slices.Contains(live, op.New); op.New++ {
		}
	}
	return op
}

// arrived are the sockets that have bytes or datagrams.
func (p pair) arrived() []int {
	return slices.DeleteFunc(p.direct.Live(), func(n int) bool { return p.direct.State(n).InQueue <= 0 })
}
