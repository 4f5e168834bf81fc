//go:build linux

package posix

import (
	"slices"
	"strings"
)

// unixDatagrams is socket 0 on ~/a and socket 1 on ~/b.
func unixDatagrams() []Op {
	return []Op{open(0, Unix, Datagram), bind(0, "~/a"), open(1, Unix, Datagram), bind(1, "~/b")}
}

func eachUnix(name string, parts func(t Type) []any, types ...Type) []Case {
	var cases []Case
	for _, t := range types {
		cases = append(cases, row("unix "+name+" "+string(t), parts(t)...))
	}
	return cases
}

var tableUnix = slices.Concat(
	eachUnix("open", func(t Type) []any {
		return parts(open(0, Unix, t), local(0), peer(0).fails("ENOTCONN"), poll(0, AllEvents))
	}, Stream, Datagram, Seqpacket),
	eachUnix("bind in use", func(t Type) []any {
		return parts(open(0, Unix, t), bind(0, "~/a"), open(1, Unix, t), bind(1, "~/a").fails("EADDRINUSE"))
	}, Stream, Datagram, Seqpacket),
	eachUnix("bind twice", func(t Type) []any {
		return parts(open(0, Unix, t), bind(0, "~/a"), bind(0, "~/b").fails("EINVAL"))
	}, Stream, Datagram),
	eachUnix("autobind", func(t Type) []any {
		return parts(open(0, Unix, t), bind(0, "."), local(0), bind(0, "."), bind(0, "@x").fails("EINVAL"))
	}, Stream, Datagram, Seqpacket),
	eachUnix("abstract", func(t Type) []any {
		return parts(open(0, Unix, t), bind(0, "@name"), listen(0, 1), open(1, Unix, t), connect(1, "@name"), accept(0, 2), local(2), peer(1), peer(2))
	}, Stream, Seqpacket),
	eachUnix("connection", func(t Type) []any {
		return parts(unixPair(t), send(1, "hello"), recv(2, 10), send(2, "x"), send(2, "y"), recv(1, 10), shut(2, Write), recv(1, 10), peer(1), peer(2), local(2))
	}, Stream, Seqpacket),
	eachUnix("listen unbound", func(t Type) []any { return parts(open(0, Unix, t), listen(0, 1).fails("EINVAL")) }, Stream, Seqpacket),
	eachUnix("backlog full", func(t Type) []any {
		return parts(open(0, Unix, t), bind(0, "~/a"), listen(0, 0), open(1, Unix, t), connect(1, "~/a"), open(2, Unix, t), connect(2, "~/a").fails("EAGAIN"),
			accept(0, 3), connect(2, "~/a"))
	}, Stream, Seqpacket),
	eachUnix("not connected", func(t Type) []any {
		return parts(open(0, Unix, t), send(0, "x").fails("ENOTCONN"), recv(0, 5).fails(map[Type]string{Stream: "EINVAL", Seqpacket: "ENOTCONN"}[t]), shut(0, Both))
	}, Stream, Seqpacket),
	eachUnix("nobody listens", func(t Type) []any {
		return parts(open(0, Unix, t), bind(0, "~/a"), open(1, Unix, t), connect(1, "~/a").fails("ECONNREFUSED"))
	}, Stream, Seqpacket),
	eachUnix("no such path", func(t Type) []any {
		return parts(open(0, Unix, t), connect(0, "~/none").fails("ENOENT"), connect(0, "@none").fails("ECONNREFUSED"), connect(0, ".").fails("EINVAL"))
	}, Stream, Datagram, Seqpacket),
	eachUnix("wrong type", func(t Type) []any {
		return parts(open(0, Unix, Datagram), bind(0, "~/a"), open(1, Unix, t), connect(1, "~/a").fails("EPROTOTYPE"))
	}, Stream, Seqpacket),
	eachUnix("connect twice", func(t Type) []any { return parts(unixPair(t), connect(1, "~/s").fails("EISCONN")) }, Stream, Seqpacket),
	eachUnix("accept", func(t Type) []any {
		return parts(open(0, Unix, t), accept(0, 1).fails("EINVAL"), bind(0, "@q"), listen(0, 1), accept(0, 1).fails("EAGAIN"))
	}, Stream, Seqpacket),
	eachUnix("end", func(t Type) []any {
		return parts(unixPair(t), send(2, "last"), closing(2), poll(1, AllEvents), recv(1, 9), recv(1, 9), send(1, "x").fails("EPIPE"))
	}, Stream, Seqpacket),
	eachUnix("shutdown both", func(t Type) []any {
		return parts(unixPair(t), shut(1, Both), recv(1, 9), recv(2, 9), send(2, "x").fails("EPIPE"), poll(1, AllEvents), poll(2, AllEvents))
	}, Stream, Seqpacket),
	eachUnix("peek", func(t Type) []any {
		return parts(unixPair(t), send(1, "abcdef"), recv(2, 3, Peek), recv(2, 4), recv(2, 4, Peek).fails(""))
	}, Stream),
	[]Case{
		row("unix no such folder", open(0, Unix, Stream), bind(0, "~/no/where").fails("ENOENT")),
		row("unix a file as a folder", open(0, Unix, Stream), bind(0, "~/a"), open(1, Unix, Stream), bind(1, "~/a/b").fails("ENOTDIR"), connect(1, "~/a/b").fails("ENOTDIR")),
		row("unix connect to a plain file", open(0, Unix, Stream), connect(0, "/etc/passwd").fails("ECONNREFUSED")),
		row("unix path too long", open(0, Unix, Stream), connect(0, "/tmp/"+strings.Repeat("p", 103)).fails("EINVAL").
			refused("INVALID_ARGUMENT", "peer.unix_domain.path", "UnixAddress.path: 1 to 107 bytes")),
		row("unix long abstract name", open(0, Unix, Stream), bind(0, "@"+strings.Repeat("n", 107)), local(0)),
		row("unix abstract name with zeros", open(0, Unix, Datagram), bind(0, "@a\x00b"), open(1, Unix, Datagram), sendTo(1, "@a\x00b", "x"), sendTo(1, "@a", "x").fails("ECONNREFUSED"), recv(0, 5)),
		row("unix datagrams", unixDatagrams(), sendTo(1, "~/a", "abc"), recv(0, 10), sendTo(0, "~/b", ""), recv(1, 10), recv(1, 10).fails("EAGAIN")),
		row("unix datagram from nowhere", unixDatagrams(), open(2, Unix, Datagram), sendTo(2, "~/a", "abc"), recv(0, 10)),
		row("unix datagram cut", unixDatagrams(), sendTo(1, "~/a", "abcdef"), recv(0, 2), recv(0, 2).fails("EAGAIN")),
		row("unix datagram to nobody", unixDatagrams(), sendTo(1, "~/none", "x").fails("ENOENT"), sendTo(1, "@none", "x").fails("ECONNREFUSED")),
		row("unix datagram without a destination", unixDatagrams(), send(1, "x").fails("ENOTCONN")),
		row("unix datagram to a stream", open(0, Unix, Stream), bind(0, "~/a"), open(1, Unix, Datagram), sendTo(1, "~/a", "x").fails("EPROTOTYPE")),
		row("unix datagram to one that has another peer", unixDatagrams(), open(2, Unix, Datagram), connect(0, "~/b"), sendTo(2, "~/a", "x").fails("EPERM"), connect(2, "~/a").fails("EPERM")),
		row("unix datagram connected", unixDatagrams(), connect(1, "~/a"), send(1, "x"), recv(0, 5), peer(1), disconnect(1), peer(1).fails("ENOTCONN"), send(1, "x").fails("ENOTCONN")),
		row("unix datagram peer closed", unixDatagrams(), connect(1, "~/a"), closing(0), send(1, "x").fails("ECONNREFUSED"), send(1, "x").fails("ENOTCONN")),
		row("unix datagram too large", unixDatagrams(), set(1, "send_buffer", "4608"), sendTo(1, "~/a", "x").times(20000).fails("EMSGSIZE")),
		row("unix datagram shutdown", unixDatagrams(), connect(1, "~/a"), shut(0, Read), shut(1, Write), send(1, "x").fails("EPIPE")),
		row("unix listen on datagrams", unixDatagrams(), listen(0, 1).fails("EOPNOTSUPP"), accept(0, 2).fails("EOPNOTSUPP")),
		row("unix batch", unixDatagrams(), connect(1, "~/a"), sendMany(1, Message{Data: "a"}, Message{Data: "bb"}, Message{}), recvMany(0, 9, 8)),
		row("seqpacket keeps records", unixPair(Seqpacket), send(1, "abc"), send(1, "def"), recv(2, 2), recv(2, 9), recv(2, 9).fails("EAGAIN")),
		row("seqpacket batch", unixPair(Seqpacket), sendMany(1, Message{Data: "a"}, Message{Data: "bb"}), recvMany(2, 9, 8)),
		row("seqpacket destination", unixPair(Seqpacket), sendTo(1, "~/nobody", "x").
			refused("INVALID_ARGUMENT", "to", "SendRequest.to: on a seqpacket socket, whose kernel takes no notice of it, INVALID_ARGUMENT")),
		row("seqpacket empty record", unixPair(Seqpacket), send(1, ""), poll(2, AllEvents), recv(2, 9), recv(2, 9).fails("EAGAIN")),
		row("unix disconnect a stream", unixPair(Stream), disconnect(1).fails("EINVAL")),
		row("unix stream destination", unixPair(Stream), sendTo(1, "~/s", "x").fails("EISCONN").
			refused("INVALID_ARGUMENT", "to", "SendRequest.to: on a stream socket INVALID_ARGUMENT, but with fast_open")),
		row("unix stream buffers", unixPair(Stream), send(1, "abcdef").into(1, 2, 3), recv(2, 5).into(3, 2), recv(2, 5)),
		row("unix credentials", unixPair(Stream), set(2, "no_delay", "true").fails("EOPNOTSUPP"), setRaw(2, 1, 16, "1"), send(1, "who"), recv(2, 9)),
		row("unix option that is not there", open(0, Unix, Stream), get(0, "ttl").fails("EOPNOTSUPP"), get(0, "no_delay").fails("EOPNOTSUPP"), get(0, "reuse_address")),
		row("unix stream fills", unixPair(Stream), set(1, "send_buffer", "4608"), fill(1), send(1, "f").fails("EAGAIN"), poll(1, "out")),
		row("unix path is free again", open(0, Unix, Stream), bind(0, "~/a"), listen(0, 1), closing(0), open(1, Unix, Stream), bind(1, "~/c")),
	},
)
