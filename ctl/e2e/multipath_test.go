//go:build linux

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
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

	batch(t, l.b.namespace, "link set eth0 down\n")
	ctl("b", "send", "d", "--pattern", "300000", "--wait", "30s")
	ctl("a", "recv", "c1", "--pattern", "300000", "--wait", "50s")
	if got := (end{l, "b", "d"}).show(t).GetState(); got != farsockv1.SocketState_SOCKET_STATE_CONNECTED {
		t.Errorf("state %v", got)
	}
	t.Logf("the first link down: 300000 bytes arrived by the second")
}
