//go:build linux

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// What every lab's hosts have, N being 1 for a, 2 for b and 3 for c:
//
//	eth0  10.77.0.N  10.77.0.1N  fd77::N  fd77::1N  fe80::N  MTU 1500
//	eth1  10.78.0.N              fd78::N            fe80::N  MTU 1400
//
// 10.77.0.1N and fd77::1N are never chosen as a source by the kernel itself. The
// link-local addresses are the same on both links, so that only the zone tells
// them apart, and eth0 has index N1 and eth1 N2. IPv4 groups in
// 239.0.0.0/8 are routed to eth0, others nowhere.
const (
	mtu0 = 1500
	mtu1 = 1400
)

// wire makes the two links.
func (l *lab) wire(t testing.TB) {
	t.Helper()
	var bridges strings.Builder
	bridges.WriteString("link set lo up\n")
	for link, mtu := range []int{mtu0, mtu1} {
		// Snooping would keep groups from ports where no querier asked for them.
		fmt.Fprintf(&bridges, "link add br%[1]d mtu %[2]d type bridge mcast_snooping 0\nlink set br%[1]d up\n", link, mtu)
	}
	for i, h := range l.hosts() {
		batch(t, h.namespace, l.interfaces(i+1))
		for link := range 2 {
			fmt.Fprintf(&bridges, "link set %[1]s%[2]d master br%[2]d\nlink set %[1]s%[2]d up\n", h.name, link)
		}
		// The kernel answers some of what the tests provoke at most once a second
		// for each peer.
		h.sysctl(t, "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
	}
	batch(t, l.bridges(), bridges.String())
}

// interfaces is what `ip -batch` does in host N.
func (l *lab) interfaces(n int) string {
	return strings.NewReplacer("N", fmt.Sprint(n), "H", string(rune('a'+n-1)), "BRIDGES", l.bridges()).Replace(`link set lo up
link add eth0 index N1 mtu 1500 type veth peer name H0 mtu 1500 netns BRIDGES
link add eth1 index N2 mtu 1400 type veth peer name H1 mtu 1400 netns BRIDGES
link set eth0 addrgenmode none
link set eth1 addrgenmode none
addr add 10.77.0.N/24 dev eth0
addr add 10.77.0.1N/24 dev eth0
addr add fd77::N/64 dev eth0 nodad
addr add fd77::1N/64 dev eth0 nodad preferred_lft 0
addr add fe80::N/64 dev eth0 nodad
addr add 10.78.0.N/24 dev eth1
addr add fd78::N/64 dev eth1 nodad
addr add fe80::N/64 dev eth1 nodad
link set eth0 up
link set eth1 up
route add 239.0.0.0/8 dev eth0
`)
}

// batch runs ip(8)'s commands, one a line, in a namespace.
func batch(t testing.TB, namespace, commands string) {
	t.Helper()
	must(t, commands, "ip", "-n", namespace, "-batch", "-")
}
