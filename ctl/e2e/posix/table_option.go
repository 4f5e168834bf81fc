//go:build linux

package posix

import (
	"fmt"
	"slices"
)

// setGet is an option set and read back on a fresh socket.
func setGet(f Family, t Type, name string, values ...string) Case {
	c := row(fmt.Sprintf("option %s %s %s", name, f, t), open(0, f, t), get(0, name))
	for _, v := range values {
		c.Ops = append(c.Ops, set(0, name, v), get(0, name))
	}
	return c
}

// refuses is an option whose values the kernel refuses.
func refuses(f Family, t Type, name, errno string, values ...string) Case {
	c := row(fmt.Sprintf("option %s %s %s %s", name, f, t, errno), open(0, f, t))
	for _, v := range values {
		c.Ops = append(c.Ops, set(0, name, v).fails(errno))
	}
	c.Ops = append(c.Ops, bind(0, at(f, 5000)))
	return c
}

var tableReadBack = []Case{
	setGet(Inet, Stream, "reuse_address", "true", "false"),
	setGet(Inet6, Datagram, "reuse_port", "true", "false"),
	setGet(Inet, Stream, "linger", "5", "0", "off"),
	setGet(Unix, Stream, "linger", "5", "off"),
	setGet(Inet6, Stream, "no_delay", "true", "false"),
	setGet(Inet, Stream, "keep_alive", "true", "false"),
	setGet(Inet, Stream, "send_buffer", "20000", "0", "2147483647"),
	setGet(Inet, Datagram, "receive_buffer", "20000", "0", "2147483647"),
	setGet(Inet6, Stream, "v6_only", "true", "false"),
	setGet(Inet, Datagram, "broadcast", "true", "false"),
	setGet(Inet, Datagram, "ttl", "1", "255", "-1"),
	setGet(Inet6, Datagram, "ttl", "0", "255", "-1"),
	setGet(Inet, Stream, "keep_alive_idle", "1", "32767"),
	setGet(Inet, Stream, "keep_alive_interval", "1", "32767"),
	setGet(Inet6, Stream, "keep_alive_count", "1", "127"),
	setGet(Inet, Stream, "user_timeout", "1000", "0"),
	setGet(Inet, Datagram, "traffic_class", "16", "255", "0"),
	setGet(Inet, Stream, "traffic_class", "16", "3"),
	setGet(Inet6, Datagram, "traffic_class", "16", "255", "-1"),
	setGet(Inet, Stream, "device", "lo", "v0", ""),
	setGet(Inet, Datagram, "mark", "7", "4294967295", "0"),
	setGet(Inet6, Datagram, "multicast_loop", "false", "true"),
	setGet(Inet, Datagram, "multicast_loop", "false", "true"),
	setGet(Inet, Datagram, "timestamps", "true", "false"),
	setGet(Inet, Datagram, "packet_info", "true", "false"),
	setGet(Inet6, Datagram, "packet_info", "true", "false"),
	setGet(Inet, Stream, "error_queue", "true", "false"),
	setGet(Inet6, Datagram, "error_queue", "true", "false"),
	setGet(Inet, Datagram, "receive_ttl", "true", "false"),
	setGet(Inet6, Datagram, "receive_ttl", "true", "false"),
	setGet(Inet, Datagram, "receive_traffic_class", "true", "false"),
	setGet(Inet6, Datagram, "receive_traffic_class", "true", "false"),
	setGet(Inet, Stream, "cork", "true", "false"),
	setGet(Inet, Stream, "congestion_control", "reno"),
	setGet(Inet, Stream, "max_segment", "88", "1000", "32767"),
	setGet(Inet, Stream, "fast_open_connect", "true", "false"),
	setGet(Inet, Stream, "defer_accept", "1", "30", "0"),
	setGet(Inet, Stream, "quick_ack", "false", "true"),
	setGet(Inet, Datagram, "mtu_discovery", "0", "1", "2", "3", "4", "5"),
	setGet(Inet6, Datagram, "mtu_discovery", "0", "1", "2", "3", "4", "5"),
	setGet(Inet, Stream, "out_of_band_inline", "true", "false"),
	setGet(Inet, Datagram, "dont_route", "true", "false"),
	setGet(Inet, Datagram, "priority", "6", "7", "0"),
	setGet(Inet, Datagram, "multicast_all", "false", "true"),
	setGet(Inet6, Datagram, "multicast_all", "false", "true"),
	setGet(Inet, Stream, "receive_timeout", "1.5s", "0s", "1h0m0s"),
	setGet(Unix, Datagram, "send_timeout", "40ms", "0s"),
	setGet(Inet, Stream, "receive_low_water", "100", "0"),
	setGet(Inet, Stream, "error"),
}

var tableOptions = slices.Concat([]Case{
	refuses(Inet, Datagram, "ttl", "EINVAL", "0", "256", "-2"),
	refuses(Inet6, Datagram, "ttl", "EINVAL", "256", "-2"),
	refuses(Inet, Stream, "keep_alive_idle", "EINVAL", "0", "32768", "-1"),
	refuses(Inet, Stream, "keep_alive_interval", "EINVAL", "0", "32768"),
	refuses(Inet, Stream, "keep_alive_count", "EINVAL", "0", "128"),
	refuses(Inet, Stream, "user_timeout", "EINVAL", "-1"),
	refuses(Inet6, Datagram, "traffic_class", "EINVAL", "256", "-2"),
	refuses(Inet, Stream, "max_segment", "EINVAL", "87", "32768"),
	row("option fast_open below 0", open(0, Inet, Stream), set(0, "fast_open", "-1").fails("EINVAL").
		refused("INVALID_ARGUMENT", "options[0].fast_open", "SocketOption.fast_open: 0 or more")),
	refuses(Inet, Datagram, "mtu_discovery", "EINVAL", "6", "-1"),
	refuses(Inet6, Datagram, "mtu_discovery", "EINVAL", "6", "-1"),
	refuses(Inet, Stream, "congestion_control", "ENOENT", "nosuch"),
	refuses(Inet, Datagram, "device", "ENODEV", "nosuch"),
	refuses(Inet, Datagram, "no_delay", "ENOPROTOOPT", "true"),
	refuses(Inet, Stream, "v6_only", "ENOPROTOOPT", "true"),
}, []Case{
	row("option without a level", open(0, Inet, Stream), setRaw(0, 99, 1, "1").fails("ENOPROTOOPT"), getRaw(0, 99, 1, 4).fails("EOPNOTSUPP")),
	row("option without a name", open(0, Inet, Stream), setRaw(0, 1, 999, "1").fails("ENOPROTOOPT"), getRaw(0, 1, 999, 4).fails("ENOPROTOOPT")),
	row("tcp option without a name", open(0, Inet, Stream), setRaw(0, 6, 999, "1").fails("ENOPROTOOPT"), getRaw(0, 6, 999, 4).fails("ENOPROTOOPT")),
	row("ip option without a name", open(0, Inet, Stream), setRaw(0, 0, 999, "1").fails("ENOPROTOOPT"), getRaw(0, 0, 999, 4).fails("ENOPROTOOPT")),
	row("ipv6 option without a name", open(0, Inet6, Stream), setRaw(0, 41, 999, "1").fails("ENOPROTOOPT"), getRaw(0, 41, 999, 4).fails("ENOPROTOOPT")),
	row("option too short", open(0, Inet, Stream), setRaw(0, 1, 2, "x01").fails("EINVAL"), setRaw(0, 6, 1, "x0100").fails("EINVAL")),
	row("option longer than needed", open(0, Inet, Stream), setRaw(0, 1, 2, "x0100000000000000"), getRaw(0, 1, 2, 8)),
	row("option read short", open(0, Inet, Stream), setRaw(0, 1, 2, "1"), getRaw(0, 1, 2, 1), getRaw(0, 1, 2, 2)),
	row("option that cannot be set", open(0, Inet, Stream), setRaw(0, 1, 3, "1").fails("ENOPROTOOPT"), setRaw(0, 1, 4, "1").fails("ENOPROTOOPT"), getRaw(0, 1, 3, 4)),
	row("option by number", open(0, Inet, Stream), getRaw(0, 1, 3, 0), getRaw(0, 1, 38, 0), getRaw(0, 1, 39, 0), getRaw(0, 1, 30, 0)),
	row("timeout with bad microseconds", open(0, Inet, Stream), setRaw(0, 1, 20, "x0100000000000000404b4c0000000000").fails("EDOM")),
	row("timeout too short", open(0, Inet, Stream), setRaw(0, 1, 20, "x01000000").fails("EINVAL")),
	row("reuse port on unix", open(0, Unix, Stream), set(0, "reuse_port", "true").fails("EOPNOTSUPP")),
	row("device while bound elsewhere", open(0, Inet, Stream), set(0, "device", "v0"), connect(0, at(Inet, 5000)).fails("EINPROGRESS"), get(0, "device")),
	row("udp by a device", open(0, Inet, Datagram), set(0, "device", "v0"), bind(0, ":5000"), open(1, Inet, Datagram), sendTo(1, at(Inet, 5000), "x"), recv(0, 5).fails("EAGAIN")),
	row("priority by a message", open(0, Inet, Datagram), setRaw(0, 1, 12, "6"), getRaw(0, 1, 12, 0)),
	row("congestion control while connected", connected(Inet), set(1, "congestion_control", "reno"), get(1, "congestion_control")),
	row("max segment while connected", connected(Inet), set(1, "max_segment", "500"), get(1, "keep_alive_idle")),
	row("fast open while listening", listener(Inet), set(0, "fast_open", "5"), get(0, "fast_open")),
	row("fast open connect after connect", connected(Inet), set(1, "fast_open_connect", "true").fails("EINVAL")),
	row("tcp repair flag", open(0, Inet, Stream), getRaw(0, 6, 19, 0)),
	row("user timeout while connected", connected(Inet), set(1, "user_timeout", "9"), get(1, "user_timeout")),
	row("meminfo", open(0, Inet, Datagram), getRaw(0, 1, 55, 36)),
	row("ulp that is not there", connected(Inet), setRaw(0, 6, 31, "x6e6f7065").fails("ENOENT")),
	row("udp cork", datagrams(Inet), connect(1, at(Inet, 5000)), setRaw(1, 17, 1, "1"), send(1, "ab"), recv(0, 9).fails("EAGAIN"), send(1, "cd"), setRaw(1, 17, 1, "0"), recv(0, 9)),
	row("udp segmentation", datagrams(Inet), connect(1, at(Inet, 5000)), setRaw(1, 17, 103, "3"), send(1, "abcdefgh"), recvMany(0, 9, 9)),
	row("udp segmentation, gathered again", datagrams(Inet), setRaw(0, 17, 104, "1"), connect(1, at(Inet, 5000)), setRaw(1, 17, 103, "3"), send(1, "abcdefgh"), recv(0, 99)),
	row("udp segmentation size", open(0, Inet, Datagram), setRaw(0, 17, 103, "65536").fails("EINVAL")),
	row("receive low water holds poll back", connected(Inet), set(2, "receive_low_water", "4"), send(1, "abc"), poll(2, "in"), send(1, "d"), poll(2, "in"), recv(2, 9)),
	row("ipv6 transparent", open(0, Inet6, Stream), setRaw(0, 41, 75, "1"), getRaw(0, 41, 75, 0)),
	row("peer credentials of a tcp socket", connected(Inet), getRaw(1, 1, 17, 12)),
})
