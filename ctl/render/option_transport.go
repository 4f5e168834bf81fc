package render

// tcpEntries are the other options of level IPPROTO_TCP.
func tcpEntries() []OptionEntry {
	const (
		flag = "0|1"
		hex  = "0xHEX"
	)
	at := func(number int32, name, values, does string) OptionEntry {
		return raw(levelTCP, number, name, values, does)
	}
	return []OptionEntry{
		at(38, "TCP_AO_ADD_KEY", hex, "add a key of TCP-AO, a struct tcp_ao_add").as(FormBytes, 4096).writeOnly(),
		at(39, "TCP_AO_DEL_KEY", hex, "delete one, a struct tcp_ao_del").as(FormBytes, 4096).writeOnly(),
		at(40, "TCP_AO_INFO", hex, "TCP-AO of a connection, a struct tcp_ao_info_opt").as(FormBytes, 4096),
		at(26, "TCP_CC_INFO", hex, "what the congestion control tells of itself").as(FormBytes, 64).readOnly(),
		at(46, "TCP_DELACK_MAX_US", "MICROSECONDS", "the longest that an acknowledgement is delayed"),
		at(33, "TCP_FASTOPEN_KEY", hex, "the key of fast open's cookies, 16 or 32 bytes").as(FormBytes, 32),
		at(34, "TCP_FASTOPEN_NO_COOKIE", flag, "fast open without a cookie"),
		at(11, "TCP_INFO", hex, "the connection's state; 'ctl show' has it by name").as(FormBytes, 512).readOnly(),
		at(36, "TCP_INQ", flag, "recv comes with how much is queued behind"),
		at(43, "TCP_IS_MPTCP", flag, "1 if the connection is MPTCP still").readOnly(),
		at(8, "TCP_LINGER2", "SECONDS", "how long an orphan stays in FIN_WAIT2; -1: not at all"),
		at(14, "TCP_MD5SIG", hex, "a key for segments' MD5 signatures, a struct tcp_md5sig").as(FormBytes, 4096).writeOnly(),
		at(32, "TCP_MD5SIG_EXT", hex, "the same with a prefix or an interface").as(FormBytes, 4096).writeOnly(),
		at(25, "TCP_NOTSENT_LOWAT", "BYTES", "writable only while less than that is unsent"),
		at(21, "TCP_QUEUE_SEQ", "NUMBER", "in repair: the sequence number of a queue"),
		at(19, "TCP_REPAIR", "0|1|-1", "repair mode, for moving connections; needs CAP_NET_ADMIN"),
		at(22, "TCP_REPAIR_OPTIONS", hex, "in repair: what the handshake agreed on").as(FormBytes, 64).writeOnly(),
		at(20, "TCP_REPAIR_QUEUE", "0..2", "in repair: which queue is meant"),
		at(29, "TCP_REPAIR_WINDOW", "N,N,N,N,N", "in repair: the windows").as(FormInts, 20),
		at(44, "TCP_RTO_MAX_MS", "MILLISECONDS", "the longest time between retransmissions"),
		at(45, "TCP_RTO_MIN_US", "MICROSECONDS", "the shortest time before one"),
		at(28, "TCP_SAVED_SYN", hex, "the headers of the SYN that was kept, once").as(FormBytes, 4096).readOnly(),
		at(27, "TCP_SAVE_SYN", "0..2", "listener: keep the headers of SYNs; 2: from the link layer on"),
		at(7, "TCP_SYNCNT", "1..127", "how often a SYN is sent again before connect gives up"),
		at(17, "TCP_THIN_DUPACK", flag, "does nothing in today's kernels"),
		at(16, "TCP_THIN_LINEAR_TIMEOUTS", flag, "thin streams retransmit at even intervals"),
		at(24, "TCP_TIMESTAMP", "NUMBER", "the clock of the time stamps that are sent"),
		at(37, "TCP_TX_DELAY", "MICROSECONDS", "delay everything that is sent"),
		at(31, "TCP_ULP", "NAME", "a protocol above TCP, tls for example").as(FormText, 16),
		at(10, "TCP_WINDOW_CLAMP", "BYTES", "the largest window that is advertised; 0: no bound"),
	}
}

// udpEntries are the options of level IPPROTO_UDP.
func udpEntries() []OptionEntry {
	const flag = "0|1"
	at := func(number int32, name, values, does string) OptionEntry {
		return raw(levelUDP, number, name, values, does)
	}
	return []OptionEntry{
		at(1, "UDP_CORK", flag, "gather what is sent into one datagram, until it is 0 again"),
		at(100, "UDP_ENCAP", "NUMBER", "what is inside: 1 or 2 ESP, 3 L2TP, 4 or 5 GTP"),
		at(104, "UDP_GRO", flag, "datagrams of one size may come joined, with that size"),
		at(102, "UDP_NO_CHECK6_RX", flag, "take IPv6 datagrams without a checksum"),
		at(101, "UDP_NO_CHECK6_TX", flag, "send IPv6 datagrams without a checksum"),
		at(103, "UDP_SEGMENT", "BYTES", "what is sent is cut into datagrams of that size; 0: off"),
	}
}
