package render

// typed is a member of SocketOption that has one place in the kernel, so that
// the constant names the member.
func typed(level, number int32, constant, name, values, does string) OptionEntry {
	return OptionEntry{
		Name: name, Group: groupOfLevel[level], Values: values, Does: does, Typed: true,
		Constants: []OptionConstant{{Name: constant, Level: level, Number: number}},
	}
}

// split is a member that stands for one option on FAMILY_INET and another on
// FAMILY_INET6: each constant goes by its own number, since on a dual-stack
// socket both can be meant.
func split(four int32, name4 string, six int32, name6, name, values, does string) OptionEntry {
	return OptionEntry{
		Name: name, Group: groupBoth, Values: values, Does: does, Typed: true,
		Constants: []OptionConstant{
			{Name: name4, Level: levelIP, Number: four, Form: FormInt, Size: 4},
			{Name: name6, Level: levelIPv6, Number: six, Form: FormInt, Size: 4},
		},
	}
}

// typedEntries are the members of SocketOption, raw aside.
func typedEntries() []OptionEntry {
	const (
		flag       = "0|1"
		membership = "GROUP[%INTERFACE][,SOURCE]"
	)
	joins := func(name, constant, sourced, does string, number, sourcedNumber int32) OptionEntry {
		return OptionEntry{
			Name: name, Group: groupBoth, Values: membership, Access: "write only", Does: does, Typed: true,
			Constants: []OptionConstant{
				{Name: constant, Level: levelIP, Number: number},
				{Name: sourced, Level: levelIP, Number: sourcedNumber},
			},
			Note: "GROUP and SOURCE are literal addresses of the socket's family, INTERFACE a name; without it the kernel chooses by its routes." +
				" For example 239.1.1.1, 239.1.1.1%eth0, 232.1.1.1%eth0,10.0.0.7 or ff12::7%eth0,fe80::1." +
				" The numbers are the same at level 41 (IPv6).",
		}
	}
	interfaceOf := split(32, "IP_MULTICAST_IF", 17, "IPV6_MULTICAST_IF", "multicast-interface", "[INTERFACE]", "the interface that multicasts leave by; empty: by the routes")
	interfaceOf.Constants[0].Form = FormAddresses
	interfaceOf.Note = "As IP_MULTICAST_IF it is an address of this host, as IPV6_MULTICAST_IF an interface's index."
	return []OptionEntry{
		typed(levelSocket, 2, "SO_REUSEADDR", "reuse-address", flag, "bind although connections in TIME_WAIT hold the address"),
		typed(levelSocket, 15, "SO_REUSEPORT", "reuse-port", flag, "several sockets of one user share an address, set on each"),
		typed(levelSocket, 13, "SO_LINGER", "linger", "SECONDS|off", "close waits so long for unsent data; 0 resets the connection"),
		typed(levelSocket, 9, "SO_KEEPALIVE", "keep-alive", flag, "probe an idle connection"),
		typed(levelSocket, 7, "SO_SNDBUF", "send-buffer", "BYTES", "the send buffer; the kernel doubles, bounds and reads back that"),
		typed(levelSocket, 8, "SO_RCVBUF", "receive-buffer", "BYTES", "the receive buffer, likewise; before listen or connect for TCP"),
		typed(levelSocket, 6, "SO_BROADCAST", "broadcast", flag, "allow sending to broadcast addresses"),
		typed(levelSocket, 25, "SO_BINDTODEVICE", "device", "[INTERFACE]", "send and receive by this interface alone; empty: by any"),
		typed(levelSocket, 36, "SO_MARK", "mark", "NUMBER", "the mark that routing rules and nftables see").
			note("0 to 4294967295. Needs CAP_NET_ADMIN or CAP_NET_RAW on the agent's host."),
		typed(levelSocket, 35, "SO_TIMESTAMPNS", "timestamps", flag, "datagrams come with the kernel's time of arrival"),
		typed(levelSocket, 10, "SO_OOBINLINE", "out-of-band-inline", flag, "urgent data stays in the stream"),
		typed(levelSocket, 5, "SO_DONTROUTE", "dont-route", flag, "only to hosts on directly connected networks"),
		typed(levelSocket, 12, "SO_PRIORITY", "priority", "0..6", "the queueing priority of what is sent").
			note("Others need CAP_NET_ADMIN or CAP_NET_RAW on the agent's host."),
		typed(levelSocket, 20, "SO_RCVTIMEO", "receive-timeout", "SPAN", "how long recv and accept block with '--wait forever'; 0: no end").
			note("A span such as 500ms, 1.5s or 2m, up to 24h; the kernel rounds it up to its tick. Then it is 'would block'."),
		typed(levelSocket, 21, "SO_SNDTIMEO", "send-timeout", "SPAN", "how long send and connect block, likewise"),
		typed(levelSocket, 18, "SO_RCVLOWAT", "receive-low-water", "BYTES", "a recv that waits returns once so many bytes are there"),
		typed(levelSocket, 4, "SO_ERROR", "error", "ERRNO", "the pending error, empty for none; reading clears it").readOnly(),

		typed(levelTCP, 1, "TCP_NODELAY", "no-delay", flag, "send small segments at once (no Nagle)"),
		typed(levelTCP, 4, "TCP_KEEPIDLE", "keep-alive-idle", "SECONDS", "idle time before the first keep-alive probe, 1..32767"),
		typed(levelTCP, 5, "TCP_KEEPINTVL", "keep-alive-interval", "SECONDS", "time between keep-alive probes, 1..32767"),
		typed(levelTCP, 6, "TCP_KEEPCNT", "keep-alive-count", "PROBES", "unanswered probes that end the connection, 1..127"),
		typed(levelTCP, 18, "TCP_USER_TIMEOUT", "user-timeout", "MILLISECONDS", "unacknowledged data may be that old; 0: the kernel's default"),
		typed(levelTCP, 3, "TCP_CORK", "cork", flag, "hold partial segments back, for at most 200 ms"),
		typed(levelTCP, 13, "TCP_CONGESTION", "congestion-control", "ALGORITHM", "for example cubic, reno or bbr, as far as the host has it"),
		typed(levelTCP, 2, "TCP_MAXSEG", "max-segment", "BYTES", "the largest segment, 88..32767; before listen or connect"),
		typed(levelTCP, 23, "TCP_FASTOPEN", "fast-open", "NUMBER", "listener: how many data-in-SYN connections may be unfinished").
			note("net.ipv4.tcp_fastopen on the agent's host has to permit it (2)."),
		typed(levelTCP, 30, "TCP_FASTOPEN_CONNECT", "fast-open-connect", flag, "connect waits for the first send, whose bytes go in the SYN"),
		typed(levelTCP, 9, "TCP_DEFER_ACCEPT", "defer-accept", "SECONDS", "listener: accept when the first data is there; 0: off").
			note("Reads back as retransmissions of the SYN-ACK turned into seconds."),
		typed(levelTCP, 12, "TCP_QUICKACK", "quick-ack", flag, "acknowledge at once; the kernel turns it off again by itself"),

		typed(levelIPv6, 26, "IPV6_V6ONLY", "v6-only", flag, "no IPv4 on an IPv6 socket; before bind"),
		split(2, "IP_TTL", 16, "IPV6_UNICAST_HOPS", "ttl", "HOPS", "how many routers a packet may pass, 1..255; -1: the default"),
		split(1, "IP_TOS", 67, "IPV6_TCLASS", "traffic-class", "0..255", "DSCP and ECN of what is sent"),
		joins("multicast-join", "MCAST_JOIN_GROUP", "MCAST_JOIN_SOURCE_GROUP", "receive what is sent to a group, or what SOURCE sends to it", 42, 46),
		joins("multicast-leave", "MCAST_LEAVE_GROUP", "MCAST_LEAVE_SOURCE_GROUP", "undo a join; it has to name the same", 45, 47),
		split(33, "IP_MULTICAST_TTL", 18, "IPV6_MULTICAST_HOPS", "multicast-ttl", "HOPS", "how many routers a multicast may pass, 0..255; -1: 1"),
		split(34, "IP_MULTICAST_LOOP", 19, "IPV6_MULTICAST_LOOP", "multicast-loop", flag, "this host's own sockets get multicasts too; on by default"),
		interfaceOf,
		split(49, "IP_MULTICAST_ALL", 29, "IPV6_MULTICAST_ALL", "multicast-all", flag, "get groups that other sockets joined; on by default"),
		split(8, "IP_PKTINFO", 49, "IPV6_RECVPKTINFO", "packet-info", flag, "datagrams come with their destination and interface"),
		split(11, "IP_RECVERR", 25, "IPV6_RECVERR", "error-queue", flag, "queue asynchronous errors for 'recv --error-queue'"),
		split(12, "IP_RECVTTL", 51, "IPV6_RECVHOPLIMIT", "receive-ttl", flag, "datagrams come with their TTL or hop limit"),
		split(13, "IP_RECVTOS", 66, "IPV6_RECVTCLASS", "receive-traffic-class", flag, "datagrams come with their DSCP and ECN"),
		split(10, "IP_MTU_DISCOVER", 23, "IPV6_MTU_DISCOVER", "mtu-discovery", "0..5", "the don't-fragment bit and the path's MTU").
			note("0 never sets the bit, 1 as the route says, 2 always (a larger datagram is EMSGSIZE), 3 always and ignores what is known of the path, 4 the interface's MTU alone, 5 the same and fragments."),
		split(14, "IP_MTU", 24, "IPV6_MTU", "mtu", "BYTES", "the path's MTU, of a connected socket; IPv6 alone can set one"),
	}
}
