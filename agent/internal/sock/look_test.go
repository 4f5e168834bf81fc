//go:build linux

package sock

import (
	"bytes"
	"context"
	"net"
	"regexp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What looks without being stopped finds what package regexp finds in bytes.
func TestSearchProperty(t *testing.T) {
	patterns := []string{
		``, `()`, `abc`, `(a)(b)`, `^abc$`, `^a`, `a$`, `(?m)^b$`, `\bab`, `a\B`, `[^a]`, `.`, `(?s).+`, `(a?)+(a|b){2}c`,
		`a+`, `a+?`, `(a|ab)(c|bc)`, `\x{FFFD}`, `\x{FFFD}b`, `a\x{FFFD}`, `^\x{FFFD}$`, `é+`, `(?i)AB`, `\pL+`, `(a*)*b`, `x*`, `ab(c|$)`,
	}
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"a", "b", "c", "ab", "abc", "\n", "é", "\xc3", "\xff", "\xef\xbf\xbd", "\xe2\x82", " "}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 4), func(b []byte) string { return string(b) }),
	)
	rapid.Check(t, func(rt *rapid.T) {
		re := regexp.MustCompile(rapid.SampledFrom(patterns).Draw(rt, "pattern"))
		var view []byte
		for _, p := range rapid.SliceOfN(piece, 0, 12).Draw(rt, "bytes") {
			view = append(view, p...)
		}
		got, err := Until{Pattern: re}.search(bg, nil, view, time.Now())
		if want := re.FindSubmatchIndex(view); err != nil || !slices.Equal(got, want) {
			rt.Fatalf("%q in %q: got %v, %v, want %v", re, view, got, err, want)
		}
	})
}

// slow takes minutes to not match a window of a's.
var slow = regexp.MustCompile(string(bytes.Repeat([]byte(`(a?)`), 300)) + `(a|b){200}c$`)

// looking starts a receive with that pattern and returns when it looks.
func looking(t *testing.T, s *Socket, w Wait) <-chan Received {
	t.Helper()
	ended := make(chan Received, 1)
	go func() {
		got, err := s.Receive(bg, ReceiveRequest{Max: 1 << 20, Until: Until{Pattern: slow}}, w)
		if err != nil && err != ErrClosed {
			t.Error(err)
		}
		ended <- got
	}()
	until(t, func() bool { return s.recv.turn.count() == 1 })
	return ended
}

// window is nearly a whole one.
const window = 1<<20 - 1

// filled returns a socket that holds n a's, and its peer.
func filled(t *testing.T, n int) (*Socket, *net.TCPConn) {
	t.Helper()
	s, c := connected(t, newEnv(t))
	if err := c.SetWriteDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(bytes.Repeat([]byte{'a'}, n))
		sent <- err
	}()
	until(t, func() bool {
		receive(t, s, ReceiveRequest{Max: 1 << 20, Until: Until{Delimiter: []byte("z")}}, For(0))
		return info(t, s).Held == int64(n)
	})
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	return s, c
}

func TestWaitEndsALongMatch(t *testing.T) {
	s, _ := filled(t, window)
	begun := time.Now()
	ended := looking(t, s, For(500*time.Millisecond))
	if got := receive(t, s, ReceiveRequest{Max: 3, Peek: true, DontWait: true}, For(0)); string(got.Data) != "aaa" {
		t.Errorf("peek: %+v", got)
	}
	info(t, s)
	select {
	case got := <-ended:
		t.Fatalf("the others came after it: %+v", got.Outcome)
	default:
	}
	if got := <-ended; got.Outcome.Code != WaitElapsed {
		t.Errorf("got %+v", got.Outcome)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if i := info(t, s); i.AckedOffset != 0 || i.Held != window {
		t.Errorf("got %+v", i)
	}
}

func TestCloseEndsALongMatch(t *testing.T) {
	s, _ := filled(t, window)
	ended := looking(t, s, Forever())
	if _, err := s.Close(bg, false); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the match went on")
	}
}

func TestContextEndsALongMatch(t *testing.T) {
	s, _ := filled(t, window)
	for _, w := range []Wait{For(0), Forever()} {
		ctx, cancel := context.WithTimeout(bg, 50*time.Millisecond)
		got, err := s.Receive(ctx, ReceiveRequest{Max: 1 << 20, Until: Until{Pattern: slow}}, w)
		cancel()
		if err != nil || got.Outcome.Code != WaitElapsed || got.Held != window {
			t.Errorf("got %+v, %v", got.Outcome, err)
		}
	}
}

// Bytes that trickle in behind many others do not outlast the wait, and are not
// worth a look each.
func TestTrickleBehindMuch(t *testing.T) {
	for _, w := range []Wait{For(300 * time.Millisecond), For(0)} {
		s, c := filled(t, 400<<10)
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
					if _, err := c.Write([]byte("a")); err != nil {
						return
					}
				}
			}
		}()
		begun := time.Now()
		got := receive(t, s, ReceiveRequest{Max: 1 << 20, Until: Until{Pattern: regexp.MustCompile(`[a-z]+[0-9]`)}}, w)
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%+v took %v", w, took)
		}
		if got.Outcome.OK() || got.Outcome.Code == Limit || info(t, s).AckedOffset != 0 {
			t.Errorf("got %+v", got.Outcome)
		}
		close(stop)
		<-stopped
	}
}

// A match that comes while it rests is found, with what was read before.
func TestMatchAfterARest(t *testing.T) {
	s, c := connected(t, newEnv(t))
	const n = 300 << 10
	ended := startReceive(t, s, ReceiveRequest{Max: 1 << 20, Until: Until{Pattern: regexp.MustCompile(`[a-z]+([0-9])`)}}, soon())
	say(t, c, string(bytes.Repeat([]byte{'a'}, n)))
	until(t, func() bool { return info(t, s).Held == n })
	say(t, c, "bc")
	say(t, c, "7rest")
	got := <-ended
	if got.StoppedBy != StoppedByPattern || len(got.Data) != n+3 || !slices.Equal(got.Match, []int{0, n + 3, n + 2, n + 3}) {
		t.Fatalf("got %+v, %d bytes, %v", got.Outcome, len(got.Data), got.Match)
	}
	if got = receive(t, s, ReceiveRequest{Max: 10, Until: Until{Exactly: 4}}, soon()); string(got.Data) != "rest" {
		t.Fatalf("got %q", got.Data)
	}
}

// Who takes bytes in the middle of a look makes it look again at what is left.
func TestTakenDuringALook(t *testing.T) {
	s, c := connected(t, newEnv(t))
	say(t, c, "xaab")
	arrived(t, s, 4)
	r := ReceiveRequest{Max: 10, Until: Until{Pattern: regexp.MustCompile(`a+b`)}}
	k := soon().begin(bg, 0)
	defer k.end()
	try, m := s.streamStep(k, r)
	for {
		_, ok, _, err := s.attemptOnce(k, try, false)
		if ok || err != errLook {
			t.Fatalf("got %v, %v", ok, err)
		}
		if len(m.view) == 4 {
			break
		}
		if err := m.look(k, s.closed); err != nil {
			t.Fatal(err)
		}
	}
	if got := receive(t, s, ReceiveRequest{Max: 2, DontWait: true}, For(0)); string(got.Data) != "xa" {
		t.Fatalf("got %+v", got)
	}
	if err := m.look(k, s.closed); err != nil {
		t.Fatal(err)
	}
	got, ok, _, err := s.attempt(k, try, m, false)
	if !ok || err != nil || string(got.Data) != "ab" || got.Offset != 2 || !slices.Equal(got.Match, []int{0, 2}) {
		t.Fatalf("got %+v (%q), %v, %v", got, got.Data, ok, err)
	}
}
