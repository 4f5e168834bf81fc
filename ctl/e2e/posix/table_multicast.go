//go:build linux

package posix

import (
	"fmt"
	"slices"
)

var tableMulticast = slices.Concat([]Case{
	row("join and hear", open(0, Inet, Datagram), bind(0, ":5000"), set(0, "multicast_join", "239.1.1.1 lo"), set(0, "multicast_interface", "lo"),
		set(0, "packet_info", "true"), sendTo(0, "239.1.1.1:5000", "hi"), recv(0, 9)),
	row("leave and hear no more", open(0, Inet, Datagram), bind(0, "239.1.1.1:5000"), set(0, "multicast_join", "239.1.1.1 lo"),
		set(0, "multicast_leave", "239.1.1.1 lo"), set(0, "multicast_interface", "lo"), sendTo(0, "239.1.1.1:5000", "hi"), recv(0, 9).fails("EAGAIN")),
	row("loop off", open(0, Inet, Datagram), bind(0, ":5000"), set(0, "multicast_join", "239.1.1.1 v0"), set(0, "multicast_interface", "v0"),
		set(0, "multicast_loop", "false"), sendTo(0, "239.1.1.1:5000", "hi"), recv(0, 9).fails("EAGAIN")),
	row("loop on", open(0, Inet, Datagram), bind(0, ":5000"), set(0, "multicast_join", "239.1.1.1 v0"), set(0, "multicast_interface", "v0"),
		sendTo(0, "239.1.1.1:5000", "hi"), recv(0, 9)),
	row("loop on v6", open(0, Inet6, Datagram), bind(0, ":5000"), set(0, "multicast_join", "ff02::99 v0"), set(0, "multicast_interface", "v0"),
		set(0, "packet_info", "true"), set(0, "receive_ttl", "true"), sendTo(0, "[ff02::99%v0]:5000", "hi"), recv(0, 9)),
	row("join twice", open(0, Inet, Datagram), set(0, "multicast_join", "239.1.1.1 lo"), set(0, "multicast_join", "239.1.1.1 lo").fails("EADDRINUSE")),
	row("join twice v6", open(0, Inet6, Datagram), set(0, "multicast_join", "ff02::99 v0"), set(0, "multicast_join", "ff02::99 v0").fails("EADDRINUSE")),
	row("leave what was not joined", open(0, Inet, Datagram), set(0, "multicast_leave", "239.1.1.1 lo").fails("EADDRNOTAVAIL")),
	row("leave what was not joined v6", open(0, Inet6, Datagram), set(0, "multicast_leave", "ff02::99 v0").fails("EADDRNOTAVAIL")),
	row("join what is no group", open(0, Inet, Datagram), set(0, "multicast_join", "10.1.0.1 lo").fails("EINVAL")),
	row("join what is no group v6", open(0, Inet6, Datagram), set(0, "multicast_join", "fd01::1 v0").fails("EINVAL")),
	row("join without a route", open(0, Inet, Datagram), set(0, "multicast_join", "239.1.1.1").fails("ENODEV")),
	row("join on tcp", open(0, Inet, Stream), set(0, "multicast_join", "239.1.1.1 lo")),
	row("join on tcp6", open(0, Inet6, Stream), set(0, "multicast_join", "ff02::99 v0")),
	row("source-specific", open(0, Inet, Datagram), bind(0, ":5000"), set(0, "multicast_join", "232.1.1.1 v0 10.1.0.1"), set(0, "multicast_interface", "v0"),
		sendTo(0, "232.1.1.1:5000", "mine"), recv(0, 9)),
	row("source-specific, another's", open(0, Inet, Datagram), bind(0, ":5000"), set(0, "multicast_all", "false"), set(0, "multicast_join", "232.1.1.1 v0 10.1.0.77"),
		set(0, "multicast_interface", "v0"), sendTo(0, "232.1.1.1:5000", "mine"), recv(0, 9).fails("EAGAIN")),
	row("source-specific twice", open(0, Inet, Datagram), set(0, "multicast_join", "232.1.1.1 v0 10.1.0.1"),
		set(0, "multicast_join", "232.1.1.1 v0 10.1.0.1").fails("EADDRNOTAVAIL"), set(0, "multicast_join", "232.1.1.1 v0 10.1.0.2")),
	row("source-specific, then any", open(0, Inet, Datagram), set(0, "multicast_join", "232.1.1.1 v0 10.1.0.1"), set(0, "multicast_join", "232.1.1.1 v0").fails("EADDRINUSE")),
	row("any, then source-specific", open(0, Inet, Datagram), set(0, "multicast_join", "232.1.1.1 v0"), set(0, "multicast_join", "232.1.1.1 v0 10.1.0.1")),
	row("leave a source", open(0, Inet, Datagram), set(0, "multicast_join", "232.1.1.1 v0 10.1.0.1"), set(0, "multicast_leave", "232.1.1.1 v0 10.1.0.1"),
		set(0, "multicast_leave", "232.1.1.1 v0 10.1.0.1").fails("EINVAL")),
	row("leave a source that was not joined", open(0, Inet, Datagram), set(0, "multicast_join", "232.1.1.1 v0 10.1.0.1"),
		set(0, "multicast_leave", "232.1.1.1 v0 10.1.0.9").fails("EADDRNOTAVAIL")),
	row("multicast ttl", open(0, Inet, Datagram), get(0, "multicast_ttl"), set(0, "multicast_ttl", "7"), get(0, "multicast_ttl"),
		set(0, "multicast_ttl", "-1"), get(0, "multicast_ttl"), set(0, "multicast_ttl", "256").fails("EINVAL")),
	row("multicast ttl v6", open(0, Inet6, Datagram), get(0, "multicast_ttl"), set(0, "multicast_ttl", "7"), get(0, "multicast_ttl"),
		set(0, "multicast_ttl", "-1"), get(0, "multicast_ttl"), set(0, "multicast_ttl", "256").fails("EINVAL")),
	row("multicast ttl on tcp", open(0, Inet, Stream), set(0, "multicast_ttl", "7").fails("EINVAL")),
	row("multicast ttl on tcp6", open(0, Inet6, Stream), set(0, "multicast_ttl", "7").fails("ENOPROTOOPT")),
	row("multicast interface v6", open(0, Inet6, Datagram), set(0, "multicast_interface", "v0"), get(0, "multicast_interface"),
		set(0, "multicast_interface", ""), get(0, "multicast_interface")),
	row("multicast interface by number", open(0, Inet6, Datagram), setRaw(0, 41, 17, "999").fails("ENODEV")),
	row("no route for a group", open(0, Inet, Datagram), sendTo(0, "239.1.1.1:5000", "x").fails("ENETUNREACH")),
	row("multicast connect", open(0, Inet, Datagram), set(0, "multicast_interface", "v0"), connect(0, "239.1.1.1:5000"), send(0, "x"), local(0)),
}, []Case{tooManyGroups()})

// tooManyGroups joins one more than net.ipv4.igmp_max_memberships.
func tooManyGroups() Case {
	ops := []Op{open(0, Inet, Datagram)}
	for i := range 20 {
		ops = append(ops, set(0, "multicast_join", fmt.Sprintf("239.2.0.%d lo", i)))
	}
	return row("too many groups", ops, set(0, "multicast_join", "239.2.1.1 lo").fails("ENOBUFS"))
}
