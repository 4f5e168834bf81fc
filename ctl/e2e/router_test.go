//go:build linux

package e2e

import "testing"

// The network behind the router, where host c has a third interface.
const (
	behind4 = "10.79.0.3"
	behind6 = "fd79::3"
)

// route adds a router, 10.77.0.254 and fd77::fe on the hosts' first link, with a
// narrow network behind it: 10.79.0.0/24 and fd79::/64. What comes back from c
// goes by the first link.
func (l *lab) route(t testing.TB) {
	t.Helper()
	r := l.id + "r"
	addNamespace(t, r)
	batch(t, l.bridges(), `link add r0 type veth peer name eth0 netns `+r+`
link set r0 master br0
link set r0 up
`)
	batch(t, l.c.namespace, "link add eth2 index 33 mtu 1280 type veth peer name eth2 mtu 1280 netns "+r+"\n")
	batch(t, r, `link set lo up
link set eth0 addrgenmode none
link set eth2 addrgenmode none
addr add 10.77.0.254/24 dev eth0
addr add fd77::fe/64 dev eth0 nodad
addr add fe80::fe/64 dev eth0 nodad
link set eth0 up
addr add 10.79.0.254/24 dev eth2
addr add fd79::fe/64 dev eth2 nodad
addr add fe80::fe/64 dev eth2 nodad
link set eth2 up
`)
	batch(t, l.c.namespace, `link set eth2 addrgenmode none
addr add `+behind4+`/24 dev eth2
addr add `+behind6+`/64 dev eth2 nodad
addr add fe80::3/64 dev eth2 nodad
link set eth2 up
`)
	must(t, "", "ip", "netns", "exec", r, "sysctl", "-qw",
		"net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.neigh.eth2.retrans_time_ms=100",
		"net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
	for _, h := range []*host{l.a, l.b} {
		batch(t, h.namespace, "route add 10.79.0.0/24 via 10.77.0.254\nroute add fd79::/64 via fd77::fe\n")
	}
}
