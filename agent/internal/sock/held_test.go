//go:build linux

package sock

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(n int64) *int64 { return &n }

func TestManual(t *testing.T) {
	s, c := connected(t, newEnv(t))
	say(t, c, "abcdef")
	arrived(t, s, 6)
	manual := func(max int, from *int64, want string) {
		t.Helper()
		got := receive(t, s, ReceiveRequest{Max: max, Manual: true, Offset: from}, soon())
		if string(got.Data) != want {
			t.Fatalf("got %q at %d, want %q", got.Data, got.Offset, want)
		}
	}
	manual(3, nil, "abc")
	manual(6, nil, "abc") // what is held, before the kernel
	manual(2, at(1), "bc")
	manual(9, at(3), "def")
	manual(9, nil, "abcdef")
	var r *RangeError
	if _, _, err := s.Ack(7); !errors.As(err, &r) || r.Max != 6 {
		t.Fatalf("ack of more than was read: %v", err)
	}
	for range 2 {
		if acked, held, err := s.Ack(2); err != nil || acked != 2 || held != 4 {
			t.Fatalf("got %d, %d, %v", acked, held, err)
		}
	}
	if acked, _, err := s.Ack(0); err != nil || acked != 2 {
		t.Fatalf("an old ack changes nothing: %d, %v", acked, err)
	}
	if _, err := s.Receive(bg, ReceiveRequest{Max: 1, Manual: true, Offset: at(1)}, soon()); !errors.As(err, &r) || r.Min != 2 || r.Max != 6 {
		t.Fatalf("offset that is gone: %v", err)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9, Peek: true}, soon()); string(got.Data) != "cdef" {
		t.Fatalf("peek: %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 2}, soon()); string(got.Data) != "cd" || got.Offset != 2 {
		t.Fatalf("auto: %+v", got)
	}
	manual(9, nil, "ef")
	if i := info(t, s); i.ReadOffset != 6 || i.AckedOffset != 4 || i.Held != 2 {
		t.Fatalf("got %+v", i)
	}
}

func TestConcurrentManualReceivesGetTheSame(t *testing.T) {
	s, c := connected(t, newEnv(t))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got, err := s.Receive(bg, ReceiveRequest{Max: 100, Manual: true, Until: Until{Delimiter: []byte("\n")}}, soon())
			if err != nil || string(got.Data) != "one line\n" || got.Offset != 0 {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	until(t, func() bool { return s.recv.turn.count() == 4 })
	say(t, c, "one ")
	say(t, c, "line\n")
	wg.Wait()
}

// A waiting receive sees what another one moved from the kernel into held.
func TestWaiterSeesHeld(t *testing.T) {
	s, c := connected(t, newEnv(t))
	done := startReceive(t, s, ReceiveRequest{Max: 100, Until: Until{Exactly: 4}}, soon())
	until(t, func() bool { return s.recv.turn.count() == 1 })
	say(t, c, "data")
	for {
		if got := receive(t, s, ReceiveRequest{Max: 10, Manual: true, DontWait: true}, For(0)); len(got.Data) > 0 || info(t, s).ReadOffset == 4 {
			break
		}
	}
	if got := <-done; string(got.Data) != "data" {
		t.Fatalf("got %+v", got)
	}
}

func TestManualHearsOfTheResetUntilAcked(t *testing.T) {
	s, c := connected(t, newEnv(t))
	say(t, c, "x")
	arrived(t, s, 1)
	c.SetLinger(0)
	c.Close()
	until(t, func() bool { return info(t, s).TCPState == "CLOSE" })
	receive(t, s, ReceiveRequest{Max: 1, Manual: true}, soon())
	for range 2 {
		if got := receive(t, s, ReceiveRequest{Max: 1, Manual: true, Offset: at(1)}, soon()); got.Outcome.Code != Reset || !got.End {
			t.Fatalf("got %+v", got)
		}
	}
	if _, _, err := s.Ack(1); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, s, ReceiveRequest{Max: 1, Manual: true}, soon()); got.Outcome.Code != Done || !got.End {
		t.Fatalf("got %+v", got)
	}
}

// peerSees is what the peer reads after our Close.
func peerSees(t *testing.T, c net.Conn) error {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	_, err := c.Read(make([]byte, 1))
	return err
}

func TestCloseTellsThePeer(t *testing.T) {
	tests := []struct {
		name  string
		do    func(t *testing.T, s *Socket)
		abort bool
		want  error
	}{
		{"all read", func(t *testing.T, s *Socket) { receive(t, s, ReceiveRequest{Max: 10}, soon()) }, false, io.EOF},
		{"unread in the kernel", func(*testing.T, *Socket) {}, false, syscall.ECONNRESET},
		{"held and given to nobody", func(t *testing.T, s *Socket) {
			receive(t, s, ReceiveRequest{Max: 10, Until: Until{Delimiter: []byte("\n")}}, For(0))
		}, false, syscall.ECONNRESET},
		{"held, and given to somebody only behind a gap", func(t *testing.T, s *Socket) {
			receive(t, s, ReceiveRequest{Max: 10, Until: Until{Delimiter: []byte("\n")}}, For(0))
			if got := receive(t, s, ReceiveRequest{Max: 10, Manual: true, Offset: at(1)}, soon()); string(got.Data) != "bc" {
				t.Fatalf("got %+v", got)
			}
		}, false, syscall.ECONNRESET},
		{"held and given out in two parts", func(t *testing.T, s *Socket) {
			receive(t, s, ReceiveRequest{Max: 1, Manual: true}, soon())
			receive(t, s, ReceiveRequest{Max: 10, Manual: true, Offset: at(1)}, soon())
		}, false, io.EOF},
		{"held and given to somebody", func(t *testing.T, s *Socket) { receive(t, s, ReceiveRequest{Max: 10, Manual: true}, soon()) }, false, io.EOF},
		{"aborted", func(t *testing.T, s *Socket) { receive(t, s, ReceiveRequest{Max: 10}, soon()) }, true, syscall.ECONNRESET},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, c := connected(t, newEnv(t))
			say(t, c, "abc")
			arrived(t, s, 3)
			test.do(t, s)
			if out, err := s.Close(bg, test.abort); err != nil || !out.OK() {
				t.Fatalf("%+v, %v", out, err)
			}
			if err := peerSees(t, c); !errors.Is(err, test.want) {
				t.Fatalf("the peer got %v, want %v", err, test.want)
			}
			if _, err := s.Close(bg, false); err != ErrClosed {
				t.Fatalf("second Close: %v", err)
			}
		})
	}
}

// Whatever is asked in whatever order, the bytes come in order, once, and the
// counters agree.
func TestReceiveProperty(t *testing.T) {
	env := newEnv(t)
	rapid.Check(t, func(rt *rapid.T) {
		s, c := connected(t, env)
		defer s.Close(bg, false)
		defer c.Close()
		var sent, got []byte
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 4).Draw(rt, "what") {
			case 0, 1:
				b := rapid.SliceOfN(rapid.ByteRange('a', 'd'), 1, 40).Draw(rt, "bytes")
				say(t, c, string(b))
				sent = append(sent, b...)
				arrived(t, s, len(sent)-int(info(t, s).ReadOffset))
			case 2:
				r := ReceiveRequest{Max: rapid.IntRange(1, 60).Draw(rt, "max"), Manual: rapid.Bool().Draw(rt, "manual")}
				switch rapid.IntRange(0, 2).Draw(rt, "until") {
				case 1:
					r.Until.Exactly = rapid.IntRange(1, r.Max).Draw(rt, "exactly")
				case 2:
					r.Until.Delimiter = []byte(rapid.StringMatching(`[a-d]{1,3}`).Draw(rt, "delimiter"))
				}
				x := receive(t, s, r, For(0))
				if x.Offset != int64(len(got)) || !bytes.HasPrefix(sent[len(got):], x.Data) {
					rt.Fatalf("got %q at %d, want a prefix of %q at %d", x.Data, x.Offset, sent[len(got):], len(got))
				}
				left := sent[len(got):]
				switch {
				case !x.Outcome.OK():
				case r.Until.Exactly > 0 && len(x.Data) != r.Until.Exactly:
					rt.Fatalf("got %q", x.Data)
				case r.Until.Delimiter != nil && bytes.Index(left, r.Until.Delimiter)+len(r.Until.Delimiter) != len(x.Data):
					rt.Fatalf("got %q of %q, want it up to %q", x.Data, left, r.Until.Delimiter)
				}
				if !r.Manual {
					got = append(got, x.Data...)
				}
			case 3:
				x := receive(t, s, ReceiveRequest{Max: 20, Peek: true}, For(0))
				if !bytes.HasPrefix(sent[len(got):], x.Data) || len(x.Data) == 0 && len(sent) > len(got) {
					rt.Fatalf("peeked %q of %q", x.Data, sent[len(got):])
				}
			case 4:
				i := info(t, s)
				n := rapid.Int64Range(i.AckedOffset, i.ReadOffset).Draw(rt, "ack")
				if _, _, err := s.Ack(n); err != nil {
					rt.Fatal(err)
				}
				got = append(got, sent[len(got):n]...)
			}
			if i := info(t, s); i.AckedOffset != int64(len(got)) || i.Held != i.ReadOffset-i.AckedOffset || int(i.ReadOffset)+i.ReceiveQueue != len(sent) {
				rt.Fatalf("got %+v, %d acked, %d sent", i, len(got), len(sent))
			}
		}
	})
}
