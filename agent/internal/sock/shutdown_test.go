//go:build linux

package sock

import (
	"testing"

	"golang.org/x/sys/unix"
)

// A TCP socket without a connection says NotConnected and is shut down all the
// same; a listener shuts nothing but what dissolves it.
func TestShutdownOfTheUnconnected(t *testing.T) {
	for _, proto := range []int{unix.IPPROTO_TCP, unix.IPPROTO_MPTCP} {
		for how := ShutRead; how <= ShutBoth; how++ {
			if proto == unix.IPPROTO_MPTCP && !HasMPTCP() {
				continue
			}
			env := newEnv(t)
			s := open(t, env, Spec{Family: Inet, Type: Stream, Protocol: proto})
			if out, err := s.Shutdown(how); err != nil || out.Code != NotConnected {
				t.Fatalf("%+v, %v", out, err)
			}
			if i := info(t, s); i.ReadShutDown != (how != ShutWrite) || i.WriteShutDown != (how != ShutRead) {
				t.Errorf("%v: %+v", how, i)
			}
			got := receive(t, s, ReceiveRequest{Max: 9}, soon())
			if got.End != (how != ShutWrite) || got.End == (got.Outcome.Code == NotConnected) {
				t.Errorf("%v: got %+v", how, got)
			}
			if sent := send(t, s, SendRequest{Data: []byte("x")}, soon()); sent.Outcome.Code != BrokenPipe {
				t.Errorf("%v: got %+v", how, sent)
			}
			// It stays so when it connects, until it disconnects.
			l := listen(t, env, loopback(Inet))
			if out, _, err := s.Connect(bg, *info(t, l).Local, soon()); err != nil || !out.OK() {
				t.Fatalf("%+v, %v", out, err)
			}
			if i := info(t, s); i.ReadShutDown != (how != ShutWrite) || i.WriteShutDown != (how != ShutRead) {
				t.Errorf("%v, connected: %+v", how, i)
			}
			sent := send(t, s, SendRequest{Data: []byte("x")}, soon())
			if sent.Outcome.OK() != (how == ShutRead) {
				t.Errorf("%v, connected: got %+v", how, sent)
			}
			disconnect(t, s)
			if i := info(t, s); i.ReadShutDown || i.WriteShutDown {
				t.Errorf("%v, disconnected: %+v", how, i)
			}
		}
	}
	l := listen(t, newEnv(t), loopback(Inet))
	if out, err := l.Shutdown(ShutWrite); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if i := info(t, l); i.State != StateListening || i.WriteShutDown {
		t.Errorf("got %+v", i)
	}
}
