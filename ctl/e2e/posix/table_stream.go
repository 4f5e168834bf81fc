//go:build linux

package posix

import "slices"

var tableStream = slices.Concat(
	both("send and receive", func(f Family) []any {
		return parts(connected(f), send(1, "hello"), recv(2, 3), recv(2, 10), recv(2, 10).fails("EAGAIN"))
	}),
	both("peek", func(f Family) []any {
		return parts(connected(f), send(1, "hello"), recv(2, 3, Peek), recv(2, 10, Peek), recv(2, 10), recv(2, 10, Peek).fails("EAGAIN"))
	}),
	both("end of stream", func(f Family) []any {
		return parts(connected(f), send(1, "bye"), shut(1, Write), recv(2, 10), recv(2, 10), recv(2, 10), send(2, "late"), recv(1, 10))
	}),
	both("not connected", func(f Family) []any {
		return parts(open(0, f, Stream), send(0, "x").fails("EPIPE"), recv(0, 1).fails("ENOTCONN"), shut(0, Both).fails("ENOTCONN"), peer(0).fails("ENOTCONN"))
	}),
	both("send after shutdown", func(f Family) []any {
		return parts(connected(f), shut(1, Write), send(1, "x").fails("EPIPE"), send(1, "").fails("EPIPE"), recv(1, 1).fails("EAGAIN"))
	}),
	both("receive after shutdown", func(f Family) []any {
		return parts(connected(f), send(2, "abc"), shut(1, Read), recv(1, 2), recv(1, 5), recv(1, 5), send(2, "def"), recv(1, 5), poll(1, AllEvents))
	}),
	both("shutdown both", func(f Family) []any {
		return parts(connected(f), shut(1, Both), recv(1, 1), send(1, "x").fails("EPIPE"), recv(2, 1), shut(2, Both), poll(2, AllEvents))
	}),
	both("shutdown twice", func(f Family) []any {
		return parts(connected(f), shut(1, Write), shut(1, Write), shut(2, Write), shut(1, Write).fails("ENOTCONN"))
	}),
	both("both ends shut down", func(f Family) []any {
		return parts(connected(f), shut(1, Write), shut(2, Write), recv(1, 1), recv(2, 1), send(2, "x").fails("EPIPE"), peer(1).fails("ENOTCONN"), peer(2).fails("ENOTCONN"))
	}),
	both("reset", func(f Family) []any {
		return parts(connected(f), abort(1), recv(2, 5).fails("ECONNRESET"), recv(2, 5), send(2, "x").fails("EPIPE"))
	}),
	both("reset after data", func(f Family) []any {
		return parts(connected(f), send(1, "lost?"), abort(1), poll(2, AllEvents), recv(2, 50), recv(2, 50).fails("ECONNRESET"), recv(2, 50))
	}),
	both("reset, told by send", func(f Family) []any {
		return parts(connected(f), abort(1), send(2, "x").fails("ECONNRESET"), send(2, "x").fails("EPIPE"), recv(2, 5))
	}),
	both("reset, told by SO_ERROR", func(f Family) []any {
		return parts(connected(f), abort(1), get(2, "error"), get(2, "error"), recv(2, 5))
	}),
	both("reset, told by shutdown", func(f Family) []any {
		return parts(connected(f), abort(1), shut(2, Write).fails("ENOTCONN"))
	}),
	both("receive nothing", func(f Family) []any {
		return parts(connected(f), recv(2, 0).fails("EAGAIN"), send(1, "abc"), recv(2, 0), recv(2, 3))
	}),
	both("send nothing", func(f Family) []any { return parts(connected(f), send(1, ""), recv(2, 4).fails("EAGAIN")) }),
	[]Case{
		row("close with unread data resets", connected(Inet), send(1, "unread"), closing(2), recv(1, 1).fails("ECONNRESET")),
		row("close orderly", connected(Inet), closing(2), recv(1, 1), send(1, "into the void"), recv(1, 1), send(1, "x").fails("EPIPE")),
		row("linger 0 resets", connected(Inet), set(2, "linger", "0"), closing(2), recv(1, 1).fails("ECONNRESET")),
		row("wait all", connected(Inet), send(1, "abc"), recv(2, 5, WaitAll), recv(2, 5, WaitAll).fails("EAGAIN")),
		row("wait all and peek", connected(Inet), send(1, "abc"), recv(2, 3, WaitAll, Peek), recv(2, 3, WaitAll)),
		row("do not wait", connected(Inet), recv(2, 5, DontWait).fails("EAGAIN"), send(1, "abc", DontWait), recv(2, 5, DontWait)),
		row("more", connected(Inet), send(1, "abc", More), recv(2, 10).fails("EAGAIN"), send(1, "def"), recv(2, 10)),
		row("cork", connected(Inet), set(1, "cork", "true"), send(1, "abc"), recv(2, 10).fails("EAGAIN"), set(1, "cork", "false"), recv(2, 10)),
		row("end of record", connected(Inet), send(1, "abc", EndOfRecord), send(1, "def"), recv(2, 10)),
		row("do not route", connected(Inet), send(1, "abc", DontRoute), recv(2, 10)),
		row("several buffers", connected(Inet), send(1, "abcdef").into(1, 0, 3, 2), recv(2, 6).into(2, 2, 2)),
		row("short into several buffers", connected(Inet), send(1, "abc"), recv(2, 6).into(1, 1, 4)),
		row("too many buffers to send", connected(Inet), send(1, "x").times(1025).into(many(1025, 1)...).fails("EMSGSIZE")),
		row("too many buffers to receive", connected(Inet), send(1, "x"), recv(2, 1025).into(many(1025, 1)...).fails("EMSGSIZE")),
		row("1024 buffers", connected(Inet), send(1, "y").times(1024).into(many(1024, 1)...), recv(2, 1024).into(many(1024, 1)...)),
		row("destination on a connection", connected(Inet), sendTo(1, "192.0.2.1:9", "abc").
			refused("INVALID_ARGUMENT", "to", "SendRequest.to: on a stream socket INVALID_ARGUMENT, but with fast_open")),
		row("fast open", open(0, Inet, Stream), set(0, "fast_open", "5"), bind(0, at(Inet, 5000)), listen(0, 3), open(1, Inet, Stream),
			sendTo(1, at(Inet, 5000), "early", FastOpen).blocks(), accept(0, 2).blocks(), recv(2, 10)),
		row("fast open refused", open(1, Inet, Stream), sendTo(1, at(Inet, 5000), "early", FastOpen).blocks().fails("ECONNREFUSED")),
		row("fast open without waiting", open(0, Inet, Stream), bind(0, "127.7.7.7:5000"), listen(0, 2), open(1, Inet, Stream), sendTo(1, "127.7.7.7:5000", "early", FastOpen).fails("EINPROGRESS"), send(1, "late"),
			accept(0, 2), recv(2, 10)),
		row("fast open twice", connected(Inet), sendTo(1, at(Inet, 5000), "x", FastOpen).fails("EISCONN")),
		row("fast open connect", open(0, Inet, Stream), set(0, "fast_open", "5"), bind(0, at(Inet, 5000)), listen(0, 3), open(1, Inet, Stream),
			set(1, "fast_open_connect", "true"), connect(1, at(Inet, 5000)).blocks(), send(1, "hi"), accept(0, 2).blocks(), recv(2, 9)),
		row("sizeable data", connected(Inet), send(1, "0123456789").times(3000), recv(2, 30000)),
		row("small buffers fill", open(0, Inet, Stream), set(0, "receive_buffer", "4096"), bind(0, at(Inet, 5000)), listen(0, 1),
			open(1, Inet, Stream), set(1, "send_buffer", "4096"), connect(1, at(Inet, 5000)).blocks(), accept(0, 2).blocks(),
			fill(1), send(1, "f").fails("EAGAIN"), poll(1, "out"), poll(2, "in")),
		row("error queue of a stream", connected(Inet), recv(1, 10, ErrorQueue).fails("EAGAIN")),
		row("timestamps of a stream", connected(Inet), set(2, "timestamps", "true"), send(1, "abc"), recv(2, 10)),
	},
)

// tableUrgent is out-of-band data.
var tableUrgent = slices.Concat(
	both("urgent byte", func(f Family) []any {
		return parts(connected(f), send(1, "ab!", OOB), poll(2, AllEvents), recv(2, 5, OOB), recv(2, 5, OOB).fails("EINVAL"), recv(2, 10), poll(2, AllEvents))
	}),
	[]Case{
		row("no urgent byte", connected(Inet), recv(2, 5, OOB).fails("EINVAL")),
		row("urgent byte announced", connected(Inet), send(1, "abc"), send(1, "!", OOB), send(1, "def"), recv(2, 10), recv(2, 10)),
		row("reading stops at the mark", connected(Inet), send(1, "a!", OOB), send(1, "b"), recv(2, 10), recv(2, 10), recv(2, 1, OOB).fails("EINVAL")),
		row("urgent byte peeked", connected(Inet), send(1, "!", OOB), recv(2, 1, OOB, Peek), recv(2, 1, OOB, Peek), recv(2, 1, OOB)),
		row("two urgent bytes", connected(Inet), send(1, "1", OOB), send(1, "2", OOB), recv(2, 1, OOB), recv(2, 10).fails("EAGAIN")),
		row("urgent byte inline", connected(Inet), set(2, "out_of_band_inline", "true"), send(1, "ab!", OOB), recv(2, 1, OOB).fails("EINVAL"), recv(2, 10), recv(2, 10)),
		row("urgent receive of nothing", connected(Inet), send(1, "!", OOB), recv(2, 0, OOB), recv(2, 1, OOB).fails("EINVAL")),
		row("urgent after the end", connected(Inet), shut(1, Write), recv(2, 1, OOB).fails("EINVAL")),
		row("urgent on a listener", listener(Inet), recv(0, 1, OOB).fails("ENOTCONN")),
		row("urgent to udp", datagrams(Inet), sendTo(1, at(Inet, 5000), "x", OOB).fails("EOPNOTSUPP")),
		row("urgent to udp6", datagrams(Inet6), sendTo(1, at(Inet6, 5000), "x", OOB), recv(0, 5)),
		row("urgent from udp", datagrams(Inet), recv(0, 1, OOB).fails("EAGAIN")),
		row("urgent on a unix stream", unixPair(Stream), send(1, "a!", OOB), poll(2, AllEvents), recv(2, 1, OOB), recv(2, 5)),
		row("urgent receive of nothing on a unix stream", unixPair(Stream), send(1, "a!", OOB), recv(2, 0, OOB), recv(2, 5, OOB).fails("EINVAL"), recv(2, 5)),
		row("no urgent byte on a unix stream", unixPair(Stream), recv(2, 1, OOB).fails("EINVAL")),
		row("urgent to unix datagrams", unixPair(Seqpacket), send(1, "x", OOB).fails("EOPNOTSUPP"), recv(2, 5, OOB).fails("EOPNOTSUPP")),
		row("nothing urgent to send", connected(Inet), send(1, "", OOB), recv(2, 1, OOB).fails("EINVAL")),
	},
)

// tableClose is what closing leaves to the other side.
var tableClose = slices.Concat(
	both("half close from the server", func(f Family) []any {
		return parts(connected(f), send(2, "answer"), closing(2), recv(1, 10), recv(1, 10), shut(1, Write))
	}),
	both("fin wait", func(f Family) []any {
		return parts(connected(f), shut(1, Write), recv(2, 9), send(2, "still"), recv(1, 9))
	}),
	both("write after the peer closed", func(f Family) []any {
		return parts(connected(f), closing(1), send(2, "a"), send(2, "b").fails("EPIPE"), recv(2, 1))
	}),
	[]Case{
		row("close before accept", listener(Inet), open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks(), closing(1), accept(0, 2), recv(2, 4)),
		row("close while connecting", open(0, Inet, Stream), connect(0, "10.1.0.2:5000").fails("EINPROGRESS"), closing(0)),
		row("abort while connecting", open(0, Inet, Stream), connect(0, "10.1.0.2:5000").fails("EINPROGRESS"), abort(0)),
		row("abort a listener", listener(Inet), abort(0), open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks().fails("ECONNREFUSED")),
		row("unix close with unread data", unixPair(Stream), send(1, "unread"), closing(2), recv(1, 1).fails("ECONNRESET"), recv(1, 1)),
		row("unix close orderly", unixPair(Stream), closing(2), recv(1, 1), send(1, "x").fails("EPIPE")),
	},
)

func many(n, value int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = value
	}
	return s
}
