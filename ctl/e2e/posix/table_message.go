//go:build linux

package posix

import (
	"slices"

	"golang.org/x/sys/unix"
)

// integer is a control message with a 4-byte integer.
func integer(level, typ, value int) Control {
	return Control{Level: level, Type: typ, Data: string(number32(uint32(value)))}
}

// talkative is datagrams whose socket 0 is told everything.
func talkative(f Family) []Op {
	return append(datagrams(f), set(0, "packet_info", "true"), set(0, "receive_ttl", "true"), set(0, "receive_traffic_class", "true"))
}

// tableMessages is control messages and what they say.
var tableMessages = slices.Concat(
	both("told everything", func(f Family) []any {
		return parts(talkative(f), set(0, "timestamps", "true"), sendTo(1, at(f, 5000), "x"), recv(0, 9))
	}),
	both("told everything, batch", func(f Family) []any {
		return parts(talkative(f), set(0, "timestamps", "true"), sendTo(1, at(f, 5000), "x"), sendTo(1, at(f, 5000), "y"), recvMany(0, 9, 5))
	}),
	both("told what the sender set", func(f Family) []any {
		return parts(talkative(f), set(1, "ttl", "9"), set(1, "traffic_class", "32"), sendTo(1, at(f, 5000), "x"), recv(0, 9))
	}),
	both("told what the message set", func(f Family) []any {
		return parts(talkative(f), sendMany(1, Message{Data: "x", To: at(f, 5000), TTL: number(5), Class: number(16)}), recv(0, 9))
	}),
	both("source of a message", func(f Family) []any {
		from := map[Family]string{Inet: "127.0.0.9", Inet6: "fd01::1"}[f]
		return parts(talkative(f), open(2, f, Datagram), bind(2, ":5002"), sendMany(2, Message{Data: "x", To: at(f, 5000), Source: from}), recv(0, 9))
	}),
	both("interface of a message", func(f Family) []any {
		return parts(talkative(f), sendMany(1, Message{Data: "x", To: at(f, 5000), Interface: "lo"}), recv(0, 9))
	}),
	both("ttl of a message out of range", func(f Family) []any {
		return parts(datagrams(f), sendMany(1, Message{Data: "x", To: at(f, 5000), TTL: number(256)}).fails("EINVAL"))
	}),
	both("class of a message out of range", func(f Family) []any {
		return parts(datagrams(f), sendMany(1, Message{Data: "x", To: at(f, 5000), Class: number(256)}).fails("EINVAL"))
	}),
	both("no room for control messages", func(f Family) []any {
		return parts(talkative(f), sendTo(1, at(f, 5000), "x"), recv(0, 9).room(-1))
	}),
	both("little room for control messages", func(f Family) []any {
		return parts(talkative(f), sendTo(1, at(f, 5000), "x"), recv(0, 9).room(40))
	}),
	both("control message of no known type", func(f Family) []any {
		return parts(datagrams(f), sendTo(1, at(f, 5000), "x").with(integer(unix.SOL_SOCKET, 999, 1)).fails("EINVAL"))
	}),
	[]Case{
		row("source that is not this host's", datagrams(Inet), open(2, Inet, Datagram), sendMany(2, Message{Data: "x", To: at(Inet, 5000), Source: "192.0.2.1"}).fails("ENETUNREACH")),
		row("source that is not this host's v6", open(2, Inet6, Datagram), sendMany(2, Message{Data: "x", To: at(Inet6, 5000), Source: "2001:db8::1"}).fails("EINVAL")),
		row("ttl 0 of a message", datagrams(Inet), sendMany(1, Message{Data: "x", To: at(Inet, 5000), TTL: number(0)}).fails("EINVAL")),
		row("raw ttl", talkative(Inet), sendTo(1, at(Inet, 5000), "x").with(integer(unix.IPPROTO_IP, unix.IP_TTL, 3)), recv(0, 9)),
		row("raw class v6", talkative(Inet6), sendTo(1, at(Inet6, 5000), "x").with(integer(unix.IPPROTO_IPV6, unix.IPV6_TCLASS, 8)), recv(0, 9)),
		row("control message too short", datagrams(Inet), sendTo(1, at(Inet, 5000), "x").with(Control{Level: unix.IPPROTO_IP, Type: unix.IP_TTL, Data: "1"}).fails("EINVAL")),
		row("control message of another level", datagrams(Inet), sendTo(1, at(Inet, 5000), "x").with(integer(77, 1, 1)), recv(0, 5)),
		row("mark of a message", datagrams(Inet), sendTo(1, at(Inet, 5000), "x").with(integer(unix.SOL_SOCKET, unix.SO_MARK, 5)), recv(0, 5)),
		row("segment size of a message", datagrams(Inet), sendTo(1, at(Inet, 5000), "abcdef").with(Control{Level: unix.SOL_UDP, Type: 103, Data: "\x02\x00"}), recvMany(0, 9, 9)),
		row("control message on a stream", connected(Inet), send(1, "x").with(integer(unix.SOL_SOCKET, unix.SO_MARK, 5)), recv(2, 5)),
		row("unknown control message on a stream", connected(Inet), send(1, "x").with(integer(unix.SOL_SOCKET, 999, 5)).fails("EINVAL"), recv(2, 5).fails("EAGAIN")),
		row("descriptors", unixPair(Stream), send(1, "x").with(Control{Level: unix.SOL_SOCKET, Type: unix.SCM_RIGHTS, Data: "\xff\xff\xff\xff"}).fails("EBADF").
			refused("INVALID_ARGUMENT", "control[0].type", "Datagram.control: SCM_RIGHTS is INVALID_ARGUMENT")),
		row("credentials without a right to them", unixPair(Seqpacket), setRaw(2, 1, 16, "1"), send(1, "x"), recv(2, 5)),
		row("timestamps on unix", unixPair(Seqpacket), set(2, "timestamps", "true"), send(1, "x"), recv(2, 5)),
		row("old timestamps", datagrams(Inet), setRaw(0, 1, 29, "1"), sendTo(1, at(Inet, 5000), "x"), recv(0, 9)),
		row("mapped destination told", open(0, Inet6, Datagram), bind(0, ":5000"), set(0, "packet_info", "true"), set(0, "receive_ttl", "true"),
			open(1, Inet, Datagram), bind(1, at(Inet, 5001)), sendTo(1, at(Inet, 5000), "x"), recv(0, 9)),
		row("drops told", open(0, Inet, Datagram), set(0, "receive_buffer", "2304"), bind(0, at(Inet, 5000)), setRaw(0, 1, 40, "1"), open(1, Inet, Datagram), bind(1, at(Inet, 5001)),
			sendTo(1, at(Inet, 5000), "x").times(1500), sendTo(1, at(Inet, 5000), "y").times(1500), sendTo(1, at(Inet, 5000), "z").times(1500),
			recv(0, 5), recv(0, 5), sendTo(1, at(Inet, 5000), "w"), recv(0, 5)),
		row("timestamp of a send", datagrams(Inet), setRaw(1, 1, 37, "2194"), sendTo(1, at(Inet, 5000), "x"), recv(1, 99, ErrorQueue)),
	},
)
