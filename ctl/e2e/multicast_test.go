//go:build linux

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestMulticastMembership: what ip-maddr(8) lists on a host is what its sockets
// have joined, on that link alone; leaving, closing and the session's end each
// take it away again.
func TestMulticastMembership(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ctl := func(args ...string) result {
		return l.user.ctl(t, append([]string{"--agent", "a"}, args...)...).want(t, 0)
	}
	listed := func(group, device string) bool {
		for _, line := range strings.Split(l.a.tool(t, "ip", "maddr", "show", "dev", device), "\n") {
			if f := strings.Fields(line); len(f) >= 2 && f[1] == group {
				return true
			}
		}
		return false
	}
	for _, row := range []struct{ network, group string }{{"udp", "239.77.0.9"}, {"udp6", "ff12::99"}} {
		want := func(when, device string, is bool) {
			t.Helper()
			if got := listed(row.group, device); got != is {
				t.Errorf("%s %s: ip maddr lists it on %s: %v, want %v", row.group, when, device, got, is)
			}
		}
		join := "multicast-join=" + row.group + "%eth1"
		ctl("open", row.network, "--option", join, "--as", "x"+row.network)
		want("joined", "eth1", true)
		want("joined", "eth0", false)
		ctl("options", "set", "x"+row.network, strings.Replace(join, "join", "leave", 1))
		want("left", "eth1", false)
		ctl("options", "set", "x"+row.network, join)
		want("joined again", "eth1", true)
		ctl("close", "x"+row.network)
		eventually(t, func() error {
			if listed(row.group, "eth1") {
				return fmt.Errorf("%s is still joined after close", row.group)
			}
			return nil
		})
		ctl("session", "create", "lease-"+row.network)
		ctl("open", row.network, "--option", join, "--session", "lease-"+row.network)
		want("joined by a session", "eth1", true)
		ctl("session", "close", "lease-"+row.network)
		eventually(t, func() error {
			if listed(row.group, "eth1") {
				return fmt.Errorf("%s is still joined after the session", row.group)
			}
			return nil
		})
		t.Logf("%s: joined, left, joined, closed, joined, session closed: ip maddr agrees each time", row.group)
	}
}
