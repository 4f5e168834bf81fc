//go:build linux

package sock

import (
	"errors"
	"reflect"
	"testing"

	"golang.org/x/sys/unix"
)

func mptcpInfo(t *testing.T, s *Socket) *MPTCPInfo {
	t.Helper()
	m, err := s.MPTCPInfo()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMPTCPInfo(t *testing.T) {
	needMPTCP(t)
	env := newEnv(t)
	l, c, s := multipath(t, env)
	if sent, err := c.Send(bg, SendRequest{Data: []byte("hello")}, soon()); err != nil || sent.Applied != 5 {
		t.Fatalf("%+v, %v", sent, err)
	}
	arrived(t, s, 5)
	until(t, func() bool { return mptcpInfo(t, c).BytesAcked == 5 })
	there, here := mptcpInfo(t, s), mptcpInfo(t, c)
	if here.BytesSent != 5 || here.BytesReceived != 0 || there.BytesReceived != 5 || there.BytesSent != 0 || here.BytesRetransmitted != 0 {
		t.Errorf("%+v\n%+v", here, there)
	}
	if here.Token == 0 || here.Token == there.Token || here.WriteSequence != here.UnackedSequence || here.WriteSequence != there.ReceiveSequence || there.WriteSequence != here.ReceiveSequence {
		t.Errorf("%+v\n%+v", here, there)
	}
	for _, end := range []*Socket{c, s} {
		m, i := mptcpInfo(t, end), info(t, end)
		if m.Fallback || !m.RemoteKeyReceived || m.ExtraSubflows != 0 || len(m.Subflows) != 1 {
			t.Fatalf("%+v", m)
		}
		flow := m.Subflows[0]
		if !reflect.DeepEqual(flow.Local, i.Local) || !reflect.DeepEqual(flow.Peer, i.Peer) {
			t.Errorf("%v -> %v, want %v -> %v", flow.Local, flow.Peer, i.Local, i.Peer)
		}
		first, err := end.TCPInfo()
		if err != nil || flow.TCP == nil || flow.TCP.StateName != "ESTABLISHED" || flow.TCP.Bytes_sent != first.Bytes_sent ||
			flow.TCP.Bytes_received != first.Bytes_received || flow.TCP.SendScale != first.SendScale || flow.TCP.Snd_wnd != first.Snd_wnd {
			t.Errorf("%+v\n%+v, %v", flow.TCP, first, err)
		}
	}

	tcp, _ := connected(t, env)
	for what, other := range map[string]*Socket{
		"a listener":      l,
		"without a peer":  open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP}),
		"TCP":             tcp,
		"a UDP socket":    open(t, env, Spec{Family: Inet, Type: Datagram}),
		"a unix listener": open(t, env, Spec{Family: Unix, Type: Stream, Bind: &Address{Family: Unix}, Listen: port(1)}),
	} {
		if m := mptcpInfo(t, other); m != nil {
			t.Errorf("%s: %+v", what, m)
		}
	}
	s.Close(bg, true)
	until(t, func() bool { return mptcpInfo(t, c) == nil }) // reset, it has no peer
	if _, err := s.MPTCPInfo(); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestMPTCPInfoOfFallback(t *testing.T) {
	needMPTCP(t)
	env := newEnv(t)
	for _, family := range []Family{Inet, Inet6} {
		tcp := open(t, env, Spec{Family: family, Type: Stream, Bind: loopback(family), Listen: port(7)})
		multi := open(t, env, Spec{Family: family, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Bind: loopback(family), Listen: port(7)})
		fallen := open(t, env, Spec{Family: family, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Connect: info(t, tcp).Local})
		if m := mptcpInfo(t, fallen); !reflect.DeepEqual(m, &MPTCPInfo{Fallback: true}) {
			t.Errorf("%v, of a dialler: %+v", family, m)
		}
		whole := open(t, env, Spec{Family: family, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Connect: info(t, multi).Local})
		// On older kernels the second of these has to stand in for the first.
		for end, plain := range map[*Socket]bool{fallen: true, whole: false, multi: false} {
			if n, err := unix.GetsockoptInt(fdOf(end), unix.IPPROTO_TCP, tcpIsMPTCP); err == nil && n != 0 == plain || answersAsTCP(fdOf(end)) != plain {
				t.Errorf("%v: TCP_IS_MPTCP %d, %v, answers as TCP %v, fell back %v", family, n, err, answersAsTCP(fdOf(end)), plain)
			}
		}
		open(t, env, Spec{Family: family, Type: Stream, Connect: info(t, multi).Local})
		for range 2 { // the connection of MPTCP, then that of TCP
			accepted, err := multi.Accept(bg, soon(), nil)
			if err != nil || !accepted.Outcome.OK() {
				t.Fatalf("%+v, %v", accepted, err)
			}
			s := closing(t, accepted.Socket)
			m, i := mptcpInfo(t, s), info(t, s)
			if (m != nil) != (i.Protocol == unix.IPPROTO_MPTCP) || (i.Protocol == unix.IPPROTO_MPTCP) != (i.Peer.Port == info(t, whole).Local.Port) {
				t.Errorf("%v: protocol %d: %+v", family, i.Protocol, m)
			}
		}
	}
}

// Further subflows are listed each with its own addresses and figures, though
// there be more of them than the first look has room for.
func TestMPTCPSubflows(t *testing.T) {
	needMPTCP(t)
	ns := newNamespace(t)
	run(t, "ip", "-n", ns, "mptcp", "limits", "set", "subflow", "3", "add_addr_accepted", "2")
	addresses := []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"}
	for _, address := range addresses[1:] {
		run(t, "ip", "-n", ns, "mptcp", "endpoint", "add", address, "dev", "lo", "subflow")
	}
	env := newEnv(t)
	l := open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Namespace: ns, Bind: loopback(Inet), Listen: port(7)})
	c := open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Namespace: ns, Connect: info(t, l).Local})
	accepted, err := l.Accept(bg, soon(), nil)
	if err != nil || !accepted.Outcome.OK() {
		t.Fatalf("%+v, %v", accepted, err)
	}
	s := closing(t, accepted.Socket)
	// The kernel begins them once data has gone both ways.
	for _, way := range [][2]*Socket{{c, s}, {s, c}} {
		if sent, err := way[0].Send(bg, SendRequest{Data: []byte("hello")}, soon()); err != nil || sent.Applied != 5 {
			t.Fatalf("%+v, %v", sent, err)
		}
		arrived(t, way[1], 5)
	}
	established := func(flows []MPTCPSubflow) bool {
		for _, f := range flows {
			if f.TCP == nil || f.TCP.StateName != "ESTABLISHED" {
				return false
			}
		}
		return len(flows) == 3
	}
	until(t, func() bool { return established(mptcpInfo(t, c).Subflows) && established(mptcpInfo(t, s).Subflows) })
	m, peer := mptcpInfo(t, c), mptcpInfo(t, s)
	if m.ExtraSubflows != 2 || m.ExtraSubflowsLimit != 3 || m.AddAddrAcceptedLimit != 2 || m.SubflowEndpoints != 2 || m.LocalAddressesUsed != 2 || peer.ExtraSubflows != 2 {
		t.Errorf("%+v", m)
	}
	received := uint64(0)
	seen := map[string]bool{}
	there := map[string]string{} // the other end's, by its peer
	for _, f := range peer.Subflows {
		there[f.Peer.String()] = f.Local.String()
	}
	for _, f := range m.Subflows {
		seen[f.Local.Host] = true
		if got := there[f.Local.String()]; f.Peer.String() != info(t, l).Local.String() || got != f.Peer.String() {
			t.Errorf("%v -> %v, there %q", f.Local, f.Peer, got)
		}
		received += f.TCP.Bytes_received
	}
	if len(seen) != 3 || !seen[addresses[1]] || !seen[addresses[2]] || m.Subflows[0].Local.Host != addresses[0] {
		t.Errorf("from %v", seen)
	}
	if received != m.BytesReceived || received != 5 {
		t.Errorf("the subflows received %d, the connection %d", received, m.BytesReceived)
	}
	for room := range 4 {
		if flows := readSubflows(fdOf(c), room); len(flows) != 3 || flows[2].Local.String() != m.Subflows[2].Local.String() || flows[2].TCP == nil {
			t.Errorf("with room for %d: %+v", room, flows)
		}
	}
}

// A connection outlives its first subflow, whose state TCP_INFO tells.
func TestMPTCPOutlivesItsFirstSubflow(t *testing.T) {
	needMPTCP(t)
	ns := newNamespace(t)
	run(t, "ip", "-n", ns, "mptcp", "limits", "set", "subflow", "2")
	run(t, "ip", "-n", ns, "mptcp", "endpoint", "add", "127.0.0.2", "dev", "lo", "subflow")
	env := newEnv(t)
	l := open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Namespace: ns, Bind: loopback(Inet), Listen: port(7)})
	c := open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Namespace: ns, Connect: info(t, l).Local})
	accepted, err := l.Accept(bg, soon(), nil)
	if err != nil || !accepted.Outcome.OK() {
		t.Fatalf("%+v, %v", accepted, err)
	}
	s := closing(t, accepted.Socket)
	exchange := func(text string) {
		t.Helper()
		for _, way := range [][2]*Socket{{c, s}, {s, c}} {
			send(t, way[0], SendRequest{Data: []byte(text)}, soon())
			if got := receive(t, way[1], ReceiveRequest{Max: 99, Until: Until{Exactly: len(text)}}, soon()); string(got.Data) != text {
				t.Fatalf("got %+v", got)
			}
		}
	}
	exchange("hello")
	until(t, func() bool { return len(mptcpInfo(t, c).Subflows) == 2 && len(mptcpInfo(t, s).Subflows) == 2 })
	first := mptcpInfo(t, c).Subflows[0].Local
	run(t, "ip", "netns", "exec", ns, "ss", "-K", "-t", "src", first.String())
	until(t, func() bool { return info(t, c).TCPState == "CLOSE" })
	exchange("and on")
	for _, end := range []*Socket{c, s} {
		if i := info(t, end); i.State != StateConnected || i.Peer == nil || i.SendQueue < 0 {
			t.Errorf("got %+v", i)
		}
	}
	// Its own end is seen by whoever awaits it.
	over := make(chan Outcome, 1)
	go func() {
		_, out, err := c.Await(bg, Goal{States: []State{StateDisconnected}}, soon())
		if err != nil {
			t.Error(err)
		}
		over <- out
	}()
	if out, err := s.Shutdown(ShutWrite); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := receive(t, c, ReceiveRequest{Max: 9}, soon()); !got.End {
		t.Errorf("got %+v", got)
	}
	if i := info(t, c); i.State != StateConnected {
		t.Errorf("after one end: %+v", i)
	}
	if out, err := c.Shutdown(ShutWrite); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if out := <-over; !out.OK() {
		t.Errorf("got %+v", out)
	}
}
