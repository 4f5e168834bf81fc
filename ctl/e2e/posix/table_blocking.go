//go:build linux

package posix

import "slices"

// tableBlocking is calls that wait: for what another socket does, or for the
// socket's own timeout.
var tableBlocking = slices.Concat(
	both("receive waits for data", func(f Family) []any {
		return parts(connected(f), recv(2, 9).behind(), send(1, "later"), join(2))
	}),
	both("receive waits for the end", func(f Family) []any {
		return parts(connected(f), recv(2, 9).behind(), closing(1), join(2))
	}),
	both("receive waits, then a reset", func(f Family) []any {
		return parts(connected(f), recv(2, 9).behind(), abort(1), join(2))
	}),
	both("receive waits, then shut down here", func(f Family) []any {
		return parts(connected(f), recv(2, 9).behind(), shut(2, Read), join(2))
	}),
	both("accept waits", func(f Family) []any {
		return parts(listener(f), accept(0, 2).behind(), open(1, f, Stream), connect(1, at(f, 5000)).blocks(), join(0), peer(2))
	}),
	both("accept waits, then shut down", func(f Family) []any {
		return parts(listener(f), accept(0, 2).behind(), shut(0, Read), join(0))
	}),
	both("wait all waits", func(f Family) []any {
		return parts(connected(f), recv(2, 6, WaitAll).behind(), send(1, "abc"), send(1, "def"), join(2))
	}),
	both("wait all and the end", func(f Family) []any {
		return parts(connected(f), recv(2, 9, WaitAll).behind(), send(1, "abc"), closing(1), join(2), recv(2, 9))
	}),
	both("datagram waits", func(f Family) []any {
		return parts(datagrams(f), recv(0, 9).behind(), sendTo(1, at(f, 5000), "x"), join(0))
	}),
	both("datagram waits, then refused", func(f Family) []any {
		return parts(datagrams(f), connect(1, at(f, 5009)), recv(1, 9).behind(), send(1, "x"), join(1))
	}),
	both("datagram waits, then shut down", func(f Family) []any {
		return parts(datagrams(f), connect(0, at(f, 5001)), recv(0, 9).behind(), shut(0, Read), join(0))
	}),
	[]Case{
		row("wait all and a reset", connected(Inet), recv(2, 9, WaitAll).behind(), send(1, "abc"), abort(1), join(2), recv(2, 9).fails("ECONNRESET")),
		row("wait all peek waits", connected(Inet), recv(2, 6, WaitAll, Peek).behind(), send(1, "abc"), send(1, "def"), join(2), recv(2, 9)),
		row("do not wait, on a blocking one", connected(Inet), recv(2, 9, DontWait).blocks().fails("EAGAIN")),
		row("urgent receive never waits", connected(Inet), recv(2, 1, OOB).blocks().fails("EINVAL")),
		row("error queue never waits", datagrams(Inet), recv(0, 9, ErrorQueue).blocks().fails("EAGAIN")),
		row("receive of nothing waits", connected(Inet), recv(2, 0).behind(), send(1, "x"), join(2), recv(2, 3)),
		row("receive of nothing times out", connected(Inet), set(2, "receive_timeout", "30ms"), recv(2, 0).blocks().
			refused("EAGAIN", "", "TCP's recv(2) of 0 bytes returns 0 when it is woken, also by SO_RCVTIMEO; an agent tells that the time is over")),
		row("receive timeout", connected(Inet), set(2, "receive_timeout", "30ms"), recv(2, 9).blocks().fails("EAGAIN")),
		row("receive timeout of datagrams", datagrams(Inet), set(0, "receive_timeout", "30ms"), recv(0, 9).blocks().fails("EAGAIN")),
		row("receive timeout of a unix socket", unixPair(Seqpacket), set(2, "receive_timeout", "30ms"), recv(2, 9).blocks().fails("EAGAIN")),
		row("receive timeout and wait all", connected(Inet), set(2, "receive_timeout", "30ms"), send(1, "abc"), recv(2, 9, WaitAll).blocks()),
		row("receive timeout of accept", listener(Inet), set(0, "receive_timeout", "30ms"), accept(0, 1).blocks().fails("EAGAIN")),
		row("send timeout of connect", open(0, Inet, Stream), set(0, "send_timeout", "30ms"), connect(0, "10.1.0.2:5000").blocks().fails("EINPROGRESS")),
		row("send timeout", open(0, Inet, Stream), set(0, "receive_buffer", "4096"), bind(0, at(Inet, 5000)), listen(0, 1), open(1, Inet, Stream), set(1, "send_buffer", "4096"),
			set(1, "send_timeout", "30ms"), connect(1, at(Inet, 5000)).blocks(), accept(0, 2), fill(1), send(1, "f").blocks().fails("EAGAIN")),
		row("low water waits", connected(Inet), set(2, "receive_low_water", "4"), recv(2, 9).behind(), send(1, "ab"), send(1, "cd"), join(2)),
		row("low water and the end", connected(Inet), set(2, "receive_low_water", "4"), recv(2, 9).behind(), send(1, "ab"), closing(1), join(2)),
		row("connect waits for the running attempt", open(0, Inet, Stream), connect(0, "127.0.0.1:7004").fails("EINPROGRESS"), connect(0, "127.0.0.1:7004").blocks().fails("EHOSTUNREACH")),
		row("send waits for room", open(0, Inet, Stream), set(0, "receive_buffer", "4096"), bind(0, at(Inet, 5000)), listen(0, 1), open(1, Inet, Stream), set(1, "send_buffer", "4096"),
			connect(1, at(Inet, 5000)).blocks(), accept(0, 2), send(1, "f").times(60000).behind(), recv(2, 60000, WaitAll).blocks(), join(1)),
		row("send waits, then a reset", open(0, Inet, Stream), set(0, "receive_buffer", "4096"), bind(0, at(Inet, 5000)), listen(0, 1), open(1, Inet, Stream), set(1, "send_buffer", "4096"),
			connect(1, at(Inet, 5000)).blocks(), accept(0, 2), fill(1), send(1, "f").behind(), abort(2), join(1)),
		row("unix receive waits", unixPair(Stream), recv(2, 9).behind(), send(1, "x"), join(2)),
		row("seqpacket waits for the end", unixPair(Seqpacket), recv(2, 9).behind(), closing(1), join(2)),
		row("unix datagram waits", unixDatagrams(), recv(0, 9).behind(), sendTo(1, "~/a", "x"), join(0)),
		row("unix backlog waits", open(0, Unix, Stream), bind(0, "~/a"), listen(0, 0), open(1, Unix, Stream), connect(1, "~/a"), open(2, Unix, Stream),
			connect(2, "~/a").behind(), accept(0, 3), join(2)),
		row("batch waits", datagrams(Inet), recvMany(0, 9, 4).behind(), sendTo(1, at(Inet, 5000), "x"), join(0)),
		row("poll waits", connected(Inet), poll(2, "in").behind(), send(1, "x"), join(2)),
		row("poll waits for urgent data", connected(Inet), poll(2, "pri").behind(), send(1, "x", OOB), join(2)),
		row("poll waits for the peer's end", connected(Inet), poll(2, "rdhup").behind(), shut(1, Write), join(2)),
	},
)

// tableUser is what an ordinary user meets.
var tableUser = []Case{
	asUser(row("low port", open(0, Inet, Stream), bind(0, "127.0.0.1:80").fails("EACCES"))),
	asUser(row("low port v6", open(0, Inet6, Datagram), bind(0, "[::1]:80").fails("EACCES"))),
	row("low port as root", open(0, Inet, Stream), bind(0, "127.0.0.1:80")),
	asUser(row("mark", open(0, Inet, Stream), set(0, "mark", "1").fails("EPERM"), get(0, "mark"))),
	asUser(row("high priority", open(0, Inet, Datagram), set(0, "priority", "6"), set(0, "priority", "7").fails("EPERM"))),
	asUser(row("forced buffer", open(0, Inet, Datagram), setRaw(0, 1, 33, "4000000").fails("EPERM"))),
	row("forced buffer as root", open(0, Inet, Datagram), setRaw(0, 1, 33, "4000000"), get(0, "receive_buffer")),
	asUser(row("transparent", open(0, Inet, Datagram), setRaw(0, 0, 19, "1").fails("EPERM"))),
	asUser(row("device", open(0, Inet, Datagram), set(0, "device", "lo"), set(0, "device", "v0").fails("EPERM"), get(0, "device"))),
	asUser(row("unix path without a right", open(0, Unix, Stream), bind(0, "/etc/sock").fails("EACCES"))),
	asUser(row("unix connect without a right", open(0, Unix, Stream), connect(0, "/etc/passwd").fails("EACCES"))),
	asUser(row("repair", open(0, Inet, Stream), setRaw(0, 6, 19, "1").fails("EPERM"))),
	asUser(row("busy poll", open(0, Inet, Datagram), setRaw(0, 1, 69, "1").fails("EPERM"))),
	asUser(row("debug", open(0, Inet, Datagram), setRaw(0, 1, 1, "1").fails("EACCES"))),
	asUser(row("congestion control", open(0, Inet, Stream), set(0, "congestion_control", "nosuch").fails("ENOENT"), get(0, "congestion_control"))),
	asUser(row("mark of a message", datagrams(Inet), sendTo(1, at(Inet, 5000), "x").with(Control{Level: 1, Type: 36, Data: "\x05\x00\x00\x00"}).fails("EPERM"))),
	asUser(row("connection", connected(Inet), send(1, "hello"), recv(2, 9))),
	asUser(row("other user's credentials", unixPair(Seqpacket), send(1, "x").with(Control{Level: 1, Type: 2, Data: "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}).fails("EPERM"))),
}
