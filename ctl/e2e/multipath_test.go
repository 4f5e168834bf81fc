//go:build linux

package e2e

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// noMPTCP says why MPTCP cannot be shown here; empty if it can.
func noMPTCP() string {
	on, err := os.ReadFile("/proc/sys/net/mptcp/enabled")
	if err != nil || strings.TrimSpace(string(on)) != "1" {
		return "this kernel has no MPTCP (net.mptcp.enabled is not 1)"
	}
	return ""
}

// multipath lets MPTCP connections between a and b use both links: a announces
// its address on the second one, b joins it.
func (l *lab) multipath(t testing.TB) {
	t.Helper()
	batch(t, l.a.namespace, "mptcp endpoint add 10.78.0.1 dev eth1 signal\nmptcp limits set subflow 2 add_addr_accepted 2\n")
	batch(t, l.b.namespace, "mptcp limits set subflow 2 add_addr_accepted 2\n")
}

// TestMultipath: an MPTCP connection between hosts has a second subflow on the
// second link; when the first link goes, the bytes take the other one.
func TestMultipath(t *testing.T) {
	t.Parallel()
	if reason := noMPTCP(); reason != "" {
		t.Skip(reason)
	}
	l := newLab(t)
	l.multipath(t)
	ctl := func(agent string, args ...string) result {
		return l.user.ctl(t, append([]string{"--agent", agent}, args...)...).want(t, 0)
	}
	ctl("a", "listen", "mptcp", ":8110", "--as", "web")
	ctl("b", "dial", "mptcp", "10.77.0.1:8110", "--as", "d")
	ctl("a", "accept", "web", "--as", "c1")
	if got := (end{l, "b", "d"}).show(t).GetProtocol(); got != 262 {
		t.Errorf("protocol %d, want 262 (IPPROTO_MPTCP)", got)
	}
	ctl("b", "send", "d", "hello")
	ctl("a", "expect", "c1", "hello")
	// The kernel announces the address once data has gone both ways.
	ctl("a", "send", "c1", "hello")
	ctl("b", "expect", "d", "hello")
	var subflows []listed
	eventually(t, func() error {
		subflows = l.b.ss(t, "-t", "dport", "=", ":8110")
		if len(subflows) != 2 {
			return fmt.Errorf("%d subflows: %v", len(subflows), subflows)
		}
		return nil
	})
	peers := subflows[0].peer + " " + subflows[1].peer
	if !strings.Contains(peers, "10.77.0.1:8110") || !strings.Contains(peers, "10.78.0.1:8110") {
		t.Fatalf("subflows to %s", peers)
	}
	t.Logf("one MPTCP connection, subflows to %s", peers)
	d := l.multipathAgrees(t, subflows)
	t.Logf("show agrees with ss -M: token %08x, %d subflow besides the first, %d address accepted", d.GetToken(), d.GetExtraSubflows(), d.GetAddAddrAccepted())
	text := ctl("b", "show", "d").stdout
	for _, want := range []string{"\nmptcp\n", "\nsubflow 1\n", "\nsubflow 2\n", "\ntcp, of the first subflow\n", "-> 10.78.0.1:8110\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}

	batch(t, l.b.namespace, "link set eth0 down\n")
	ctl("b", "send", "d", "--pattern", "300000", "--wait", "30s")
	ctl("a", "recv", "c1", "--pattern", "300000", "--wait", "50s")
	if got := (end{l, "b", "d"}).show(t).GetState(); got != farsockv1.SocketState_SOCKET_STATE_CONNECTED {
		t.Errorf("state %v", got)
	}
	first, second := l.subflowTo(t, "10.77.0.1"), l.subflowTo(t, "10.78.0.1")
	if sent := second.GetTcpInfo().GetBytesSent(); sent < 300000 {
		t.Errorf("by the second subflow %d bytes, want 300000 or more; by the first: %v", sent, first.GetTcpInfo())
	}
	t.Logf("the first link down: 300000 bytes arrived by the second (sent by the first %d, by the second %d)",
		first.GetTcpInfo().GetBytesSent(), second.GetTcpInfo().GetBytesSent())
}

// multipathInfo is what the agent of b says of the connection d.
func (l *lab) multipathInfo(t testing.TB) *farsockv1.MptcpInfo {
	t.Helper()
	shown := l.user.ctl(t, "--agent", "b", "show", "d", "-o", "json").want(t, 0)
	m := answer(t, shown, &farsockv1.GetSocketResponse{}).GetMptcpInfo()
	if m == nil {
		t.Fatalf("%s: no mptcp_info", shown)
	}
	return m
}

// subflowTo is d's subflow to that address.
func (l *lab) subflowTo(t testing.TB, host string) *farsockv1.MptcpSubflow {
	t.Helper()
	m := l.multipathInfo(t)
	for _, f := range m.GetSubflows() {
		if f.GetPeer().GetInet().GetHost() == host {
			return f
		}
	}
	t.Fatalf("no subflow to %s: %v", host, m)
	return nil
}

// multipathAgrees fails the test unless what is shown of d is what ss(8) has of
// the connection (ss -M) and of its subflows.
func (l *lab) multipathAgrees(t testing.TB, subflows []listed) *farsockv1.MptcpInfo {
	t.Helper()
	var m *farsockv1.MptcpInfo
	eventually(t, func() error { // acknowledgements may be on their way
		m = l.multipathInfo(t)
		words := fmt.Sprintf("subflows:%d subflows_max:%d add_addr_accepted:%d add_addr_accepted_max:%d remote_key token:%x write_seq:%x snd_una:%x rcv_nxt:%x",
			m.GetExtraSubflows(), m.GetExtraSubflowsLimit(), m.GetAddAddrAccepted(), m.GetAddAddrAcceptedLimit(),
			m.GetToken(), m.GetWriteSequence(), m.GetUnackedSequence(), m.GetReceiveSequence())
		said := l.b.tool(t, "ss", "-H", "-n", "-M", "-i", "dport", "=", ":8110")
		for _, word := range strings.Fields(words) {
			if !slices.Contains(strings.Fields(said), word) {
				return fmt.Errorf("show says %s, ss %s", word, said)
			}
		}
		if m.GetExtraSubflows() != 1 || m.GetTotalSubflows() != 2 || m.GetFallback() || !m.GetRemoteKeyReceived() || m.GetWriteSequence() != m.GetUnackedSequence() {
			return fmt.Errorf("show says %v", m)
		}
		for _, f := range m.GetSubflows() {
			if state := f.GetTcpInfo().GetState(); state != "ESTABLISHED" {
				return fmt.Errorf("a subflow in state %q", state)
			}
		}
		return nil
	})
	var shown, want []string
	for _, f := range m.GetSubflows() {
		shown = append(shown, wire.FormatAddress(f.GetLocal())+" "+wire.FormatAddress(f.GetPeer()))
	}
	for _, row := range subflows {
		// ss adds the interface that a subflow is bound to.
		host, port, _ := net.SplitHostPort(row.local)
		host, _, _ = strings.Cut(host, "%")
		want = append(want, net.JoinHostPort(host, port)+" "+row.peer)
	}
	slices.Sort(shown)
	slices.Sort(want)
	if !slices.Equal(shown, want) {
		t.Errorf("subflows: show says %q, ss %q", shown, want)
	}
	if there := answer(t, l.user.ctl(t, "--agent", "a", "show", "c1", "-o", "json").want(t, 0), &farsockv1.GetSocketResponse{}).GetMptcpInfo(); there.GetAddAddrSignaled() != 1 || there.GetSignalEndpoints() != 1 || there.GetReceiveSequence() != m.GetWriteSequence() {
		t.Errorf("the other end: %v", there)
	}
	return m
}
