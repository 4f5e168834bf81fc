//go:build linux

package sock

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestWaitAll(t *testing.T) {
	env := newEnv(t)
	s, c := connected(t, env)
	all := func(n int) ReceiveRequest { return ReceiveRequest{Max: n, WaitAll: true} }
	say(t, c, "abc")
	arrived(t, s, 3)
	// Where nothing may wait the flag means nothing.
	if got := receive(t, s, ReceiveRequest{Max: 9, WaitAll: true, Peek: true, DontWait: true}, Forever()); string(got.Data) != "abc" || got.StoppedBy != StoppedByAvailable {
		t.Fatalf("got %+v", got)
	}
	// Our budget takes nothing.
	if got := receive(t, s, all(6), For(20*time.Millisecond)); got.Outcome.Code != WaitElapsed || got.Held != 3 || got.Offset != 0 {
		t.Fatalf("got %+v", got)
	}
	// A peek waits for all too.
	peeked := startReceive(t, s, ReceiveRequest{Max: 6, WaitAll: true, Peek: true}, Forever())
	say(t, c, "def")
	if got := <-peeked; string(got.Data) != "abcdef" || got.Held != 6 {
		t.Fatalf("peek: %+v", got)
	}
	say(t, c, strings.Repeat("g", 200_000)+"rest")
	got := receive(t, s, all(200_006), soon())
	if len(got.Data) != 200_006 || string(got.Data[:7]) != "abcdefg" || got.StoppedBy != StoppedByAvailable || got.End || got.Offset != 0 {
		t.Fatalf("%d bytes of %+v", len(got.Data), got.Outcome)
	}
	// MANUAL keeps them.
	if got := receive(t, s, ReceiveRequest{Max: 4, WaitAll: true, Manual: true}, soon()); string(got.Data) != "rest" || got.Held != 4 {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, s, all(2), soon()); string(got.Data) != "re" || got.Held != 2 {
		t.Fatalf("got %+v", got)
	}
	// The end of the stream is the end of waiting.
	c.CloseWrite()
	if got := receive(t, s, all(9), soon()); string(got.Data) != "st" || !got.End || got.StoppedBy != StoppedByEnd || !got.Outcome.OK() {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, s, all(9), soon()); len(got.Data) != 0 || !got.End {
		t.Fatalf("got %+v", got)
	}
	if used := env.Budget.Used(); used != 0 {
		t.Errorf("%d of the budget taken", used)
	}
}

// A reset gives what came before it, then itself.
func TestWaitAllUntilAReset(t *testing.T) {
	s, c := connected(t, newEnv(t))
	say(t, c, "last")
	arrived(t, s, 4)
	done := startReceive(t, s, ReceiveRequest{Max: 9, WaitAll: true}, Forever())
	until(t, func() bool { return info(t, s).Held == 4 })
	c.SetLinger(0)
	c.Close()
	if got := <-done; string(got.Data) != "last" || got.End || got.StoppedBy != StoppedByEnd {
		t.Fatalf("got %+v", got)
	}
	// The kernel still has the error.
	if r, _, err := Poll(bg, []PollItem{{Socket: s}}, For(0)); err != nil || len(r) != 1 || !r[0].Error {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9, WaitAll: true}, soon()); got.Outcome.Code != Reset || !got.End {
		t.Fatalf("got %+v", got)
	}
}

// SO_RCVTIMEO ends a blocking receive with what it has.
func TestWaitAllAndItsTimeout(t *testing.T) {
	s, c := connected(t, newEnv(t))
	if _, out, err := s.SetOption(Option{Kind: OptReceiveTimeout, Timeout: 30 * time.Millisecond}); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	say(t, c, "some")
	arrived(t, s, 4)
	if got := receive(t, s, ReceiveRequest{Max: 9, WaitAll: true}, Forever()); string(got.Data) != "some" || got.End || got.StoppedBy != StoppedByAvailable {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9, WaitAll: true}, Forever()); got.Outcome.Errno != unix.EAGAIN {
		t.Fatalf("got %+v", got)
	}
}

// SO_RCVLOWAT makes a blocking receive wait for more than one byte.
func TestLowWater(t *testing.T) {
	for _, row := range []struct {
		name string
		q    ReceiveRequest
	}{
		{"receive", ReceiveRequest{Max: 100}},
		{"peek", ReceiveRequest{Max: 100, Peek: true}},
		{"manual", ReceiveRequest{Max: 100, Manual: true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			env := newEnv(t)
			s, c := connected(t, env)
			if _, out, err := s.SetOption(Option{Kind: OptReceiveLowWater, Int: 6}); err != nil || !out.OK() {
				t.Fatalf("%+v, %v", out, err)
			}
			say(t, c, "abcd")
			arrived(t, s, 4)
			if got := receive(t, s, ReceiveRequest{Max: 100, Peek: true}, For(0)); string(got.Data) != "abcd" {
				t.Fatalf("without waiting: %+v", got)
			}
			if got := receive(t, s, row.q, For(20*time.Millisecond)); got.Outcome.Code != WaitElapsed {
				t.Fatalf("got %+v", got)
			}
			if got := receive(t, s, ReceiveRequest{Max: 3, Peek: true}, soon()); string(got.Data) != "abc" {
				t.Fatalf("less than it asks for: %+v", got)
			}
			if got := receive(t, s, ReceiveRequest{}, soon()); !got.Outcome.OK() || len(got.Data) != 0 {
				t.Fatalf("nothing: %+v", got)
			}
			done := startReceive(t, s, row.q, Forever())
			say(t, c, "ef")
			if got := <-done; string(got.Data) != "abcdef" {
				t.Fatalf("got %+v", got)
			}
		})
	}
}

// Held bytes count for SO_RCVLOWAT, though the kernel does not know of them.
func TestLowWaterCountsHeld(t *testing.T) {
	s, c := connected(t, newEnv(t))
	say(t, c, "x\nheld")
	if got := receive(t, s, ReceiveRequest{Max: 100, Until: Until{Delimiter: []byte("\n")}}, soon()); string(got.Data) != "x\n" || got.Held != 4 {
		t.Fatalf("got %+v", got)
	}
	if _, out, err := s.SetOption(Option{Kind: OptReceiveLowWater, Int: 6}); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	done := startReceive(t, s, ReceiveRequest{Max: 100}, Forever())
	until(t, func() bool { return s.recv.turn.count() == 1 })
	say(t, c, "12")
	if got := <-done; string(got.Data) != "held12" {
		t.Fatalf("got %+v", got)
	}
	// A condition is not concerned.
	say(t, c, "four!")
	if got := receive(t, s, ReceiveRequest{Max: 100, Until: Until{Exactly: 4}}, soon()); string(got.Data) != "four" {
		t.Fatalf("got %+v", got)
	}
	// The end is the end of waiting here too.
	say(t, c, "z")
	c.CloseWrite()
	if got := receive(t, s, ReceiveRequest{Max: 100}, soon()); string(got.Data) != "!z" {
		t.Fatalf("got %+v", got)
	}
}

// A receive of 0 bytes waits as recv(2) does, and takes nothing.
func TestReceiveNothing(t *testing.T) {
	s, c := connected(t, newEnv(t))
	nothing := ReceiveRequest{}
	if got := receive(t, s, nothing, For(0)); got.Outcome.Code != WouldBlock {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, s, nothing, For(10*time.Millisecond)); got.Outcome.Code != WaitElapsed {
		t.Fatalf("got %+v", got)
	}
	say(t, c, "x")
	for range 2 {
		if got := receive(t, s, nothing, soon()); !got.Outcome.OK() || got.End || len(got.Data) != 0 || got.KernelQueue != 1 {
			t.Fatalf("got %+v", got)
		}
	}
	l := listen(t, newEnv(t), loopback(Inet))
	if got := receive(t, l, nothing, soon()); got.Outcome.Code != NotConnected {
		t.Fatalf("got %+v", got)
	}
}

// Control messages of a stream come with the bytes of one recvmsg(2).
func TestStreamControl(t *testing.T) {
	env := newEnv(t)
	s, fd := packetPair(t, env, Stream)
	defer unix.Close(fd)
	one := int32(1)
	if _, out, err := s.SetOption(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_PASSCRED, Int: &one}}); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	put(t, fd, "abc")
	if got := receive(t, s, ReceiveRequest{Max: 2}, soon()); string(got.Data) != "ab" || len(got.Control) != 1 || got.Control[0].Type != unix.SCM_CREDENTIALS || got.ControlTruncated {
		t.Fatalf("got %+v", got)
	}
	room := 0
	if got := receive(t, s, ReceiveRequest{Max: 2, ControlRoom: &room}, soon()); string(got.Data) != "c" || len(got.Control) != 0 || !got.ControlTruncated {
		t.Fatalf("got %+v", got)
	}
	// What reads on cannot say whose they are.
	put(t, fd, "defg")
	if got := receive(t, s, ReceiveRequest{Max: 2, Manual: true}, soon()); string(got.Data) != "de" || got.Control != nil || !got.ControlTruncated {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); string(got.Data) != "de" || got.ControlTruncated {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); string(got.Data) != "fg" || len(got.Control) != 1 {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 2, Buffers: []int{1, 1}}, For(0)); got.Outcome.Code != WouldBlock {
		t.Fatalf("got %+v", got)
	}
}
