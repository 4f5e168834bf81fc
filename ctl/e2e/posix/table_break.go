//go:build linux

package posix

// tableBreak is calls that wait and that something else than what they wait for
// ends: urgent data, another sender, a shutdown.
var tableBreak = []Case{
	row("wait all and urgent data", connected(Inet), send(1, "aaa"), recv(2, 10, WaitAll).behind(), send(1, "!", OOB), join(2), recv(2, 1, OOB, Peek), send(1, "bbb"), recv(2, 10)),
	row("wait all and urgent data inline", connected(Inet), set(2, "out_of_band_inline", "true"), send(1, "aaa"), recv(2, 10, WaitAll).behind(), send(1, "!", OOB), join(2), send(1, "bbb"), recv(2, 10)),
	row("low water and urgent data", connected(Inet), set(2, "receive_low_water", "6"), recv(2, 10).behind(), send(1, "abc"), send(1, "!", OOB), join(2), recv(2, 1, OOB)),
	row("low water and urgent data, fetched", connected(Inet), set(2, "receive_low_water", "6"), recv(2, 10).behind(), send(1, "abc!", OOB), join(2), recv(2, 1, OOB), send(1, "d"), recv(2, 10)),
	row("wait all and urgent data on a unix stream", unixPair(Stream), send(1, "aaa"), recv(2, 10, WaitAll).behind(), send(1, "!", OOB), join(2), recv(2, 1, OOB), send(1, "bbb"), recv(2, 10)),
	row("wait all and urgent data inline on a unix stream", unixPair(Stream), set(2, "out_of_band_inline", "true"), send(1, "aaa"), recv(2, 10, WaitAll).behind(), send(1, "!", OOB), join(2), recv(2, 10)),
	row("low water and urgent data on a unix stream", unixPair(Stream), set(2, "receive_low_water", "6"), send(1, "aaa"), recv(2, 10).behind(), send(1, "!", OOB), join(2), recv(2, 1, OOB)),

	row("peek offset", connected(Inet), setRaw(2, 1, 42, "0"), send(1, "abcdef"), recv(2, 3, Peek), recv(2, 3, Peek), recv(2, 3, Peek).fails("EAGAIN"), recv(2, 0), recv(2, 2), recv(2, 3, Peek).fails("EAGAIN"), recv(2, 9)),
	row("peek offset of unix datagrams", unixDatagrams(), setRaw(0, 1, 42, "0"), sendTo(1, "~/a", "x").times(90000), sendTo(1, "~/a", "y").times(10), recv(0, 50000, Peek), getRaw(0, 1, 42, 0), recv(0, 200000), recv(0, 200000, Peek), recv(0, 200000)),
	row("peek offset of udp", datagrams(Inet), setRaw(0, 1, 42, "0"), sendTo(1, at(Inet, 5000), "abcdef"), recv(0, 2, Peek), recv(0, 2, Peek).fails("EAGAIN"), recv(0, 9), getRaw(0, 1, 42, 0)),
	row("peek offset of a seqpacket socket", unixPair(Seqpacket), setRaw(2, 1, 42, "0"), send(1, "abcdef"), closing(1), recv(2, 2, Peek), recv(2, 2, Peek), recv(2, 9), recv(2, 9)),

	row("unix send waits, then the peer shuts down reading", unixPair(Stream), set(1, "send_buffer", "4608"), fill(1), send(1, "f").behind(), shut(2, Read), join(1)),
	row("seqpacket send waits, then the peer shuts down reading", unixPair(Seqpacket), set(1, "send_buffer", "4608"), send(1, "f").times(4000), send(1, "f").times(4000), send(1, "f").fails("EAGAIN"), send(1, "f").behind(), shut(2, Read), join(1)),
	row("unix send waits, then shut down here", unixPair(Stream), set(1, "send_buffer", "4608"), fill(1), send(1, "f").behind(), shut(1, Write), join(1)),
	row("unix accept waits, then shut down", open(0, Unix, Stream), bind(0, "~/a"), listen(0, 3), accept(0, 1).behind(), shut(0, Read), join(0), accept(0, 1).fails("EAGAIN")),
	row("unix accept, shut down before", open(0, Unix, Seqpacket), bind(0, "~/a"), listen(0, 3), shut(0, Both), accept(0, 1).blocks().fails("EINVAL")),
	row("connect waits, then shut down", open(0, Inet, Stream), connect(0, "10.1.0.2:5000").behind(), shut(0, Both), join(0)),
	row("receive waits for a connection, then shut down", open(0, Inet, Stream), connect(0, "10.1.0.2:5000").fails("EINPROGRESS"), recv(0, 9).behind(), shut(0, Both), join(0)),
	row("send waits for a connection, then shut down", open(0, Inet, Stream), connect(0, "10.1.0.2:5000").fails("EINPROGRESS"), send(0, "x").behind(), shut(0, Write), join(0)),

	row("address form", open(0, Inet6, Datagram), connect(0, "[::ffff:127.0.0.1]:5000"), getRaw(0, 41, 1, 0), setRaw(0, 41, 1, "2").
		refused("INVALID_ARGUMENT", "options[0].raw.name", "RawOption: setting IPV6_ADDRFORM on an IPv6 socket is INVALID_ARGUMENT")),
	row("address form of an IPv4 socket", open(0, Inet, Stream), setRaw(0, 41, 1, "2").fails("ENOPROTOOPT")),

	row("disconnect when the connection is in TIME_WAIT", connected(Inet), shut(1, Write), recv(2, 9), shut(2, Write), recv(1, 9), disconnect(1)),
	row("disconnect when the connection is in TIME_WAIT, v6", connected(Inet6), shut(1, Write), recv(2, 9), shut(2, Write), recv(1, 9), disconnect(1)),
}
