//go:build linux

package sock

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestReceiveUntil(t *testing.T) {
	re := regexp.MustCompile
	tests := []struct {
		name  string
		sent  string
		fin   bool
		max   int
		until Until
		want  string
		by    StoppedBy
		code  Code
		end   bool
		match []int
		rest  string
	}{
		{"available", "hello", false, 100, Until{}, "hello", StoppedByAvailable, Done, false, nil, ""},
		{"bounded", "hello", false, 2, Until{}, "he", StoppedByAvailable, Done, false, nil, "llo"},
		{"nothing", "hello", false, 0, Until{}, "", StoppedByAvailable, Done, false, nil, "hello"},
		{"exactly", "hello", false, 100, Until{Exactly: 3}, "hel", StoppedByExactly, Done, false, nil, "lo"},
		{"exactly, too few", "hello", false, 100, Until{Exactly: 6}, "", 0, WaitElapsed, false, nil, "hello"},
		{"exactly, cut by the end", "hello", true, 100, Until{Exactly: 6}, "hello", StoppedByEnd, Done, true, nil, ""},
		{"delimiter", "a\r\nb\r\n", false, 100, Until{Delimiter: []byte("\r\n")}, "a\r\n", StoppedByDelimiter, Done, false, nil, "b\r\n"},
		{"delimiter, none", "abc", false, 100, Until{Delimiter: []byte("\n")}, "", 0, WaitElapsed, false, nil, "abc"},
		{"delimiter, window full", "abcdef", false, 4, Until{Delimiter: []byte("f")}, "", 0, Limit, false, nil, "abcdef"},
		{"delimiter at the window's edge", "abcdef", false, 4, Until{Delimiter: []byte("d")}, "abcd", StoppedByDelimiter, Done, false, nil, "ef"},
		{"pattern", "220 mail ready\r\n", false, 100, Until{Pattern: re(`(\d+) (\w+)`)}, "220 mail", StoppedByPattern, Done, false, []int{0, 8, 0, 3, 4, 8}, " ready\r\n"},
		{"pattern, group unused", "xb", false, 100, Until{Pattern: re(`(a)?b`)}, "xb", StoppedByPattern, Done, false, []int{1, 2, -1, -1}, ""},
		{"pattern of nothing", "x", false, 100, Until{Pattern: re(``)}, "", StoppedByPattern, Done, false, []int{0, 0}, "x"},
		{"pattern, window full", "abcdef", false, 4, Until{Pattern: re(`f`)}, "", 0, Limit, false, nil, "abcdef"},
		{"pattern on bytes", "\xff\x00k", false, 100, Until{Pattern: re(`k`)}, "\xff\x00k", StoppedByPattern, Done, false, []int{2, 3}, ""},
		{"end", "all of it", true, 100, Until{EOF: true}, "all of it", StoppedByEnd, Done, true, nil, ""},
		{"end, window just full", "all", true, 3, Until{EOF: true}, "all", StoppedByEnd, Done, true, nil, ""},
		{"end, window full", "alle", true, 3, Until{EOF: true}, "", 0, Limit, false, nil, "alle"},
		{"end of nothing", "", true, 3, Until{EOF: true}, "", StoppedByEnd, Done, true, nil, ""},
		{"end, none yet", "all", false, 100, Until{EOF: true}, "", 0, WaitElapsed, false, nil, "all"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, c := connected(t, newEnv(t))
			if test.sent != "" {
				say(t, c, test.sent)
			}
			arrived(t, s, len(test.sent))
			if test.fin {
				c.CloseWrite()
				until(t, func() bool { return info(t, s).TCPState == "CLOSE_WAIT" })
			}
			w := soon()
			if test.code == WaitElapsed {
				w = For(10 * time.Millisecond)
			}
			got := receive(t, s, ReceiveRequest{Max: test.max, Until: test.until}, w)
			if got.Outcome.Code != test.code || string(got.Data) != test.want || got.StoppedBy != test.by || got.End != test.end || fmt.Sprint(got.Match) != fmt.Sprint(test.match) {
				t.Fatalf("got %+v (%q)", got, got.Data)
			}
			if int(got.Held)+got.KernelQueue != len(test.rest) {
				t.Errorf("%d held, %d in the kernel, want %d together", got.Held, got.KernelQueue, len(test.rest))
			}
			if test.rest != "" {
				got = receive(t, s, ReceiveRequest{Max: 100, Until: Until{Exactly: len(test.rest)}}, soon())
				if string(got.Data) != test.rest || got.Offset != int64(len(test.want)) {
					t.Errorf("afterwards got %q at %d", got.Data, got.Offset)
				}
			}
			if i := info(t, s); i.ReadOffset != i.AckedOffset || i.Held != 0 {
				t.Errorf("got %+v", i)
			}
		})
	}
}

// Exactly-n takes no byte more from the kernel than it needs.
func TestExactlyDoesNotReadAhead(t *testing.T) {
	s, c := connected(t, newEnv(t))
	say(t, c, "0123456789")
	arrived(t, s, 10)
	if got := receive(t, s, ReceiveRequest{Max: 100, Until: Until{Exactly: 4}}, soon()); got.Held != 0 || got.KernelQueue != 6 {
		t.Fatalf("got %+v", got)
	}
}

func TestReset(t *testing.T) {
	s, c := connected(t, newEnv(t))
	say(t, c, "last words")
	arrived(t, s, 10)
	c.SetLinger(0)
	c.Close()
	until(t, func() bool { return info(t, s).TCPState == "CLOSE" })
	// What came before it is still there; a condition gets the rest.
	got := receive(t, s, ReceiveRequest{Max: 100, Until: Until{Exactly: 50}}, soon())
	if string(got.Data) != "last words" || got.StoppedBy != StoppedByEnd || got.End {
		t.Fatalf("got %+v", got)
	}
	if got = receive(t, s, ReceiveRequest{Max: 100}, soon()); got.Outcome.Code != Reset || !got.End || got.Outcome.Errno != unix.ECONNRESET {
		t.Fatalf("got %+v", got)
	}
	if got = receive(t, s, ReceiveRequest{Max: 100}, soon()); got.Outcome.Code != Done || !got.End || got.StoppedBy != StoppedByEnd {
		t.Fatalf("afterwards: %+v", got)
	}
	if i := info(t, s); i.State != StateDisconnected || !i.EndSeen {
		t.Errorf("got %+v", i)
	}
}

func TestOrderlyEndRepeats(t *testing.T) {
	s, c := connected(t, newEnv(t))
	say(t, c, "bye")
	c.CloseWrite()
	if got := receive(t, s, ReceiveRequest{Max: 0}, soon()); got.End {
		t.Fatalf("a receive of nothing is no end: %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 10, Until: Until{EOF: true}, Manual: true}, soon()); string(got.Data) != "bye" || !got.End {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 10}, soon()); string(got.Data) != "bye" || got.End {
		t.Fatalf("got %+v", got)
	}
	for range 3 {
		if got := receive(t, s, ReceiveRequest{Max: 10}, soon()); got.Outcome.Code != Done || !got.End {
			t.Fatalf("got %+v", got)
		}
	}
	// The other direction still works.
	if sent, err := s.Send(bg, SendRequest{Data: []byte("still here")}, soon()); err != nil || !sent.Outcome.OK() {
		t.Fatalf("got %+v, %v", sent, err)
	}
}

func TestTwoReceivesOneCancelled(t *testing.T) {
	for i := range 40 {
		s, c := connected(t, newEnv(t))
		ctx, cancel := context.WithCancel(bg)
		first, second := make(chan Received, 1), make(chan Received, 1)
		wait := func(ctx context.Context, u Until, to chan Received) {
			got, err := s.Receive(ctx, ReceiveRequest{Max: 100, Until: u}, Forever())
			if err != nil {
				t.Error(err)
			}
			to <- got
		}
		// Every other time the first has taken bytes into held already.
		u := Until{}
		if i%2 == 0 {
			u.Delimiter = []byte("\n")
			say(t, c, "da")
		}
		go wait(ctx, u, first)
		until(t, func() bool { return s.recv.turn.count() == 1 })
		go wait(bg, Until{Exactly: 4}, second)
		until(t, func() bool { return s.recv.turn.count() == 2 })
		// A peek and a don't-wait in between return at once.
		for _, r := range []ReceiveRequest{{Max: 10, Peek: true, DontWait: true}, {Max: 0, DontWait: true}} {
			if got := receive(t, s, r, Forever()); got.Outcome.Code != WouldBlock && string(got.Data) != "da" && r.Max != 0 {
				t.Fatalf("got %+v", got)
			}
		}
		cancel()
		if got := <-first; got.Outcome.Code != WaitElapsed {
			t.Fatalf("first: %+v", got)
		}
		if i%2 == 0 {
			say(t, c, "ta")
		} else {
			say(t, c, "data")
		}
		if got := <-second; string(got.Data) != "data" {
			t.Fatalf("second: %+v", got)
		}
		s.Close(bg, false)
	}
}

func TestReceiveTimeoutOption(t *testing.T) {
	s, _ := connected(t, newEnv(t))
	tv := make([]byte, 16)
	tv[8], tv[9] = 0x20, 0x4e
	if _, out, err := s.SetOption(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_RCVTIMEO, Bytes: tv}}); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := receive(t, s, ReceiveRequest{Max: 10}, Forever()); got.Outcome.Code != WouldBlock || got.Outcome.Errno != unix.EAGAIN {
		t.Fatalf("got %+v", got)
	}
}

func TestReceiveRefusesNonsense(t *testing.T) {
	env := newEnv(t)
	s, _ := connected(t, env)
	u := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: loopback(Inet)})
	zero, one := int64(0), int64(1)
	tests := []struct {
		s     *Socket
		r     ReceiveRequest
		field string
	}{
		{s, ReceiveRequest{Max: -1}, "max_bytes"},
		{s, ReceiveRequest{Max: 1<<20 + 1}, "max_bytes"},
		{s, ReceiveRequest{Max: 1, MaxDatagrams: 1}, "max_datagrams"},
		{u, ReceiveRequest{Max: 1, MaxDatagrams: 65}, "max_datagrams"},
		{u, ReceiveRequest{Max: 1, Until: Until{EOF: true}}, "until"},
		{s, ReceiveRequest{Max: 1, Until: Until{EOF: true, Exactly: 1}}, "until"},
		{s, ReceiveRequest{Max: 1, Until: Until{Exactly: 2}}, "exactly"},
		{s, ReceiveRequest{Max: 0, Until: Until{EOF: true}}, "max_bytes"},
		{s, ReceiveRequest{Max: 1, Until: Until{Delimiter: []byte{}}}, "delimiter"},
		{s, ReceiveRequest{Max: 1, Peek: true, Manual: true}, "peek"},
		{s, ReceiveRequest{Max: 1, Peek: true, Until: Until{EOF: true}}, "peek"},
		{s, ReceiveRequest{Max: 1, Offset: &zero}, "offset"},
		{s, ReceiveRequest{Max: 1, Offset: &one, Manual: true}, "offset"},
	}
	for _, test := range tests {
		_, err := test.s.Receive(bg, test.r, For(0))
		var r *RangeError
		var a *ArgumentError
		switch {
		case errors.As(err, &r) && r.Field == test.field, errors.As(err, &a) && a.Field == test.field:
		default:
			t.Errorf("%+v: got %v", test.r, err)
		}
	}
}

func TestWindowBoundsHeld(t *testing.T) {
	env := newEnv(t)
	env.Window = 4096
	s, c := connected(t, env)
	say(t, c, strings.Repeat("x", 10000))
	arrived(t, s, 10000)
	got := receive(t, s, ReceiveRequest{Max: 9000, Until: Until{Delimiter: []byte("y")}}, soon())
	if got.Outcome.Code != Limit || got.Held != 4096 {
		t.Fatalf("got %+v", got)
	}
	end := int64(4096)
	if got = receive(t, s, ReceiveRequest{Max: 10, Manual: true, Offset: &end}, soon()); got.Outcome.Code != Limit {
		t.Fatalf("got %+v", got)
	}
}

func TestBudgetBoundsAllSockets(t *testing.T) {
	env := newEnv(t)
	env.Budget = NewBudget(5000)
	s, c := connected(t, env)
	say(t, c, strings.Repeat("x", 3000))
	arrived(t, s, 3000)
	if got := receive(t, s, ReceiveRequest{Max: 3000, Manual: true}, soon()); got.Held != 3000 {
		t.Fatalf("got %+v", got)
	}
	other, oc := connected(t, env)
	say(t, oc, strings.Repeat("y", 3000))
	arrived(t, other, 3000)
	_, err := other.Receive(bg, ReceiveRequest{Max: 3000, Manual: true}, soon())
	var b *BudgetError
	if !errors.As(err, &b) || b.Max != 5000 || info(t, other).ReceiveQueue != 3000 {
		t.Fatalf("got %v", err)
	}
	// What needs no holding goes on, and an ack makes room.
	if got := receive(t, other, ReceiveRequest{Max: 100}, soon()); len(got.Data) != 100 {
		t.Fatalf("got %+v", got)
	}
	if _, _, err := s.Ack(3000); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, other, ReceiveRequest{Max: 3000, Manual: true}, soon()); len(got.Data) != 2900 {
		t.Fatalf("got %+v", got)
	}
}
