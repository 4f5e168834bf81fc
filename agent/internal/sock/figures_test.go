//go:build linux

package sock

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Where nothing can be on its way the kernel computes a send queue from
// sequence numbers all the same.
func TestNoSendQueueWithoutAConnection(t *testing.T) {
	env := newEnv(t)
	unset := func(s *Socket, state string) {
		t.Helper()
		if i := info(t, s); i.TCPState != state || i.SendQueue != -1 {
			t.Errorf("%q, not %q: send queue %d", i.TCPState, state, i.SendQueue)
		}
		x, err := s.TCPInfo()
		if err != nil || x != nil && x.Notsent_bytes != 0 {
			t.Errorf("%s: %+v, %v", state, x, err)
		}
	}
	s, _ := connected(t, env)
	if i := info(t, s); i.SendQueue != 0 {
		t.Errorf("connected: %+v", i)
	}
	disconnect(t, s)
	unset(s, "CLOSE")
	unset(open(t, env, Spec{Family: Inet, Type: Stream}), "CLOSE")
	l := listen(t, env, loopback(Inet))
	unset(l, "LISTEN")
	refused := open(t, env, Spec{Family: Inet, Type: Stream})
	if out, _, err := refused.Connect(bg, *refusing(t, env), soon()); err != nil || out.Code != Refused {
		t.Fatalf("%+v, %v", out, err)
	}
	unset(refused, "CLOSE")
	if _, err := l.Shutdown(ShutBoth); err != nil {
		t.Fatal(err)
	}
	unset(l, "CLOSE")

	ns, far := fastListener(t, env, false)
	fast := open(t, env, Spec{Family: Inet, Type: Stream, Namespace: ns, Connect: info(t, far).Local,
		Options: []Option{{Kind: OptFastOpenConnect, Bool: true}}})
	unset(fast, "SYN_SENT") // until the first send
}

// MPTCP's SIOCINQ says 1 where there is nothing and nothing can come.
func TestMPTCPReceiveQueue(t *testing.T) {
	needMPTCP(t)
	env := newEnv(t)
	empty := func(s *Socket, when string) {
		t.Helper()
		if i := info(t, s); i.ReceiveQueue != 0 {
			t.Errorf("%s: %d", when, i.ReceiveQueue)
		}
	}
	empty(open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP}), "just opened")
	_, c, s := multipath(t, env)
	empty(s, "connected")
	send(t, c, SendRequest{Data: []byte("x")}, soon())
	arrived(t, s, 1)
	if i := info(t, s); i.ReceiveQueue != 1 {
		t.Errorf("a byte: %d", i.ReceiveQueue)
	}
	if out, err := c.Shutdown(ShutWrite); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	arrived(t, s, 2) // the end counts behind a byte, as the kernel has it
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); string(got.Data) != "x" || got.KernelQueue != 0 {
		t.Errorf("got %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); !got.End || got.KernelQueue != 0 {
		t.Errorf("got %+v", got)
	}
	empty(s, "after the end")
	disconnect(t, c)
	empty(c, "after a disconnect")
}

// A seqpacket socket's receive queue is that of all packets, an inet datagram
// socket's the next one.
func TestReceiveQueueOfMessages(t *testing.T) {
	env := newEnv(t)
	s, fd := packetPair(t, env, Seqpacket)
	defer unix.Close(fd)
	put(t, fd, "one")
	put(t, fd, "three")
	if i := info(t, s); i.ReceiveQueue != 8 {
		t.Errorf("seqpacket: %d", i.ReceiveQueue)
	}
	a, b := datagrams(t, env, Inet)
	sendText(t, b, "one")
	sendText(t, b, "three")
	arrived(t, a, 1)
	if i := info(t, a); i.ReceiveQueue != 3 {
		t.Errorf("udp: %d", i.ReceiveQueue)
	}
}
