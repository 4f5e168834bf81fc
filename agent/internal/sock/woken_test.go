//go:build linux

package sock

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// woken runs a call that waits, does what ends it, and returns its outcome.
func woken(t *testing.T, call func() (Outcome, error), waits func() bool, end func()) Outcome {
	t.Helper()
	done := make(chan Outcome, 1)
	go func() {
		out, err := call()
		if err != nil {
			t.Error(err)
		}
		done <- out
	}()
	until(t, waits)
	end()
	return <-done
}

// A unix peer that shuts down its receiving wakes a send that has no room.
func TestSendWokenByThePeersShutdown(t *testing.T) {
	for _, typ := range []Type{Stream, Seqpacket} {
		t.Run(typ.String(), func(t *testing.T) {
			peer, s := halfOurs(t, typ)
			for {
				if sent := send(t, s, SendRequest{Data: make([]byte, 1000)}, For(0)); !sent.Outcome.OK() {
					break
				}
			}
			out := woken(t, func() (Outcome, error) {
				sent, err := s.Send(bg, SendRequest{Data: make([]byte, 1000)}, For(5*time.Second))
				return sent.Outcome, err
			}, func() bool { return s.send.turn.count() == 1 }, func() {
				if err := unix.Shutdown(peer, unix.SHUT_RD); err != nil {
					t.Error(err)
				}
			})
			if out.Errno != unix.EPIPE {
				t.Errorf("got %+v", out)
			}
		})
	}
}

// A unix listener that is shut down for receiving ends accepts that wait, and
// answers others as before.
func TestAcceptWokenByShutdown(t *testing.T) {
	for _, how := range []How{ShutRead, ShutBoth} {
		backlog := 3
		l := open(t, newEnv(t), Spec{Family: Unix, Type: Stream, Bind: &Address{Family: Unix}, Listen: &backlog})
		accept := func(w Wait) (Outcome, error) {
			a, err := l.Accept(bg, w, nil)
			return a.Outcome, err
		}
		out := woken(t, func() (Outcome, error) { return accept(For(5 * time.Second)) },
			func() bool { return l.acceptTurn.count() == 1 },
			func() { shutDown(t, l, how) })
		if out.Errno != unix.EINVAL {
			t.Errorf("got %+v", out)
		}
		if out, err := accept(Forever()); err != nil || out.Errno != unix.EINVAL {
			t.Errorf("another: %+v, %v", out, err)
		}
		if out, err := accept(For(0)); err != nil || out.Errno != unix.EAGAIN {
			t.Errorf("one that does not wait: %+v, %v", out, err)
		}
	}
}

// Calls that wait for a connection are told what the kernel has pending when
// Shutdown ends the attempt, once.
func TestConnectingWokenByShutdown(t *testing.T) {
	to := silent(t)
	calls := map[string]func(s *Socket) (Outcome, error){
		"connect": func(s *Socket) (Outcome, error) {
			out, _, err := s.Connect(bg, *to, For(5*time.Second))
			return out, err
		},
		"receive": func(s *Socket) (Outcome, error) {
			got, err := s.Receive(bg, ReceiveRequest{Max: 9}, For(5*time.Second))
			return got.Outcome, err
		},
		"send": func(s *Socket) (Outcome, error) {
			sent, err := s.Send(bg, SendRequest{Data: []byte("x")}, For(5*time.Second))
			return sent.Outcome, err
		},
	}
	for name, call := range calls {
		for _, how := range []How{ShutRead, ShutWrite, ShutBoth} {
			s := open(t, newEnv(t), Spec{Family: Inet, Type: Stream})
			if name != "connect" {
				if out, _, err := s.Connect(bg, *to, For(0)); err != nil || out.Code != InProgress {
					t.Fatalf("%+v, %v", out, err)
				}
			}
			out := woken(t, func() (Outcome, error) { return call(s) }, func() bool {
				if name == "connect" {
					return info(t, s).State == StateConnecting
				}
				return s.recv.turn.count()+s.send.turn.count() == 1
			}, func() { shutDown(t, s, how) })
			if out.Errno != unix.ECONNRESET {
				t.Errorf("%s, %v: got %+v", name, how, out)
			}
			if o, _, err := s.GetOption(Option{Kind: OptError}); err != nil || o.Text != "" {
				t.Errorf("%s, %v: %+v, %v is pending", name, how, o, err)
			}
		}
	}
}

func shutDown(t *testing.T, s *Socket, how How) {
	t.Helper()
	if out, err := s.Shutdown(how); err != nil || !out.OK() {
		t.Errorf("%+v, %v", out, err)
	}
}
