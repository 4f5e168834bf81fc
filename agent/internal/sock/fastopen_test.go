//go:build linux

package sock

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// fastListener returns a namespace whose TCP takes data in a SYN, and a listener there.
func fastListener(t *testing.T, env *Env, cookies bool) (string, *Socket) {
	t.Helper()
	ns := newNamespace(t)
	mode := "0x207" // client and server, without cookies
	if cookies {
		mode = "3"
	}
	run(t, "ip", "netns", "exec", ns, "sh", "-c", "echo "+mode+" > /proc/sys/net/ipv4/tcp_fastopen")
	return ns, open(t, env, Spec{Family: Inet, Type: Stream, Namespace: ns, Bind: loopback(Inet), Listen: port(5),
		Options: []Option{{Kind: OptFastOpen, Int: 5}}})
}

func TestFastOpen(t *testing.T) {
	for _, cookies := range []bool{false, true} {
		env := newEnv(t)
		ns, l := fastListener(t, env, cookies)
		var asked []Op
		env.Authorize = func(_ context.Context, a Access) error {
			asked = append(asked, a.Op)
			return nil
		}
		for round := range 2 {
			for _, w := range []Wait{soon(), For(0)} { // with cookies the first gets one
				s := open(t, env, Spec{Family: Inet, Type: Stream, Namespace: ns})
				r := SendRequest{Data: []byte("in the SYN"), To: info(t, l).Local, FastOpen: true}
				asked = nil
				sent := send(t, s, r, w)
				if len(asked) != 1 || asked[0] != OpConnect {
					t.Errorf("asked about %v", asked)
				}
				if !sent.Outcome.OK() || sent.Applied != 10 || sent.Offset != 10 {
					t.Fatalf("cookies %v, round %d, %v: %+v", cookies, round, w, sent)
				}
				accepted, err := l.Accept(bg, soon(), nil)
				if err != nil || !accepted.Outcome.OK() {
					t.Fatalf("%+v, %v", accepted, err)
				}
				peer := closing(t, accepted.Socket)
				if got := receive(t, peer, ReceiveRequest{Max: 99, Until: Until{Exactly: 10}}, soon()); string(got.Data) != "in the SYN" {
					t.Fatalf("got %+v", got)
				}
				until(t, func() bool { return info(t, s).State == StateConnected })
				if w != For(0) {
					// As after a blocking sendto(2) the socket is connected, and knows.
					if out, _, err := s.Connect(bg, *info(t, l).Local, For(0)); err != nil || out.Errno != unix.EISCONN {
						t.Errorf("%+v, %v", out, err)
					}
					if sent := send(t, s, r, soon()); sent.Outcome.Errno != unix.EISCONN || sent.Outcome.Syscall != "sendto" {
						t.Errorf("on a connected socket: %+v", sent)
					}
				}
			}
		}
	}
}

// Without a cookie one that must not wait only connects.
func TestFastOpenInProgress(t *testing.T) {
	env := newEnv(t)
	ns, l := fastListener(t, env, true)
	s := open(t, env, Spec{Family: Inet, Type: Stream, Namespace: ns})
	r := SendRequest{Data: []byte("later"), To: info(t, l).Local, FastOpen: true}
	if sent := send(t, s, r, For(0)); sent.Outcome.Code != InProgress || sent.Applied != 0 || sent.Outcome.Syscall != "sendto" {
		t.Fatalf("got %+v", sent)
	}
	until(t, func() bool { return info(t, s).State == StateConnected })
	if sent := send(t, s, SendRequest{Data: []byte("later")}, For(0)); !sent.Outcome.OK() || sent.Applied != 5 {
		t.Fatalf("got %+v", sent)
	}
}

// Without a cookie a blocking one waits for the connection; what that meets is
// the answer.
func TestFastOpenWithoutAListener(t *testing.T) {
	env := newEnv(t)
	s := open(t, env, Spec{Family: Inet, Type: Stream})
	dead := Address{Family: Inet, Host: "127.0.0.1", Port: 1}
	sent := send(t, s, SendRequest{Data: []byte("x"), To: &dead, FastOpen: true}, soon())
	if sent.Outcome.Errno != unix.ECONNREFUSED || sent.Applied != 0 || sent.Outcome.Syscall != "sendto" || sent.Outcome.Peer.String() != dead.String() {
		t.Fatalf("got %+v", sent)
	}
	denied := errors.New("denied")
	env.Authorize = func(context.Context, Access) error { return denied }
	if _, err := s.Send(bg, SendRequest{To: &dead, FastOpen: true}, soon()); !errors.Is(err, denied) {
		t.Fatalf("got %v", err)
	}
	// Where the host forbids it the kernel says so.
	env.Authorize = nil
	ns := newNamespace(t)
	run(t, "ip", "netns", "exec", ns, "sh", "-c", "echo 0 > /proc/sys/net/ipv4/tcp_fastopen")
	s = open(t, env, Spec{Family: Inet, Type: Stream, Namespace: ns})
	if sent := send(t, s, SendRequest{To: &dead, FastOpen: true}, soon()); sent.Outcome.Errno != unix.EOPNOTSUPP {
		t.Fatalf("got %+v", sent)
	}
}

// More than the SYN takes follows after the handshake.
func TestFastOpenOfALot(t *testing.T) {
	env := newEnv(t)
	ns, l := fastListener(t, env, false)
	s := open(t, env, Spec{Family: Inet, Type: Stream, Namespace: ns})
	data := make([]byte, 300_000)
	for i := range data {
		data[i] = byte(i >> 8)
	}
	done := make(chan Sent, 1)
	go func() {
		sent, err := s.Send(bg, SendRequest{Data: data, To: info(t, l).Local, FastOpen: true}, soon())
		if err != nil {
			t.Error(err)
		}
		done <- sent
	}()
	accepted, err := l.Accept(bg, soon(), nil)
	if err != nil || !accepted.Outcome.OK() {
		t.Fatalf("%+v, %v", accepted, err)
	}
	peer := closing(t, accepted.Socket)
	got := receive(t, peer, ReceiveRequest{Max: len(data), WaitAll: true}, soon())
	if string(got.Data) != string(data) {
		t.Errorf("%d bytes, not those that were sent", len(got.Data))
	}
	if sent := <-done; !sent.Outcome.OK() || sent.Applied != int64(len(data)) {
		t.Errorf("got %+v", sent)
	}
}
