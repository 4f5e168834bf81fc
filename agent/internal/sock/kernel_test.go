//go:build linux

package sock

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What the contract's comments say of the kernel rather than of us.

// A failed attempt's error is told once; the connect after it is ECONNABORTED,
// and the one after that begins anew.
func TestConnectAfterTheErrorWasTold(t *testing.T) {
	env := newEnv(t)
	bad := *refusing(t, env)
	s := open(t, env, Spec{Family: Inet, Type: Stream})
	connect := func() Code {
		t.Helper()
		out, _, err := s.Connect(bg, bad, For(0))
		if err != nil {
			t.Fatal(err)
		}
		return out.Code
	}
	if got := connect(); got != InProgress {
		t.Fatalf("got %v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); got.Outcome.Code != Refused {
		t.Fatalf("got %+v", got)
	}
	if got := connect(); got != Aborted {
		t.Errorf("got %v", got)
	}
	if got := connect(); got != InProgress {
		t.Errorf("got %v", got)
	}
}

func TestAutobindAgain(t *testing.T) {
	env := newEnv(t)
	for _, typ := range []Type{Stream, Datagram, Seqpacket} {
		s := open(t, env, Spec{Family: Unix, Type: typ, Bind: &Address{Family: Unix}})
		name := string(info(t, s).Local.Abstract)
		if out, _, err := s.Bind(bg, Address{Family: Unix}, soon()); err != nil || !out.OK() || string(info(t, s).Local.Abstract) != name {
			t.Errorf("%v: %+v, %v", typ, out, err)
		}
	}
}

// Without a destination unix sockets are not connected, inet ones lack it.
func TestSendToNobody(t *testing.T) {
	env := newEnv(t)
	for _, row := range []struct {
		spec Spec
		want unix.Errno
	}{
		{Spec{Family: Inet, Type: Datagram}, unix.EDESTADDRREQ},
		{Spec{Family: Inet6, Type: Datagram}, unix.EDESTADDRREQ},
		{Spec{Family: Unix, Type: Datagram}, unix.ENOTCONN},
		{Spec{Family: Unix, Type: Seqpacket}, unix.ENOTCONN},
	} {
		if sent := send(t, open(t, env, row.spec), SendRequest{Data: []byte("x")}, soon()); sent.Outcome.Errno != row.want {
			t.Errorf("%+v: %+v", row.spec, sent)
		}
	}
}

// The destination of a packet, which the kernel would ignore, is refused.
func TestSeqpacketTakesNoDestination(t *testing.T) {
	s := open(t, newEnv(t), Spec{Family: Unix, Type: Seqpacket})
	to := &Address{Family: Unix, Path: "/tmp/farsock-nobody"}
	var a *ArgumentError
	if _, err := s.Send(bg, SendRequest{To: to}, soon()); !errors.As(err, &a) || a.Field != "to" {
		t.Errorf("got %v", err)
	}
	if _, err := s.Send(bg, SendRequest{Batch: []Outgoing{{}, {To: to}}}, soon()); !errors.As(err, &a) || a.Field != "datagrams[1].peer" {
		t.Errorf("got %v", err)
	}
}

// With the error queue on, an ICMP error also meets a socket without a peer.
func TestUnconnectedErrors(t *testing.T) {
	env := newEnv(t)
	for _, queued := range []bool{false, true} {
		a, _ := datagrams(t, env, Inet)
		dead := info(t, a).Local
		a.Close(bg, false)
		s := open(t, env, Spec{Family: Inet, Type: Datagram, Options: []Option{{Kind: OptErrorQueue, Bool: queued}}})
		send(t, s, SendRequest{Data: []byte("x"), To: dead}, soon())
		if !queued {
			// What would have come has come: loopback is synchronous.
			if got := receive(t, s, ReceiveRequest{Max: 9}, For(0)); got.Outcome.Code != WouldBlock {
				t.Errorf("without the queue: %+v", got)
			}
			continue
		}
		if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); got.Outcome.Code != Refused {
			t.Errorf("with the queue: %+v", got)
		}
	}
}

// A timestamp brings what was sent with its headers; too large a datagram was
// never made.
func TestWhatTheErrorQueueKeeps(t *testing.T) {
	env := newEnv(t)
	to, s := datagrams(t, env, Inet)
	flags := int32(unix.SOF_TIMESTAMPING_TX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE)
	if _, out, err := s.SetOption(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_TIMESTAMPING, Int: &flags}}); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	sendText(t, s, "tick")
	const headers = 14 + 20 + 8 // of Ethernet, which lo has too, IPv4 and UDP
	got := receive(t, s, ReceiveRequest{Max: 99, ErrorQueue: true}, soon())
	if len(got.Datagrams) != 1 || got.Datagrams[0].Error.Origin != OriginTimestamping ||
		len(got.Datagrams[0].Data) != headers+4 || !strings.HasSuffix(string(got.Datagrams[0].Data), "tick") {
		t.Errorf("got %+v", got)
	}
	setBool(t, s, OptErrorQueue)
	if _, out, err := s.SetOption(Option{Kind: OptMTUDiscovery, Int: unix.IP_PMTUDISC_DO}); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if sent := send(t, s, SendRequest{Data: make([]byte, 65508), To: info(t, to).Local}, soon()); sent.Outcome.Code != MessageTooLarge {
		t.Fatalf("got %+v", sent)
	}
	got = receive(t, s, ReceiveRequest{Max: 99, ErrorQueue: true}, soon())
	if len(got.Datagrams) != 1 || got.Datagrams[0].Error.Errno != unix.EMSGSIZE || len(got.Datagrams[0].Data) != 0 {
		t.Errorf("got %+v", got)
	}
}

// The room for control messages counts headers and padding; what is cut says
// nothing in words.
func TestControlIsCut(t *testing.T) {
	env := newEnv(t)
	a, b := datagrams(t, env, Inet)
	setBool(t, a, OptPacketInfo)
	for room, whole := range map[int]bool{16 + 12: true, 16 + 11: false, 16: false, 15: false} {
		sendText(t, b, "x")
		m := receive(t, a, ReceiveRequest{Max: 9, ControlRoom: &room}, soon()).Datagrams[0]
		if (m.Destination != nil) != whole || m.ControlTruncated == whole {
			t.Errorf("room %d: %+v", room, m)
		}
	}
}

// The state of an MPTCP socket is its first subflow's: the end of one direction
// passes it by, unless they fell back to TCP.
func TestMPTCPStateIsTheSubflows(t *testing.T) {
	needMPTCP(t)
	env := newEnv(t)
	_, c, s := multipath(t, env)
	if out, err := c.Shutdown(ShutWrite); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); !got.End {
		t.Fatalf("got %+v", got)
	}
	if i := info(t, s); i.TCPState != "ESTABLISHED" {
		t.Errorf("got %+v", i)
	}
	l := listen(t, env, loopback(Inet))
	fallen := open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Connect: info(t, l).Local})
	peer, err := l.Accept(bg, soon(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := closing(t, peer.Socket).Shutdown(ShutWrite); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	until(t, func() bool { return info(t, fallen).TCPState == "CLOSE_WAIT" })
}
