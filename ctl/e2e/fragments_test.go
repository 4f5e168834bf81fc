//go:build linux

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// TestFragments: what does not fit the link leaves in fragments and arrives
// whole, by the kernels' own counters; behind a narrower link IPv4's router makes
// them; and a datagram that lost one never arrives.
func TestFragments(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.route(t)
	router := &host{namespace: l.id + "r"}
	ctl := func(agent string, args ...string) result {
		return l.user.ctl(t, append([]string{"--agent", agent}, args...)...).want(t, 0)
	}
	ctl("a", "bind", "udp", ":8130", "--as", "at")
	ctl("a", "bind", "udp6", "[::]:8131", "--as", "at6")
	ctl("c", "bind", "udp", behind4+":8130", "--as", "far")
	ctl("b", "open", "udp", "--option", "mtu-discovery=0", "--as", "s")
	ctl("b", "open", "udp6", "--option", "mtu-discovery=0", "--as", "s6")
	for _, row := range []struct {
		from, to, receiver string // sockets' names, and an address
		size               int
		file               string
		at                 *host // who has to fragment
		want               counters
	}{
		{"s", "10.77.0.1:8130", "at", 1472, "snmp", l.b, counters{}},
		{"s", "10.77.0.1:8130", "at", 1473, "snmp", l.b, counters{2, 2, 1}},
		{"s", "10.77.0.1:8130", "at", 4000, "snmp", l.b, counters{3, 3, 1}},
		{"s", behind4 + ":8130", "far", 1400, "snmp", router, counters{2, 2, 1}},
		{"s6", "[fd77::1]:8131", "at6", 1453, "snmp6", l.b, counters{2, 2, 1}},
		{"s6", "[fd77::1]:8131", "at6", 4000, "snmp6", l.b, counters{3, 3, 1}},
	} {
		there := map[string]*host{"at": l.a, "at6": l.a, "far": l.c}[row.receiver]
		count := func() counters {
			return counters{
				row.at.counter(t, row.file, "FragCreates"),
				there.counter(t, row.file, "ReasmReqds"),
				there.counter(t, row.file, "ReasmOKs"),
			}
		}
		size := strconv.Itoa(row.size)
		before := count()
		ctl("b", "send", row.from, "--to", row.to, "--pattern", size)
		ctl(there.name, "recv", row.receiver, "--pattern", size)
		got := count().minus(before)
		if got != row.want {
			t.Errorf("%s bytes to %s: %v, want %v", size, row.to, got, row.want)
		}
		t.Logf("%s bytes to %s: %v", size, row.to, got)
	}

	// The input chain comes after reassembly; this one before it.
	must(t, "table ip pieces {\n chain pre {\n type filter hook prerouting priority -450;\n ip frag-off & 0x1fff != 0 drop\n}\n}\n",
		"ip", "netns", "exec", l.a.namespace, "nft", "-f", "-")
	before := l.a.counter(t, "snmp", "ReasmReqds")
	ctl("b", "send", "s", "--to", "10.77.0.1:8130", "--pattern", "4000")
	ctl("b", "send", "s", "--to", "10.77.0.1:8130", "whole")
	if got := ctl("a", "recv", "at").stdout; got != "whole" {
		t.Errorf("received %d bytes that are not the whole datagram", len(got))
	}
	if n := l.a.counter(t, "snmp", "ReasmReqds") - before; n != 1 {
		t.Errorf("%d fragments arrived, want the first alone", n)
	}
}

// counters are how many fragments were made and how many arrived, and how many
// datagrams became whole of them.
type counters struct{ created, arrived, whole int }

func (c counters) minus(o counters) counters {
	return counters{c.created - o.created, c.arrived - o.arrived, c.whole - o.whole}
}

func (c counters) String() string {
	return fmt.Sprintf("%d fragments made, %d arrived, %d datagram whole of them", c.created, c.arrived, c.whole)
}

// counter is a figure of the host's /proc/net/snmp (of its Ip line) or
// /proc/net/snmp6 (of Ip6).
func (h *host) counter(t testing.TB, file, name string) int {
	t.Helper()
	var names, values []string
	for _, line := range strings.Split(h.tool(t, "cat", "/proc/net/"+file), "\n") {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 2 && fields[0] == "Ip6"+name:
			names, values = []string{name}, fields[1:]
		case len(fields) > 2 && fields[0] == "Ip:" && names == nil:
			names = fields[1:]
		case len(fields) > 2 && fields[0] == "Ip:":
			values = fields[1:]
		}
	}
	for i := range names {
		if names[i] == name && i < len(values) {
			n, err := strconv.Atoi(values[i])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("/proc/net/%s has no %s", file, name)
	return 0
}
