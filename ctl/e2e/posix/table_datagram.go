//go:build linux

package posix

import "slices"

var tableDatagram = slices.Concat(
	both("datagram", func(f Family) []any {
		return parts(datagrams(f), sendTo(1, at(f, 5000), "abc"), recv(0, 10), recv(0, 10).fails("EAGAIN"))
	}),
	both("empty datagram", func(f Family) []any {
		return parts(datagrams(f), sendTo(1, at(f, 5000), ""), poll(0, AllEvents), recv(0, 10), recv(0, 10).fails("EAGAIN"))
	}),
	both("datagram cut", func(f Family) []any {
		return parts(datagrams(f), sendTo(1, at(f, 5000), "abcdef"), recv(0, 3), recv(0, 3).fails("EAGAIN"))
	}),
	both("datagram peeked", func(f Family) []any {
		return parts(datagrams(f), sendTo(1, at(f, 5000), "abcdef"), recv(0, 3, Peek), recv(0, 10, Peek), recv(0, 10), recv(0, 1, Peek).fails("EAGAIN"))
	}),
	both("datagram into no room", func(f Family) []any {
		return parts(datagrams(f), sendTo(1, at(f, 5000), "abc"), recv(0, 0), recv(0, 3).fails("EAGAIN"))
	}),
	both("no destination", func(f Family) []any { return parts(datagrams(f), send(1, "x").fails("EDESTADDRREQ")) }),
	both("to port 0", func(f Family) []any { return parts(datagrams(f), sendTo(1, host(f)+":0", "x").fails("EINVAL")) }),
	both("too large", func(f Family) []any {
		return parts(datagrams(f), sendTo(1, at(f, 5000), "x").times(65536).fails("EMSGSIZE"))
	}),
	both("largest", func(f Family) []any {
		return parts(datagrams(f), sendTo(1, at(f, 5000), "x").times(65507), recv(0, 65536))
	}),
	both("autobind", func(f Family) []any {
		return parts(open(0, f, Datagram), sendTo(0, at(f, 5000), "x"), local(0))
	}),
	both("connected pair", func(f Family) []any {
		return parts(datagrams(f), connect(0, at(f, 5001)), connect(1, at(f, 5000)), send(0, "ping"), recv(1, 9), send(1, "pong"), recv(0, 9), peer(0))
	}),
	both("connected, but to another", func(f Family) []any {
		return parts(datagrams(f), connect(1, at(f, 5009)), sendTo(1, at(f, 5000), "x"), recv(0, 9))
	}),
	both("refused", func(f Family) []any {
		return parts(datagrams(f), connect(1, at(f, 5009)), send(1, "x"), recv(1, 9).fails("ECONNREFUSED"), recv(1, 9).fails("EAGAIN"))
	}),
	both("udp refused, told by send", func(f Family) []any {
		return parts(datagrams(f), connect(1, at(f, 5009)), send(1, "x"), send(1, "x").fails("ECONNREFUSED"), send(1, "x"))
	}),
	both("refused, told by SO_ERROR", func(f Family) []any {
		return parts(datagrams(f), connect(1, at(f, 5009)), send(1, "x"), poll(1, AllEvents), get(1, "error"), get(1, "error"))
	}),
	both("refused, unconnected", func(f Family) []any {
		return parts(datagrams(f), sendTo(1, at(f, 5009), "x"), recv(1, 9).fails("EAGAIN"))
	}),
	both("shutdown of an unconnected one", func(f Family) []any {
		return parts(datagrams(f), shut(0, Both).fails("ENOTCONN"), sendTo(1, at(f, 5000), "x"), recv(0, 5))
	}),
	both("shutdown", func(f Family) []any {
		return parts(datagrams(f), connect(0, at(f, 5001)), shut(0, Write), send(0, "x").fails("EPIPE"), shut(0, Read), recv(0, 5).fails("EAGAIN"))
	}),
	both("more", func(f Family) []any {
		return parts(datagrams(f), connect(1, at(f, 5000)), send(1, "abc", More), recv(0, 9).fails("EAGAIN"), send(1, "def"), recv(0, 9))
	}),
	both("several buffers", func(f Family) []any {
		return parts(datagrams(f), sendTo(1, at(f, 5000), "abcdef").into(2, 0, 4), recv(0, 5).into(1, 1, 3))
	}),
	both("batch", func(f Family) []any {
		return parts(datagrams(f), sendMany(1, Message{Data: "a", To: at(f, 5000)}, Message{To: at(f, 5000)}, Message{Data: "ccc", To: at(f, 5000)}),
			recvMany(0, 10, 2), recvMany(0, 2, 5), recvMany(0, 2, 5).fails("EAGAIN"))
	}),
	both("batch stops at an error", func(f Family) []any {
		return parts(datagrams(f), sendMany(1, Message{Data: "a", To: at(f, 5000)}, Message{Data: "b", To: host(f) + ":0"}, Message{Data: "c", To: at(f, 5000)}),
			recvMany(0, 10, 5))
	}),
	both("batch from a connected one", func(f Family) []any {
		return parts(datagrams(f), connect(1, at(f, 5000)), sendMany(1, Message{Data: "a"}, Message{Data: "b"}), recvMany(0, 10, 1, Peek), recv(0, 5), recv(0, 5))
	}),
	[]Case{
		row("broadcast", open(0, Inet, Datagram), sendTo(0, "10.1.0.255:5000", "x").fails("EACCES"), set(0, "broadcast", "true"), sendTo(0, "10.1.0.255:5000", "x")),
		row("broadcast heard", open(0, Inet, Datagram), bind(0, ":5000"), set(0, "broadcast", "true"), set(0, "packet_info", "true"),
			sendTo(0, "127.255.255.255:5000", "x"), recv(0, 5)),
		row("confirm", datagrams(Inet), sendTo(1, at(Inet, 5000), "x", Confirm), recv(0, 5)),
		row("udp, do not route", datagrams(Inet), sendTo(1, at(Inet, 5000), "x", DontRoute), recv(0, 5), sendTo(1, "192.0.2.1:9", "x", DontRoute).fails("ENETUNREACH")),
		row("dont_route set", open(0, Inet, Datagram), set(0, "dont_route", "true"), sendTo(0, "203.0.113.1:9", "x").fails("ENETUNREACH")),
		row("mapped destination", datagrams(Inet), open(2, Inet6, Datagram), sendTo(2, "[::ffff:127.0.0.1]:5000", "x"), recv(0, 5), local(2)),
		row("udp, mapped from v6 only", open(2, Inet6, Datagram), set(2, "v6_only", "true"), sendTo(2, "[::ffff:127.0.0.1]:5000", "x").fails("ENETUNREACH")),
		row("v4 heard by a dual socket", open(0, Inet6, Datagram), bind(0, ":5000"), open(1, Inet, Datagram), bind(1, at(Inet, 5001)),
			sendTo(1, at(Inet, 5000), "x"), recv(0, 9), sendTo(0, "[::ffff:127.0.0.1]:5001", "back"), recv(1, 9)),
		row("udp, the other family", datagrams(Inet), sendTo(1, "[::1]:5000", "x").fails("EAFNOSUPPORT").
			refused("(NAME_NOT_RESOLVED)", "", "InetAddress.host: a literal of the other family is NAME_NOT_RESOLVED")),
		row("udp, link-local with a zone", open(0, Inet6, Datagram), bind(0, "[fe80::1%v0]:5000"), open(1, Inet6, Datagram), bind(1, "[fe80::1%v0]:5001"),
			sendTo(1, "[fe80::1%v0]:5000", "x"), recv(0, 5)),
		row("send to link-local without a zone", open(1, Inet6, Datagram), sendTo(1, "[fe80::1]:5000", "x")),
		row("accept on udp", datagrams(Inet), accept(0, 5).fails("EOPNOTSUPP")),
		row("receive buffer overflows", open(0, Inet, Datagram), set(0, "receive_buffer", "2304"), bind(0, at(Inet, 5000)), open(1, Inet, Datagram), bind(1, at(Inet, 5001)),
			sendTo(1, at(Inet, 5000), "x").times(1500), sendTo(1, at(Inet, 5000), "y").times(1500), sendTo(1, at(Inet, 5000), "z").times(1500),
			recvMany(0, 2000, 9)),
		row("wait all means nothing", datagrams(Inet), sendTo(1, at(Inet, 5000), "ab"), recv(0, 9, WaitAll)),
		row("udp-lite is not there or is", protocol(0, Inet, Datagram, 136), bind(0, at(Inet, 5000)), local(0)),
	},
)

// tableErrors are asynchronous errors and the error queue.
var tableErrors = slices.Concat(
	both("error queue", func(f Family) []any {
		return parts(datagrams(f), set(1, "error_queue", "true"), sendTo(1, at(f, 5009), "payload"), poll(1, AllEvents),
			recv(1, 100, ErrorQueue), recv(1, 100, ErrorQueue).fails("EAGAIN"), recv(1, 9).fails("EAGAIN"))
	}),
	both("error queue, told by recv", func(f Family) []any {
		return parts(datagrams(f), set(1, "error_queue", "true"), sendTo(1, at(f, 5009), "payload"), recv(1, 100).fails("ECONNREFUSED"), recv(1, 100, ErrorQueue))
	}),
	both("error queue cuts", func(f Family) []any {
		return parts(datagrams(f), set(1, "error_queue", "true"), sendTo(1, at(f, 5009), "payload"), recv(1, 3, ErrorQueue))
	}),
	both("error queue with small room", func(f Family) []any {
		return parts(datagrams(f), set(1, "error_queue", "true"), sendTo(1, at(f, 5009), "payload"), recv(1, 9, ErrorQueue).room(20))
	}),
	both("two errors", func(f Family) []any {
		return parts(datagrams(f), set(1, "error_queue", "true"), sendTo(1, at(f, 5009), "a"), recv(1, 9, ErrorQueue), sendTo(1, at(f, 5008), "b"), recv(1, 9, ErrorQueue))
	}),
	both("prohibited", func(f Family) []any {
		return parts(datagrams(f), set(1, "error_queue", "true"), sendTo(1, addr(f, 7003), "x"), recv(1, 9, ErrorQueue))
	}),
	both("host unreachable", func(f Family) []any {
		return parts(datagrams(f), set(1, "error_queue", "true"), sendTo(1, addr(f, 7004), "x"), recv(1, 9, ErrorQueue))
	}),
	both("no route there", func(f Family) []any {
		return parts(datagrams(f), set(1, "error_queue", "true"), sendTo(1, addr(f, 7005), "x"), recv(1, 9, ErrorQueue))
	}),
	[]Case{
		row("host unreachable, told by recv", datagrams(Inet), set(1, "error_queue", "true"), sendTo(1, "127.0.0.1:7004", "x"), recv(1, 9).fails("EHOSTUNREACH")),
		row("no route there, told by send", datagrams(Inet), set(1, "error_queue", "true"), sendTo(1, "127.0.0.1:7005", "x"), sendTo(1, "127.0.0.1:7005", "x").fails("ENETUNREACH")),
		row("no route there, told by recv v6", datagrams(Inet6), set(1, "error_queue", "true"), connect(1, "[::1]:7005"), send(1, "x"), recv(1, 9).fails("ENETUNREACH")),
		row("prohibited, told by recv v6", datagrams(Inet6), connect(1, "[::1]:7003"), send(1, "x"), recv(1, 9).fails("EACCES")),
		row("protocol unreachable", datagrams(Inet), connect(1, "127.0.0.1:7006"), send(1, "x"), recv(1, 9).fails("ENOPROTOOPT")),
		row("host prohibited", datagrams(Inet), set(1, "error_queue", "true"), sendTo(1, "127.0.0.1:7007", "x"), recv(1, 9).fails("EHOSTUNREACH"), recv(1, 9, ErrorQueue)),
		row("network prohibited", datagrams(Inet), set(1, "error_queue", "true"), sendTo(1, "127.0.0.1:7008", "x"), recv(1, 9).fails("ENETUNREACH")),
		row("dropped by the filter", datagrams(Inet), sendTo(1, "127.0.0.1:7001", "x").fails("EPERM")),
		row("dropped by the filter v6", datagrams(Inet6), sendTo(1, "[::1]:7001", "x").fails("EPERM")),
		row("no route from a loopback source", datagrams(Inet), sendTo(1, "192.0.2.1:9", "x").fails("ENETUNREACH")),
		row("no route, any source", open(1, Inet, Datagram), sendTo(1, "192.0.2.1:9", "x").fails("ENETUNREACH")),
		row("udp, no route v6", open(1, Inet6, Datagram), sendTo(1, "[fd05::1]:9", "x").fails("ENETUNREACH")),
		row("udp, unreachable route", open(1, Inet, Datagram), sendTo(1, "203.0.113.1:9", "x").fails("EHOSTUNREACH")),
		row("udp, prohibited route", open(1, Inet, Datagram), sendTo(1, "203.0.113.129:9", "x").fails("EACCES")),
		row("udp, black hole", open(1, Inet, Datagram), sendTo(1, "198.51.100.1:9", "x").fails("EINVAL")),
		row("above the mtu, never fragment", open(1, Inet, Datagram), set(1, "mtu_discovery", "2"), set(1, "error_queue", "true"),
			sendTo(1, "10.1.0.2:9", "x").times(2000).fails("EMSGSIZE"), recv(1, 20, ErrorQueue)),
		row("above the mtu v6, never fragment", open(1, Inet6, Datagram), set(1, "mtu_discovery", "2"), set(1, "error_queue", "true"),
			sendTo(1, "[fd01::2]:9", "x").times(2000).fails("EMSGSIZE"), recv(1, 20, ErrorQueue)),
		row("above the mtu, fragment", open(1, Inet, Datagram), set(1, "mtu_discovery", "0"), sendTo(1, "10.1.0.2:9", "x").times(2000)),
		row("mtu", open(1, Inet, Datagram), get(1, "mtu").fails("ENOTCONN"), connect(1, "10.1.0.2:9"), get(1, "mtu"), set(1, "mtu", "1400").fails("ENOPROTOOPT")),
		row("mtu v6", open(1, Inet6, Datagram), get(1, "mtu").fails("ENOTCONN"), connect(1, "[fd01::2]:9"), get(1, "mtu"), set(1, "mtu", "1400")),
		row("udp, neighbour does not answer", open(1, Inet, Datagram), set(1, "error_queue", "true"), connect(1, "10.1.0.99:9"), send(1, "x"), poll(1, "in").blocks(), recv(1, 9).fails("EHOSTUNREACH"), recv(1, 9, ErrorQueue)),
	},
)

func addr(f Family, port int) string { return at(f, port) }
