package render

// socketEntries are the other options of level SOL_SOCKET.
func socketEntries() []OptionEntry {
	const flag = "0|1"
	at := func(number int32, name, values, does string) OptionEntry {
		return raw(levelSocket, number, name, values, does)
	}
	return []OptionEntry{
		at(30, "SO_ACCEPTCONN", flag, "1 while the socket listens").readOnly(),
		at(62, "SO_BINDTOIFINDEX", "INDEX", "as device, by the interface's index; 0: any"),
		at(48, "SO_BPF_EXTENSIONS", "NUMBER", "the extensions that classic BPF has here").readOnly(),
		at(72, "SO_BUF_LOCK", "0..3", "keep the send (1) and receive (2) buffer from being tuned"),
		at(46, "SO_BUSY_POLL", "MICROSECONDS", "poll the network card so long before sleeping"),
		at(70, "SO_BUSY_POLL_BUDGET", "PACKETS", "how much one busy poll takes; CAP_NET_ADMIN for more"),
		at(53, "SO_CNX_ADVICE", "NUMBER", "1: look for another route, the connection does badly").writeOnly(),
		at(57, "SO_COOKIE", "NUMBER", "the socket's own number, as ss -e shows it").as(FormLong, 8).readOnly(),
		at(1, "SO_DEBUG", flag, "record debugging information; needs CAP_NET_ADMIN"),
		at(39, "SO_DOMAIN", "NUMBER", "the family: 1 unix, 2 IPv4, 10 IPv6").readOnly(),
		at(49, "SO_INCOMING_CPU", "CPU", "the processor that handles, or shall handle, what arrives"),
		at(56, "SO_INCOMING_NAPI_ID", "NUMBER", "the device queue of the last packet").readOnly(),
		at(84, "SO_INQ", flag, "a unix socket's messages come with what is queued behind"),
		at(44, "SO_LOCK_FILTER", flag, "lock the packet filter; cannot be undone"),
		at(47, "SO_MAX_PACING_RATE", "BYTES", "the most that is sent in a second").as(FormLong, 8),
		at(55, "SO_MEMINFO", "N,N,...", "memory in use and datagrams dropped, nine numbers").as(FormInts, 36).readOnly().
			note("In this order: receive queue, its bound, send queue, its bound, set aside, queued for the peer, options, backlog, drops. 'ctl show' has them by name."),
		at(71, "SO_NETNS_COOKIE", "NUMBER", "the network namespace's own number").as(FormLong, 8).readOnly(),
		at(11, "SO_NO_CHECK", flag, "UDP over IPv4 without checksums"),
		at(43, "SO_NOFCS", flag, "leave the frame check sequence to the packet socket's user"),
		at(16, "SO_PASSCRED", flag, "unix: messages come with the sender's process and user"),
		at(83, "SO_PASSRIGHTS", flag, "unix: descriptors may come; on by default, closed by the agent"),
		at(34, "SO_PASSSEC", flag, "unix: messages come with the sender's security label"),
		at(42, "SO_PEEK_OFF", "BYTES", "where the next peek starts, moving on; -1: always at the head"),
		at(17, "SO_PEERCRED", "PID,UID,GID", "the peer of a unix connection").as(FormInts, 12).readOnly(),
		at(59, "SO_PEERGROUPS", "GID,...", "the groups of a unix connection's peer").as(FormInts, 1024).readOnly(),
		at(31, "SO_PEERSEC", "TEXT", "the security label of a unix connection's peer").as(FormText, 256).readOnly(),
		at(69, "SO_PREFER_BUSY_POLL", flag, "prefer busy polling to interrupts"),
		at(38, "SO_PROTOCOL", "NUMBER", "the protocol: 6 TCP, 17 UDP, 262 MPTCP").readOnly(),
		at(33, "SO_RCVBUFFORCE", "BYTES", "as receive-buffer, beyond the host's bound; needs CAP_NET_ADMIN").writeOnly(),
		at(75, "SO_RCVMARK", flag, "datagrams come with their mark"),
		at(82, "SO_RCVPRIORITY", flag, "datagrams come with their priority"),
		at(73, "SO_RESERVE_MEM", "BYTES", "memory kept for this socket"),
		at(40, "SO_RXQ_OVFL", flag, "datagrams come with how many were dropped so far"),
		at(45, "SO_SELECT_ERR_QUEUE", flag, "the error queue makes poll report POLLPRI"),
		at(32, "SO_SNDBUFFORCE", "BYTES", "as send-buffer, beyond the host's bound; needs CAP_NET_ADMIN").writeOnly(),
		at(19, "SO_SNDLOWAT", "BYTES", "always 1").readOnly(),
		at(29, "SO_TIMESTAMP", flag, "as timestamps, in microseconds, as a raw control message"),
		at(37, "SO_TIMESTAMPING", "FLAGS", "time stamps of packets sent and received, in hardware or software").
			note("The sum of 1 send by hardware, 2 send by software, 4 receive by hardware, 8 receive by software, 16 report software's, 64 report hardware's, 128 number them, 256 at the scheduler, 512 when acknowledged, 2048 without the payload."),
		at(74, "SO_TXREHASH", "0|1|255", "choose another path when a connection does badly; 255: the default"),
		at(61, "SO_TXTIME", "CLOCK,FLAGS", "datagrams may say when they are to be sent").as(FormInts, 8),
		at(3, "SO_TYPE", "NUMBER", "the type: 1 stream, 2 datagram, 5 seqpacket").readOnly(),
		at(41, "SO_WIFI_STATUS", flag, "tell whether a wireless frame was acknowledged"),
		at(60, "SO_ZEROCOPY", flag, "allow MSG_ZEROCOPY"),
	}
}
