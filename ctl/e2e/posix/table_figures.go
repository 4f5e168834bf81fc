//go:build linux

package posix

import "slices"

// credentials has a unix socket told who sends (SO_PASSCRED).
func credentials(n int) Op { return setRaw(n, 1, 16, "1") }

// tableFigures is what is counted, and why calls stopped.
var tableFigures = slices.Concat(
	both("offsets", func(f Family) []any {
		return parts(connected(f), send(1, "abcdef"), recv(2, 2, Peek), recv(2, 2), recv(2, 9), send(2, "x"), recv(1, 5), send(1, "!", OOB), recv(2, 1, OOB), send(1, "y"), recv(2, 5), recv(2, 5).fails("EAGAIN"))
	}),
	both("offsets of datagrams", func(f Family) []any {
		return parts(datagrams(f), sendTo(1, at(f, 5000), "a"), sendTo(1, at(f, 5000), ""), sendTo(1, at(f, 5000), "ccc"), recv(0, 9, Peek), recv(0, 9),
			recvMany(0, 2, 9), sendTo(0, at(f, 5001), "x"), recv(1, 9))
	}),
	both("offsets and the error queue", func(f Family) []any {
		return parts(datagrams(f), set(1, "error_queue", "true"), sendTo(1, at(f, 5000), "a"), sendTo(1, at(f, 5009), "b"), recv(1, 9, ErrorQueue), sendTo(0, at(f, 5001), "c"), recv(1, 9))
	}),
	both("batch stops at the second", func(f Family) []any {
		return parts(datagrams(f), connect(1, at(f, 5009)), sendMany(1, Message{Data: "a"}, Message{Data: "b"}, Message{Data: "c"}), recv(0, 9).fails("EAGAIN"), recv(1, 9).fails("EAGAIN"))
	}),
	both("wait all, no more comes", func(f Family) []any {
		return parts(connected(f), send(1, "abc"), shut(1, Write), recv(2, 9, WaitAll).blocks(), recv(2, 9, WaitAll).blocks())
	}),
	both("wait all, all there, then the end", func(f Family) []any {
		return parts(connected(f), send(1, "abc"), shut(1, Write), recv(2, 3, WaitAll).blocks(), recv(2, 3))
	}),
	both("the end behind data", func(f Family) []any {
		return parts(connected(f), send(1, "abc"), closing(1), recv(2, 2), recv(2, 1), recv(2, 1))
	}),
	both("data after a shutdown here", func(f Family) []any {
		return parts(connected(f), shut(2, Read), send(1, "abc"), recv(2, 2), recv(2, 9), recv(2, 9))
	}),
	both("shutdown of what is not connected", func(f Family) []any {
		return parts(open(0, f, Stream), shut(0, Read).fails("ENOTCONN"), shut(0, Write).fails("ENOTCONN"))
	}),
	both("shutdown and disconnect", func(f Family) []any {
		return parts(connected(f), shut(1, Write), disconnect(1), shut(2, Read).fails("ENOTCONN"), disconnect(2))
	}),
	both("states after a disconnect", func(f Family) []any {
		return parts(connected(f), disconnect(1), closing(2), open(3, f, Stream), bind(3, at(f, 5003)), connect(3, at(f, 5000)).blocks(), disconnect(3), disconnect(0))
	}),
	both("states after a refusal", func(f Family) []any {
		return parts(open(0, f, Stream), connect(0, at(f, 5009)).blocks().fails("ECONNREFUSED"), open(1, f, Stream), bind(1, at(f, 5001)), connect(1, at(f, 5009)).blocks().fails("ECONNREFUSED"))
	}),
	both("states after a shutdown", func(f Family) []any {
		return parts(listener(f), shut(0, Read), open(1, f, Stream), listen(1, 1), shut(1, Both))
	}),
	[]Case{
		row("batch stops at one too large", unixDatagrams(), connect(1, "~/a"), set(1, "send_buffer", "4608"), sendMany(1, Message{Data: "a"}, Message{Data: string(make([]byte, 20000))}, Message{Data: "c"}), recvMany(0, 9, 9)),
		row("batch fills", unixDatagrams(), connect(1, "~/a"), set(1, "send_buffer", "4608"), sendMany(1, slices.Repeat([]Message{{Data: string(make([]byte, 1000))}}, 12)...), recv(0, 9)),
		row("some fits", open(0, Inet, Stream), set(0, "receive_buffer", "4096"), bind(0, at(Inet, 5000)), listen(0, 1), open(1, Inet, Stream), set(1, "send_buffer", "4096"),
			connect(1, at(Inet, 5000)).blocks(), accept(0, 2), send(1, "f").times(200000), abort(2)),
		row("some fits a unix stream", unixPair(Stream), set(1, "send_buffer", "4608"), send(1, "f").times(100000)),
		row("some fits, then a reset", open(0, Inet, Stream), set(0, "receive_buffer", "4096"), bind(0, at(Inet, 5000)), listen(0, 1), open(1, Inet, Stream), set(1, "send_buffer", "4096"),
			connect(1, at(Inet, 5000)).blocks(), accept(0, 2), send(1, "f").times(200000).behind(), abort(2), join(1)),
		row("unix send waits, then a reset", unixPair(Stream), set(1, "send_buffer", "4608"), fill(1), send(1, "f").behind(), closing(2), join(1)),
		row("some fits a unix stream, then a reset", unixPair(Stream), set(1, "send_buffer", "4608"), send(1, "f").times(100000).behind(), closing(2), join(1)),
		row("unix stream, credentials without room", unixPair(Stream), credentials(2), send(1, "abc"), recv(2, 2).room(-1), recv(2, 9)),
		row("unix stream, credentials cut", unixPair(Stream), credentials(2), send(1, "abc"), recv(2, 2, Peek).room(20), recv(2, 2).room(20), recv(2, 9)),
		row("timestamps of a stream, no room", connected(Inet), set(2, "timestamps", "true"), send(1, "abc"), recv(2, 2).room(-1), recv(2, 9)),
		row("unix stream disconnected by the peer", unixPair(Stream), closing(1), shut(2, Write)),
	},
)

// tableRecords tells records without bytes from the end.
var tableRecords = []Case{
	row("empty records, then the end", unixPair(Seqpacket), send(1, ""), send(1, ""), closing(1), recv(2, 9), recv(2, 9, Peek), recv(2, 9), recv(2, 9), recv(2, 9)),
	row("empty records among others", unixPair(Seqpacket), send(1, "a"), send(1, ""), send(1, "b"), shut(1, Write), recv(2, 9), recv(2, 9), recv(2, 9), recv(2, 9)),
	row("empty records in batches", unixPair(Seqpacket), sendMany(1, Message{}, Message{Data: "b"}, Message{}), closing(1), recvMany(2, 9, 2), recvMany(2, 9, 8), recvMany(2, 9, 8)),
	row("empty record before accepting", open(0, Unix, Seqpacket), bind(0, "~/s"), listen(0, 3), open(1, Unix, Seqpacket), connect(1, "~/s"), send(1, ""), closing(1), accept(0, 2), recv(2, 0), recv(2, 5)),
	row("empty record and a shutdown here", unixPair(Seqpacket), send(1, ""), shut(2, Read), recv(2, 9), recv(2, 9)),
	row("an empty record wakes", unixPair(Seqpacket), recv(2, 9).behind(), send(1, ""), join(2)),
	row("the end of records wakes", unixPair(Seqpacket), recv(2, 9).behind(), shut(1, Write), join(2)),
}

// tableDescriptors is what comes from a local program beside the agent.
var tableDescriptors = []Case{
	row("descriptors by datagram", open(0, Unix, Datagram), bind(0, "~/a"), open(100, Unix, Datagram), sendTo(100, "~/a", "x").passing(3), sendTo(100, "~/a", "y"),
		sendTo(100, "~/a", "z").passing(1), recv(0, 9), recvMany(0, 9, 5)),
	row("descriptors of a datagram cut", open(0, Unix, Datagram), bind(0, "~/a"), open(100, Unix, Datagram), sendTo(100, "~/a", "x").passing(5), sendTo(100, "~/a", "y").passing(2),
		recv(0, 9).room(20), recv(0, 9).room(-1)),
	row("descriptors of a datagram peeked", open(0, Unix, Datagram), bind(0, "~/a"), open(100, Unix, Datagram), sendTo(100, "~/a", "x").passing(2), recv(0, 9, Peek), recv(0, 9)),
	row("descriptors by record", visited(Seqpacket), send(100, "x").passing(2), send(100, "").passing(1), recv(2, 9), recv(2, 9)),
	row("descriptors on a stream", visited(Stream), send(100, "abc").passing(2), send(100, "def"), recv(2, 1), recv(2, 9), recv(2, 9).fails("EAGAIN")),
	row("descriptors on a stream cut", visited(Stream), send(100, "abc").passing(4), recv(2, 9).room(20)),
	row("descriptors on a stream, waiting", visited(Stream), recv(2, 9).behind(), send(100, "abc").passing(2), join(2)),
	row("descriptors and credentials", visited(Stream), credentials(2), send(100, "abc").passing(2), recv(2, 9)),
}

// visited is socket 2 of the agent, connected to a local program's 100.
func visited(t Type) []Op {
	return []Op{open(0, Unix, t), bind(0, "~/s"), listen(0, 8), open(100, Unix, t), connect(100, "~/s"), accept(0, 2)}
}

// tableDisconnect is what waits while its socket is disconnected.
var tableDisconnect = slices.Concat(
	both("receive waits, then a disconnect", func(f Family) []any {
		return parts(connected(f), recv(2, 9).behind(), disconnect(2), join(2))
	}),
	both("wait all waits, then a disconnect", func(f Family) []any {
		return parts(connected(f), recv(2, 9, WaitAll).behind(), send(1, "abc"), disconnect(2), join(2))
	}),
	both("accept waits, then a disconnect", func(f Family) []any {
		return parts(listener(f), accept(0, 1).behind(), disconnect(0), join(0))
	}),
	[]Case{
		row("send waits, then a disconnect", open(0, Inet, Stream), set(0, "receive_buffer", "4096"), bind(0, at(Inet, 5000)), listen(0, 1), open(1, Inet, Stream), set(1, "send_buffer", "4096"),
			connect(1, at(Inet, 5000)).blocks(), accept(0, 2), fill(1), send(1, "f").behind(), disconnect(1), join(1)),
		row("send of much waits, then a disconnect", open(0, Inet, Stream), set(0, "receive_buffer", "4096"), bind(0, at(Inet, 5000)), listen(0, 1), open(1, Inet, Stream), set(1, "send_buffer", "4096"),
			connect(1, at(Inet, 5000)).blocks(), accept(0, 2), send(1, "f").times(200000).behind(), disconnect(1), join(1)),
		row("mptcp receive waits, then a disconnect", protocol(0, Inet, Stream, 262), bind(0, at(Inet, 5000)), listen(0, 4), protocol(1, Inet, Stream, 262),
			connect(1, at(Inet, 5000)).blocks(), accept(0, 2), recv(1, 9).behind(), disconnect(1), join(1)),
		row("connect waits, then a disconnect", open(0, Inet, Stream), connect(0, "10.1.0.2:5000").behind(), disconnect(0), join(0)),
	},
)

// tableEffects is flags and options by what they do.
var tableEffects = []Case{
	row("low water inherited", open(0, Inet, Stream), set(0, "receive_low_water", "4"), bind(0, at(Inet, 5000)), listen(0, 2), open(1, Inet, Stream), connect(1, at(Inet, 5000)).blocks(), accept(0, 2),
		send(1, "ab"), recv(2, 9).behind(), send(1, "cdef"), join(2)),
	row("low water by number", connected(Inet), setRaw(2, 1, 18, "4"), send(1, "ab"), recv(2, 9).behind(), send(1, "cdef"), join(2)),
	row("low water above the size", connected(Inet), set(2, "receive_low_water", "8"), send(1, "abc"), recv(2, 2).blocks(), recv(2, 2)),
	row("low water and a timeout", connected(Inet), set(2, "receive_low_water", "8"), set(2, "receive_timeout", "30ms"), send(1, "abc"), recv(2, 9).blocks()),
	row("low water of a unix stream", unixPair(Stream), set(2, "receive_low_water", "4"), send(1, "ab"), recv(2, 9).behind(), send(1, "cdef"), join(2)),
	row("do not route by way of a gateway", open(0, Inet, Datagram), sendTo(0, "198.18.0.1:9", "x"), sendTo(0, "198.18.0.1:9", "x", DontRoute).fails("ENETUNREACH")),
	row("records are not merged", connected(Inet), set(1, "mark", "9"), send(1, "abc", EndOfRecord), send(1, "def"), sendMemory(1), abort(1)),
	row("a state that lasts is seen", open(0, Inet, Stream), await(0, "LISTENING").behind(), bind(0, at(Inet, 5000)), listen(0, 1), pause("300ms"), disconnect(0), join(0)),
}
