//go:build linux

package posix

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// The lab is the network that both sides have, each in a namespace of its own:
//
//	127.0.0.0/8, ::1  lo, acknowledging at once, so that queue lengths settle
//	10.1.0.1, fd01::1, fe80::1%v0  this host on v0, whose MTU is 1500
//	10.1.0.2, fd01::2  behind v0, never answers
//	10.1.0.99, fd01::99  behind v0, has no link address
//	203.0.113.0/25, fd02::/64  unreachable    203.0.113.128/25, fd03::/64  prohibited
//	198.18.0.0/24  by way of 10.1.0.2
//	198.51.100.0/24, fd04::/64  black holes   192.0.2.0/24, fd05::/64  no route
//
// and ports, and a mark, that a filter watches: see filter.
const addresses = `link set lo up
route replace local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1 quickack 1
route replace local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1 quickack 1
route del local ::1 dev lo table local metric 0
route add local ::1 dev lo table local proto kernel metric 1 quickack 1
link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:09
link set v0 addrgenmode none
link set v1 addrgenmode none
link set v0 up
link set v1 up
addr add 10.1.0.1/24 brd 10.1.0.255 dev v0
addr add fd01::1/64 dev v0 nodad
addr add fe80::1/64 dev v0 nodad
neigh add 10.1.0.2 lladdr 02:00:00:00:00:02 dev v0
neigh add fd01::2 lladdr 02:00:00:00:00:02 dev v0
route add unreachable 203.0.113.0/25
route add prohibit 203.0.113.128/25
route add 198.18.0.0/24 via 10.1.0.2 dev v0
route add blackhole 198.51.100.0/24
route add unreachable fd02::/64
route add prohibit fd03::/64
route add blackhole fd04::/64
`

const filter = `table inet lab {
	chain output {
		type filter hook output priority 0;
		meta mark 9 drop
		udp dport 7001 drop
		tcp dport 7001 drop
	}
	chain input {
		type filter hook input priority 0;
		tcp dport 7002 drop
		meta l4proto { tcp, udp } th dport 7003 reject with icmpx type admin-prohibited
		meta l4proto { tcp, udp } th dport 7004 reject with icmpx type host-unreachable
		meta l4proto { tcp, udp } th dport 7005 reject with icmpx type no-route
		ip protocol udp udp dport 7006 reject with icmp type prot-unreachable
		ip protocol udp udp dport 7007 reject with icmp type host-prohibited
		ip protocol udp udp dport 7008 reject with icmp type net-prohibited
		tcp dport 7009 reject with tcp reset
	}
}
`

var parameters = map[string]string{
	"ipv4/tcp_syn_retries":          "1",
	"ipv4/tcp_fastopen":             "3",
	"ipv4/tcp_tw_reuse":             "0", // which looks at the clock
	"ipv4/neigh/v0/mcast_solicit":   "1",
	"ipv4/neigh/v0/retrans_time_ms": "50",
	"ipv6/neigh/v0/mcast_solicit":   "1",
	"ipv6/neigh/v0/retrans_time_ms": "50",
	"ipv4/icmp_ratelimit":           "0",
	"ipv4/icmp_msgs_per_sec":        "1000000",
	"ipv4/icmp_msgs_burst":          "1000000",
	"ipv6/icmp/ratelimit":           "0",
	"ipv6/conf/v1/disable_ipv6":     "1",
}

// NewLab starts a thread in a namespace that has the lab's network. The caller
// closes it.
func NewLab() (*Thread, error) {
	t, err := NewThread("", 0)
	if err != nil {
		return nil, err
	}
	t.Do(func() {
		err = errors.Join(
			pipe(addresses, "ip", "-batch", "-"),
			setParameters(),
			pipe(filter, "nft", "-f", "-"),
			t.stamp(),
		)
	})
	if err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// setParameters speaks to the namespace of the thread that runs it.
func setParameters() error {
	var all error
	for name, value := range parameters {
		all = errors.Join(all, os.WriteFile("/proc/sys/net/"+name, []byte(value), 0))
	}
	return all
}

// pipe runs a tool in the namespace of the thread that runs it.
func pipe(input, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// Missing says what a lab needs and this process has not; "" is nothing.
func Missing() string {
	if os.Geteuid() != 0 {
		return "root"
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			return tool
		}
	}
	return ""
}
