//go:build linux

package sock

import (
	"testing"
)

// Who is under way when the connection is dissolved gets one answer, and the
// kernel's ECONNRESET is left to the next receive.
func TestDisconnectUnderACall(t *testing.T) {
	six := func(s *Socket) bool { i, err := s.Info(); return err == nil && i.Held == 6 }
	waits := func(s *Socket) bool { return s.recv.turn.count() == 1 }
	tests := []struct {
		name  string
		there string
		r     ReceiveRequest
		ready func(*Socket) bool
		want  Outcome
		data  string
	}{
		{"plain", "", ReceiveRequest{Max: 9}, waits, Outcome{Code: BrokenPipe}, ""},
		{"manual", "", ReceiveRequest{Max: 9, Manual: true}, waits, Outcome{Code: BrokenPipe}, ""},
		{"exactly", "sixsix", ReceiveRequest{Max: 50, Until: Until{Exactly: 50}}, six, Outcome{Code: BrokenPipe}, ""},
		{"delimiter", "sixsix", ReceiveRequest{Max: 50, Until: Until{Delimiter: []byte("!")}}, six, Outcome{Code: BrokenPipe}, ""},
		{"exactly, manual", "sixsix", ReceiveRequest{Max: 50, Manual: true, Until: Until{Exactly: 50}}, six, Outcome{Code: BrokenPipe}, ""},
		// recv(2) returns what it has copied.
		{"wait_all", "sixsix", ReceiveRequest{Max: 50, WaitAll: true}, six, Outcome{Code: Done}, "sixsix"},
		{"wait_all, nothing", "", ReceiveRequest{Max: 50, WaitAll: true}, waits, Outcome{Code: BrokenPipe}, ""},
		{"wait_all, peek", "sixsix", ReceiveRequest{Max: 50, WaitAll: true, Peek: true}, six, Outcome{Code: Done}, "sixsix"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for range 20 {
				env := newEnv(t)
				s, c := connected(t, env)
				say(t, c, test.there)
				answer := startReceive(t, s, test.r, soon())
				until(t, func() bool { return test.ready(s) })
				disconnect(t, s)
				got := <-answer
				if got.Outcome.Code != test.want.Code || string(got.Data) != test.data || got.End || got.Held != 0 {
					t.Fatalf("got %+v", got)
				}
				if test.data != "" && (got.StoppedBy != StoppedByEnd || got.Offset != 0) {
					t.Fatalf("got %+v", got)
				}
				toldOfTheReset(t, s)
				s.Close(bg, false)
			}
		})
	}
}

// toldOfTheReset expects what a socket says that was connected and is no more.
func toldOfTheReset(t *testing.T, s *Socket) {
	t.Helper()
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); got.Outcome.Code != Reset || !got.End {
		t.Fatalf("the first: %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); got.Outcome.Code != NotConnected {
		t.Fatalf("the second: %+v", got)
	}
}

func TestDisconnectUnderASend(t *testing.T) {
	for range 20 {
		env := newEnv(t)
		s, _ := connected(t, env)
		answer := make(chan Sent, 1)
		go func() {
			sent, err := s.Send(bg, SendRequest{Data: make([]byte, 8<<20)}, soon())
			if err != nil {
				t.Error(err)
			}
			answer <- sent
		}()
		until(t, func() bool { return info(t, s).SendOffset > 0 }) // it may be running, too
		disconnect(t, s)
		if sent := <-answer; sent.Outcome.Code != Reset || sent.Applied != sent.Offset {
			t.Fatalf("got %+v", sent)
		}
		if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); got.Outcome.Code != NotConnected {
			t.Fatalf("the reset was told: %+v", got)
		}
		s.Close(bg, false)
	}
}

// What another receive took in between is not returned a second time.
func TestDisconnectAfterAnotherTook(t *testing.T) {
	env := newEnv(t)
	s, c := connected(t, env)
	say(t, c, "sixsix")
	answer := startReceive(t, s, ReceiveRequest{Max: 50, WaitAll: true}, soon())
	until(t, func() bool { return info(t, s).Held == 6 })
	if got := receive(t, s, ReceiveRequest{Max: 3}, For(0)); string(got.Data) != "six" {
		t.Fatalf("got %+v", got)
	}
	disconnect(t, s)
	if got := <-answer; got.Outcome.Code != BrokenPipe && (string(got.Data) != "six" || got.Offset != 3) {
		t.Errorf("got %+v", got)
	}
}
