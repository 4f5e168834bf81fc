package cli

import (
	"bytes"
	"context"
	"encoding/hex"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// More datagrams than one call takes go by several.
func TestManyDatagrams(t *testing.T) {
	p := withAgent(t)
	p.inbox(t)
	p.must(t, "options", "set", "u", "receive-buffer=4000000")
	args, want := []string{"send", "v", "--datagrams"}, ""
	for n := range 150 {
		args = append(args, strconv.Itoa(n))
		want += hex.EncodeToString([]byte(strconv.Itoa(n))) + "\n"
	}
	p.must(t, args...)
	p.must(t, "recv", "u", "--datagrams", "150", "--hex").printed(t, want)
	r := p.must(t, append(args, "--times", "2")...).said(t, "2 sends, 300 datagrams, ")
	r = p.must(t, "recv", "u", "--datagrams", "1000", "--hex").printed(t, want+want)
	if n := strings.Count(r.err, "datagram from"); n != 300 || strings.Contains(r.err, "would block") {
		t.Errorf("%d datagrams were told: %s", n, r.err)
	}
	p.ctl("recv", "u", "--datagrams", "1000", "--wait", "10ms").want(t, 5).said(t, "wait elapsed")
	big := strings.Repeat("x", 60000)
	args = []string{"send", "v", "-o", "json", "--datagrams"}
	for range 20 {
		args = append(args, big) // 64 are too many bytes for one call
	}
	if n := strings.Count(p.must(t, args...).out, "\n"); n != 2 {
		t.Errorf("%d answers", n)
	}
}

func TestBatchesKeepTheirBounds(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		want  []int
	}{
		{nil, nil},
		{[]int{0}, []int{1}},
		{make([]int, 64), []int{64}},
		{make([]int, 129), []int{64, 64, 1}},
		{[]int{1 << 20, 0, 1, 1 << 19, 1 << 19}, []int{2, 2, 1}},
		{[]int{1<<20 + 1, 1}, []int{1, 1}},
	} {
		var all [][]byte
		for _, n := range c.sizes {
			all = append(all, make([]byte, n))
		}
		var got []int
		for b := range batches(all) {
			got = append(got, len(b))
		}
		if len(got) != len(c.want) || !bytes.Equal(intsAsBytes(got), intsAsBytes(c.want)) {
			t.Errorf("%v: %v, want %v", c.sizes, got, c.want)
		}
	}
}

func intsAsBytes(ints []int) []byte {
	var b []byte
	for _, n := range ints {
		b = append(b, byte(n))
	}
	return b
}

// What a datagram is that is not the pattern's next: one that was lost before it,
// one out of its turn, one again, or something else.
func TestPatternOfDatagrams(t *testing.T) {
	p := withAgent(t)
	p.inbox(t)
	p.must(t, "options", "set", "u", "receive-buffer=4000000")
	part := func(n int) []byte {
		b := make([]byte, 40)
		_, _ = (&pattern{offset: int64(n) * 40}).Read(b)
		return b
	}
	for _, c := range []struct {
		order []int // of the pattern's datagrams; -1: something else
		batch string
		says  string
	}{
		{[]int{0, 1, 3, 4, 5}, "1", "datagram 3 of 6 is the pattern's 4: 1 missing; "},
		{[]int{0, 1, 3, 4, 5}, "64", "datagram 3 of 6 is the pattern's 4: 1 missing; "},
		{[]int{3, 4}, "64", "datagram 1 of 6 is the pattern's 4: 3 missing; "},
		{[]int{0, 2, 3, 1, 4}, "1", "datagram 2 of 6 is the pattern's 3: out of order, 2 comes 2 later; "},
		{[]int{0, 2, 3, 1, 4}, "3", "datagram 2 of 6 is the pattern's 3: out of order, 2 comes 2 later; "},
		{[]int{0, 1, 1}, "64", "datagram 3 of 6 is the pattern's 2, a second time; "},
		{[]int{0, -1}, "2", "datagram 2 of 6 is none of the pattern's: byte 40 is 0x78, the pattern has 0x"},
	} {
		args := []string{"send", "v", "--hex", "--datagrams"}
		for _, n := range c.order {
			if b := part(max(n, 0)); n >= 0 {
				args = append(args, hex.EncodeToString(b))
			} else {
				args = append(args, hex.EncodeToString(bytes.Repeat([]byte("x"), 40)))
			}
		}
		p.must(t, args...)
		line := []string{"recv", "u", "--pattern", "40", "--times", "6", "--datagrams", c.batch}
		p.ctl(line...).want(t, 6).said(t, c.says)
		// Those that were as they should are gone, and the others can be received.
		good := 0
		for good < len(c.order) && c.order[good] == good {
			good++
		}
		left := strconv.Itoa(len(c.order)-good) + " datagrams"
		if len(c.order)-good == 1 {
			left = "1 datagram"
		}
		if out := p.must(t, "drain", "u").out; !strings.Contains(out, "drained  "+left+",") {
			t.Errorf("%v by %s: %s, want %s", c.order, c.batch, out, left)
		}
	}

	p.must(t, "send", "v", "--pattern", "1000", "--times", "150", "--datagrams").said(t, "150 datagrams, 150000 bytes\n")
	p.must(t, "recv", "u", "--pattern", "1000", "--times", "100", "--datagrams", "64").said(t, "100 datagrams, 100000 bytes, as")
	p.must(t, "drain", "u").printed(t, "u  drained  50 datagrams, 50000 bytes\n")
	p.must(t, "send", "v", "--pattern", "100", "--times", "3")
	p.ctl("recv", "u", "--pattern", "100", "--times", "9", "--wait", "20ms").want(t, 5).said(t, "3 of 9 datagrams, 300 bytes, as")
}

// A terminal has each datagram on a line of its own.
func TestDatagramsOnATerminal(t *testing.T) {
	p := withAgent(t)
	p.inbox(t)
	p.must(t, "send", "v", "--datagrams", "one", "two", "three\n")
	var both bytes.Buffer
	env := p.world(nil, &both, &both)
	env.Terminal = true
	if code := Main(context.Background(), []string{"recv", "u", "--datagrams", "3"}, env); code != 0 || !strings.HasSuffix(both.String(), "one\ntwo\nthree\n") {
		t.Errorf("exit %d, %q", code, both.String())
	}
}

// A signal ends what takes many calls with how far it came.
func TestInterruptedTellsHowFar(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	there := func() int64 { // what has arrived at c1 and is not taken
		s := answerOf(t, p.must(t, "show", "c1", "-o", "json"), &farsockv1.GetSocketResponse{}).GetSocket()
		return s.GetReceiveQueue() + s.GetHeldBytes()
	}
	until := func(what string, holds func() bool) {
		for deadline := time.Now().Add(20 * time.Second); !holds(); {
			if time.Now().After(deadline) {
				t.Fatalf("%s: nothing happens", what)
			}
		}
	}
	for _, c := range []struct {
		line, says string
		takes      bool // what c1 has, and does not send there
	}{
		{"send d --pattern 40000000 --wait forever", "interrupt, after ", false},
		{"send d abc --times 100000000 --wait forever", "interrupt, after ", false},
		{"recv c1 --pattern 5 --times 3 --wait forever", "interrupt, after 10 bytes, as the pattern has them", true},
		{"drain c1 --eof --wait forever", "interrupt, after ", true},
	} {
		ctx, cancel := context.WithCancelCause(context.Background())
		ended := make(chan result, 1)
		p.must(t, "drain", "c1", "--quiet", "300ms")
		if c.takes {
			p.must(t, "send", "d", "--pattern", "10")
		}
		go func() { ended <- p.ctlWith(ctx, nil, strings.Fields(c.line)...) }()
		if c.takes {
			until(c.line, func() bool { return there() == 0 })
		}
		if strings.HasPrefix(c.line, "drain") {
			// What has come before this is counted when this is taken.
			p.must(t, "send", "d", "x")
			until(c.line, func() bool { return there() == 0 })
		}
		if !c.takes {
			until(c.line, func() bool { return there() > 1000 })
		}
		cancel(&Signal{Signal: syscall.SIGINT})
		r := <-ended
		r.want(t, 130).said(t, c.says)
	}
}
