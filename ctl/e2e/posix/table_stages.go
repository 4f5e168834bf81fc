//go:build linux

package posix

import "slices"

var tableOpen = []Case{
	row("tcp", open(0, Inet, Stream), local(0), peer(0).fails("ENOTCONN")),
	row("tcp6", open(0, Inet6, Stream), local(0), peer(0).fails("ENOTCONN")),
	row("udp", open(0, Inet, Datagram), local(0), peer(0).fails("ENOTCONN")),
	row("tcp by number", protocol(0, Inet, Stream, 6)),
	row("mptcp", protocol(0, Inet, Stream, 262), bind(0, at(Inet, 5000)), listen(0, 4), protocol(1, Inet, Stream, 262),
		connect(1, at(Inet, 5000)).blocks(), accept(0, 2), send(1, "abc"), recv(2, 10), shut(2, Both), poll(1, "in").blocks(), recv(1, 10)),
	row("udp as stream", protocol(0, Inet, Stream, 17).fails("EPROTONOSUPPORT")),
	row("tcp as datagrams", protocol(0, Inet6, Datagram, 6).fails("EPROTONOSUPPORT")),
	row("seqpacket over ip", open(0, Inet, Seqpacket).fails("ESOCKTNOSUPPORT")),
	row("unknown protocol", protocol(0, Inet, Stream, 200).fails("EPROTONOSUPPORT")),
	row("unix with a protocol", protocol(0, Unix, Stream, 6).fails("EPROTONOSUPPORT")),
	row("unix with protocol 1", protocol(0, Unix, Stream, 1)),
	row("protocol out of range", protocol(0, Inet, Stream, 263).fails("EINVAL").
		refused("INVALID_ARGUMENT", "protocol", "OpenRequest.protocol: 0 to 262")),
	row("negative protocol", protocol(0, Inet, Stream, -1).fails("EINVAL").
		refused("INVALID_ARGUMENT", "protocol", "OpenRequest.protocol: 0 to 262")),
}

var tableBind = slices.Concat(
	both("bind", func(f Family) []any {
		return parts(open(0, f, Stream), bind(0, at(f, 5000)), local(0))
	}),
	both("bind to any", func(f Family) []any {
		return parts(open(0, f, Stream), bind(0, ":5000"), local(0))
	}),
	both("bind chooses a port", func(f Family) []any {
		return parts(open(0, f, Stream), bind(0, host(f)+":0"), local(0))
	}),
	both("bind twice", func(f Family) []any {
		return parts(open(0, f, Stream), bind(0, at(f, 5000)), bind(0, at(f, 5001)).fails("EINVAL"))
	}),
	both("bind in use", func(f Family) []any {
		return parts(open(0, f, Stream), bind(0, at(f, 5000)), open(1, f, Stream), bind(1, at(f, 5000)).fails("EADDRINUSE"))
	}),
	both("udp bind in use", func(f Family) []any {
		return parts(datagrams(f), open(2, f, Datagram), bind(2, at(f, 5000)).fails("EADDRINUSE"))
	}),
	both("reuse address while listening", func(f Family) []any {
		return parts(open(0, f, Stream), set(0, "reuse_address", "true"), bind(0, at(f, 5000)), listen(0, 1),
			open(1, f, Stream), set(1, "reuse_address", "true"), bind(1, at(f, 5000)).fails("EADDRINUSE"))
	}),
	both("reuse address before listening", func(f Family) []any {
		return parts(open(0, f, Stream), set(0, "reuse_address", "true"), bind(0, at(f, 5000)),
			open(1, f, Stream), set(1, "reuse_address", "true"), bind(1, at(f, 5000)),
			listen(0, 1), listen(1, 1).fails("EADDRINUSE"))
	}),
	both("reuse port", func(f Family) []any {
		return parts(open(0, f, Stream), set(0, "reuse_port", "true"), bind(0, at(f, 5000)), listen(0, 1),
			open(1, f, Stream), set(1, "reuse_port", "true"), bind(1, at(f, 5000)), listen(1, 1))
	}),
	both("udp reuse port of one only", func(f Family) []any {
		return parts(open(0, f, Datagram), set(0, "reuse_port", "true"), bind(0, at(f, 5000)),
			open(1, f, Datagram), bind(1, at(f, 5000)).fails("EADDRINUSE"))
	}),
	[]Case{
		row("time wait holds the port", connected(Inet), shut(2, Write), recv(1, 1), closing(1), closing(2), closing(0),
			open(3, Inet, Stream), bind(3, at(Inet, 5000)).fails("EADDRINUSE"),
			set(3, "reuse_address", "true"), bind(3, at(Inet, 5000)).fails("EADDRINUSE")),
		row("time wait leaves the port to who reuses it", open(0, Inet, Stream), set(0, "reuse_address", "true"), bind(0, at(Inet, 5000)), listen(0, 2),
			open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks(), accept(0, 2), shut(2, Write), recv(1, 1), closing(1), closing(2), closing(0),
			open(3, Inet, Stream), bind(3, at(Inet, 5000)).fails("EADDRINUSE"), set(3, "reuse_address", "true"), bind(3, at(Inet, 5000)), listen(3, 1)),
		row("not an address of this host", open(0, Inet, Stream), bind(0, "192.0.2.1:5000").fails("EADDRNOTAVAIL")),
		row("not an address of this host, v6", open(0, Inet6, Stream), bind(0, "[2001:db8::1]:5000").fails("EADDRNOTAVAIL")),
		row("any of 127/8", open(0, Inet, Stream), bind(0, "127.1.2.3:5000"), local(0)),
		row("broadcast address", open(0, Inet, Datagram), bind(0, "10.1.0.255:5000"), local(0)),
		row("tcp broadcast address", open(0, Inet, Stream), bind(0, "10.1.0.255:5000"), local(0)),
		row("multicast address", open(0, Inet, Datagram), bind(0, "239.1.1.1:5000"), local(0)),
		row("tcp multicast address", open(0, Inet, Stream), bind(0, "239.1.1.1:5000"), listen(0, 1)),
		row("tcp6 multicast address", open(0, Inet6, Stream), bind(0, "[ff02::1%v0]:5000").fails("EINVAL")),
		row("bind to link-local with a zone", open(0, Inet6, Datagram), bind(0, "[fe80::1%v0]:5000"), local(0)),
		row("link-local without a zone", open(0, Inet6, Datagram), bind(0, "[fe80::1]:5000").fails("EINVAL")),
		row("link-local of another link", open(0, Inet6, Datagram), bind(0, "[fe80::1%lo]:5000").fails("EADDRNOTAVAIL")),
		row("zone on a global address", open(0, Inet6, Datagram), bind(0, "[fd01::1%v0]:5000"), local(0)),
		row("mapped", open(0, Inet6, Stream), bind(0, "[::ffff:127.0.0.1]:5000"), local(0)),
		row("mapped on v6 only", open(0, Inet6, Stream), set(0, "v6_only", "true"), bind(0, "[::ffff:127.0.0.1]:5000").fails("EINVAL")),
		row("dual stack takes both", open(0, Inet6, Stream), set(0, "v6_only", "false"), bind(0, ":5000"), open(1, Inet, Stream),
			bind(1, ":5000").fails("EADDRINUSE")),
		row("v6 only leaves v4", open(0, Inet6, Stream), set(0, "v6_only", "true"), bind(0, ":5000"), open(1, Inet, Stream), bind(1, ":5000")),
		row("v6 only after bind", open(0, Inet6, Stream), bind(0, ":5000"), set(0, "v6_only", "true").fails("EINVAL")),
		row("the other family", open(0, Inet, Stream), bind(0, "[::1]:5000").fails("EAFNOSUPPORT").
			refused("(NAME_NOT_RESOLVED)", "", "InetAddress.host: a literal of the other family is NAME_NOT_RESOLVED")),
		row("freebind", open(0, Inet, Stream), setRaw(0, 0, 15, "1"), bind(0, "192.0.2.1:5000"), local(0)),
		row("port out of range", open(0, Inet, Stream), bind(0, "192.0.2.1:65536").fails("EADDRNOTAVAIL").
			refused("INVALID_ARGUMENT", "address.inet.port", "InetAddress.port: 0 to 65535")),
		row("bind after connect", datagrams(Inet), open(2, Inet, Datagram), connect(2, at(Inet, 5000)), bind(2, at(Inet, 5002)).fails("EINVAL")),
	},
)

var tableListen = slices.Concat(
	both("listen", func(f Family) []any { return parts(listener(f), poll(0, AllEvents)) }),
	both("listen without bind", func(f Family) []any { return parts(open(0, f, Stream), listen(0, 3), local(0)) }),
	both("listen on udp", func(f Family) []any { return parts(datagrams(f), listen(0, 1).fails("EOPNOTSUPP")) }),
	both("listen while connected", func(f Family) []any { return parts(connected(f), listen(1, 1).fails("EINVAL")) }),
	both("bind while listening", func(f Family) []any { return parts(listener(f), bind(0, at(f, 5001)).fails("EINVAL")) }),
	both("connect while listening", func(f Family) []any { return parts(listener(f), connect(0, at(f, 5000)).fails("EISCONN")) }),
	[]Case{
		row("backlog 0", open(0, Inet, Stream), listen(0, 0)),
		row("backlog changed", open(0, Inet, Stream), listen(0, 3), listen(0, 7)),
		row("backlog cut to somaxconn", open(0, Inet, Stream), listen(0, 2147483647)),
		row("negative backlog", open(0, Inet, Stream), listen(0, -1).
			refused("INVALID_ARGUMENT", "backlog", "ListenRequest.backlog: 0 to 2147483647")),
		row("accept queue", listener(Inet), open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks(),
			open(2, Inet, Stream), connect(2, at(Inet, 5000)).blocks(), poll(0, AllEvents)),
		row("send to a listener", listener(Inet), send(0, "x").fails("EPIPE")),
		row("receive from a listener", listener(Inet), recv(0, 5).fails("ENOTCONN")),
		row("shutdown ends listening", listener(Inet), shut(0, Read), accept(0, 1).fails("EINVAL"), local(0)),
		row("shutdown write leaves listening", listener(Inet), shut(0, Write), accept(0, 1).fails("EAGAIN")),
		row("disconnect ends listening", listener(Inet), disconnect(0), accept(0, 1).fails("EINVAL")),
		row("listen again after shutdown", listener(Inet), shut(0, Both), listen(0, 4), accept(0, 1).fails("EAGAIN")),
		row("full accept queue", open(0, Inet, Stream), bind(0, at(Inet, 5000)), listen(0, 0),
			open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks(),
			open(2, Inet, Stream), connect(2, at(Inet, 5000)).fails("EINPROGRESS"), poll(2, AllEvents)),
	},
)

var tableConnect = slices.Concat(
	both("connect", func(f Family) []any {
		return parts(listener(f), open(1, f, Stream), connect(1, at(f, 5000)).blocks(), peer(1), local(1))
	}),
	both("connect refused", func(f Family) []any {
		return parts(open(0, f, Stream), connect(0, at(f, 5000)).blocks().fails("ECONNREFUSED"))
	}),
	both("refused, told later", func(f Family) []any {
		return parts(open(0, f, Stream), connect(0, at(f, 5000)).fails("EINPROGRESS"), poll(0, AllEvents), get(0, "error"), get(0, "error"))
	}),
	both("refused, told by connect", func(f Family) []any {
		return parts(open(0, f, Stream), connect(0, at(f, 5000)).fails("EINPROGRESS"), connect(0, at(f, 5000)).fails("ECONNREFUSED"))
	}),
	both("refused, told by recv", func(f Family) []any {
		return parts(open(0, f, Stream), connect(0, at(f, 5000)).fails("EINPROGRESS"), recv(0, 4).fails("ECONNREFUSED"), recv(0, 4))
	}),
	both("refused, told by send", func(f Family) []any {
		return parts(open(0, f, Stream), connect(0, at(f, 5000)).fails("EINPROGRESS"), send(0, "x").fails("ECONNREFUSED"), send(0, "x").fails("EPIPE"))
	}),
	both("connect again after refusal", func(f Family) []any {
		return parts(open(0, f, Stream), connect(0, at(f, 5001)).blocks().fails("ECONNREFUSED"),
			open(1, f, Stream), bind(1, at(f, 5000)), listen(1, 1), connect(0, at(f, 5000)).blocks(), send(0, "x"))
	}),
	both("connect twice", func(f Family) []any {
		return parts(listener(f), open(1, f, Stream), connect(1, at(f, 5000)).blocks(), connect(1, at(f, 5000)).fails("EISCONN"))
	}),
	both("connect twice, waiting", func(f Family) []any {
		return parts(connected(f), connect(1, at(f, 5000)).blocks().fails("EISCONN"), connect(2, at(f, 5009)).blocks().fails("EISCONN"))
	}),
	both("connect done once", func(f Family) []any {
		return parts(listener(f), open(1, f, Stream), connect(1, at(f, 5000)).fails("EINPROGRESS"),
			connect(1, at(f, 5000)), connect(1, at(f, 5000)).fails("EISCONN"))
	}),
	both("connect to itself", func(f Family) []any {
		return parts(open(0, f, Stream), bind(0, at(f, 5000)), connect(0, at(f, 5000)).blocks(), send(0, "me"), recv(0, 10))
	}),
	both("simultaneous open", func(f Family) []any {
		return parts(open(0, f, Stream), bind(0, at(f, 5000)), connect(0, at(f, 5000)).blocks(), shut(0, Write), recv(0, 1))
	}),
	both("connect from a chosen port", func(f Family) []any {
		return parts(listener(f), open(1, f, Stream), bind(1, at(f, 5001)), connect(1, at(f, 5000)).blocks(), accept(0, 2), peer(2), local(1))
	}),
	both("same four numbers twice", func(f Family) []any {
		return parts(listener(f), open(1, f, Stream), set(1, "reuse_address", "true"), bind(1, at(f, 5001)), connect(1, at(f, 5000)).blocks(),
			open(2, f, Stream), set(2, "reuse_address", "true"), bind(2, at(f, 5001)), connect(2, at(f, 5000)).fails("EADDRNOTAVAIL"))
	}),
	both("disconnect a connection", func(f Family) []any {
		return parts(connected(f), disconnect(1), recv(2, 5).fails("ECONNRESET"), local(1), connect(1, at(f, 5000)).blocks())
	}),
	both("disconnect at rest", func(f Family) []any { return parts(open(0, f, Stream), disconnect(0)) }),
	both("connect to port 0", func(f Family) []any {
		return parts(open(0, f, Stream), connect(0, host(f)+":0").blocks().fails("ECONNREFUSED"))
	}),
	both("connect to any is this host", func(f Family) []any {
		return parts(listener(f), open(1, f, Stream), connect(1, ":5000").blocks(), peer(1))
	}),
	[]Case{
		row("no answer", open(0, Inet, Stream), connect(0, "10.1.0.2:5000").fails("EINPROGRESS"), connect(0, "10.1.0.2:5000").fails("EALREADY"),
			send(0, "x").fails("EAGAIN"), recv(0, 1).fails("EAGAIN"), peer(0).fails("ENOTCONN"), shut(0, Write)),
		row("no answer v6", open(0, Inet6, Stream), connect(0, "[fd01::2]:5000").fails("EINPROGRESS"), connect(0, "[fd01::2]:5000").fails("EALREADY"),
			disconnect(0), connect(0, "[::1]:5000").blocks().fails("ECONNREFUSED")),
		row("timed out", open(0, Inet, Stream), set(0, "user_timeout", "200"), connect(0, "127.0.0.1:7002").blocks().fails("ETIMEDOUT")),
		row("timed out, told later", open(0, Inet, Stream), set(0, "user_timeout", "200"), connect(0, "127.0.0.1:7002").fails("EINPROGRESS"),
			poll(0, "out").blocks(), get(0, "error")),
		row("no route", open(0, Inet, Stream), connect(0, "192.0.2.1:5000").fails("ENETUNREACH")),
		row("no route v6", open(0, Inet6, Stream), connect(0, "[fd05::1]:5000").fails("ENETUNREACH")),
		row("unreachable route", open(0, Inet, Stream), connect(0, "203.0.113.1:5000").fails("EHOSTUNREACH")),
		row("unreachable route v6", open(0, Inet6, Stream), connect(0, "[fd02::1]:5000").fails("EHOSTUNREACH")),
		row("prohibited route", open(0, Inet, Stream), connect(0, "203.0.113.129:5000").fails("EACCES")),
		row("prohibited route v6", open(0, Inet6, Stream), connect(0, "[fd03::1]:5000").fails("EACCES")),
		row("black hole", open(0, Inet, Stream), connect(0, "198.51.100.1:5000").fails("EINVAL")),
		row("black hole v6", open(0, Inet6, Stream), connect(0, "[fd04::1]:5000").fails("EINVAL")),
		row("neighbour does not answer", open(0, Inet, Stream), connect(0, "10.1.0.99:5000").blocks().fails("EHOSTUNREACH")),
		row("neighbour does not answer v6", open(0, Inet6, Stream), connect(0, "[fd01::99]:5000").blocks().fails("EHOSTUNREACH")),
		row("prohibited by the peer", open(0, Inet, Stream), connect(0, "127.0.0.1:7003").blocks().fails("EHOSTUNREACH")),
		row("prohibited by the peer v6", open(0, Inet6, Stream), connect(0, "[::1]:7003").blocks().fails("EACCES")),
		row("unreachable behind the peer", open(0, Inet, Stream), connect(0, "127.0.0.1:7004").blocks().fails("EHOSTUNREACH")),
		row("no route at the peer", open(0, Inet, Stream), connect(0, "127.0.0.1:7005").blocks().fails("ENETUNREACH")),
		row("reset by a filter", open(0, Inet, Stream), connect(0, "127.0.0.1:7009").blocks().fails("ECONNREFUSED")),
		row("connect to link-local without a zone", open(0, Inet6, Stream), connect(0, "[fe80::2]:5000").fails("EINVAL")),
		row("tcp to a multicast group", open(0, Inet, Stream), connect(0, "239.1.1.1:5000").fails("ENETUNREACH")),
		row("tcp to the broadcast address", open(0, Inet, Stream), connect(0, "10.1.0.255:5000").fails("ENETUNREACH")),
		row("mapped to a v4 listener", listener(Inet), open(1, Inet6, Stream), connect(1, "[::ffff:127.0.0.1]:5000").blocks(),
			accept(0, 2), peer(1), local(1), peer(2)),
		row("v4 to a dual listener", open(0, Inet6, Stream), bind(0, ":5000"), listen(0, 4), open(1, Inet, Stream),
			connect(1, at(Inet, 5000)).blocks(), accept(0, 2), peer(2), local(2)),
		row("connect to mapped from v6 only", listener(Inet), open(1, Inet6, Stream), set(1, "v6_only", "true"),
			connect(1, "[::ffff:127.0.0.1]:5000").fails("ENETUNREACH")),
		row("v4 to a v6 only listener", open(0, Inet6, Stream), set(0, "v6_only", "true"), bind(0, ":5000"), listen(0, 4),
			open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks().fails("ECONNREFUSED")),
		row("connect to the other family", open(0, Inet, Stream), connect(0, "[::1]:5000").fails("EAFNOSUPPORT").
			refused("(NAME_NOT_RESOLVED)", "", "InetAddress.host: a literal of the other family is NAME_NOT_RESOLVED")),
		row("bound to loopback, peer beyond", open(0, Inet, Stream), bind(0, at(Inet, 5000)), connect(0, "10.1.0.2:5000").fails("EINVAL")),
		row("udp connect", datagrams(Inet), connect(1, at(Inet, 5000)), peer(1), connect(1, at(Inet, 5003)), peer(1), disconnect(1), peer(1).fails("ENOTCONN"), local(1)),
		row("udp disconnect forgets a chosen address", open(0, Inet, Datagram), connect(0, at(Inet, 5000)), local(0), disconnect(0), local(0)),
		row("udp6 connect", datagrams(Inet6), connect(1, at(Inet6, 5000)), peer(1), disconnect(1), peer(1).fails("ENOTCONN"), local(1)),
		row("udp connect to no route", open(0, Inet, Datagram), connect(0, "192.0.2.1:5000").fails("ENETUNREACH")),
		row("udp connect to broadcast", open(0, Inet, Datagram), connect(0, "10.1.0.255:5000").fails("EACCES")),
		row("udp connect to broadcast, allowed", open(0, Inet, Datagram), set(0, "broadcast", "true"), connect(0, "10.1.0.255:5000"), peer(0)),
		row("udp connect to port 0", open(0, Inet, Datagram), connect(0, "127.0.0.1:0"), peer(0).fails("ENOTCONN"), send(0, "x"), recv(0, 5).fails("ECONNREFUSED")),
		row("udp hears only its peer", datagrams(Inet), connect(0, at(Inet, 5009)), sendTo(1, at(Inet, 5000), "x"), recv(0, 9).fails("EAGAIN")),
	},
)

var tableAccept = slices.Concat(
	both("accept", func(f Family) []any { return parts(connected(f), peer(2), local(2), accept(0, 3).fails("EAGAIN")) }),
	both("accept without listening", func(f Family) []any { return parts(open(0, f, Stream), accept(0, 1).fails("EINVAL")) }),
	both("accept on udp", func(f Family) []any { return parts(datagrams(f), accept(0, 9).fails("EOPNOTSUPP")) }),
	[]Case{
		row("accept on a connection", connected(Inet), accept(1, 3).fails("EINVAL")),
		row("accept what was reset", listener(Inet), open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks(), abort(1),
			accept(0, 2), recv(2, 5).fails("ECONNRESET")),
		row("accept what was closed", listener(Inet), open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks(), send(1, "bye"), closing(1),
			accept(0, 2), recv(2, 5), recv(2, 5)),
		row("accept inherits options", open(0, Inet, Stream), set(0, "no_delay", "true"), set(0, "keep_alive", "true"), set(0, "linger", "3"),
			set(0, "ttl", "44"), bind(0, at(Inet, 5000)), listen(0, 3), open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks(), accept(0, 2),
			get(2, "no_delay"), get(2, "keep_alive"), get(2, "linger"), get(2, "ttl"), get(2, "reuse_address")),
		row("closing a listener resets those who wait", listener(Inet), open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks(),
			closing(0), recv(1, 4).fails("ECONNRESET")),
		row("deferred accept", open(0, Inet, Stream), set(0, "defer_accept", "5"), bind(0, at(Inet, 5000)), listen(0, 3),
			open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks(), accept(0, 2).fails("EAGAIN"), send(1, "now"), accept(0, 2).blocks(), recv(2, 9)),
	},
)
