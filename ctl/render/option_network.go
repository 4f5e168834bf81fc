package render

// ipEntries are the other options of level IPPROTO_IP.
func ipEntries() []OptionEntry {
	const flag = "0|1"
	at := func(number int32, name, values, does string) OptionEntry {
		return raw(levelIP, number, name, values, does)
	}
	prefer := "multicast-join and multicast-leave do the same by an interface's name, for both families."
	return []OptionEntry{
		at(35, "IP_ADD_MEMBERSHIP", "GROUP,ADDRESS", "join on the interface that has ADDRESS; 0.0.0.0: by the routes").as(FormAddresses, 8).writeOnly().note(prefer),
		at(39, "IP_ADD_SOURCE_MEMBERSHIP", "GROUP,ADDRESS,SOURCE", "the same, for one source").as(FormAddresses, 12).writeOnly().note(prefer),
		at(24, "IP_BIND_ADDRESS_NO_PORT", flag, "bind to port 0 takes no port before connect"),
		at(38, "IP_BLOCK_SOURCE", "GROUP,ADDRESS,SOURCE", "ignore one source of a group that was joined").as(FormAddresses, 12).writeOnly(),
		at(23, "IP_CHECKSUM", flag, "datagrams come with their checksum"),
		at(36, "IP_DROP_MEMBERSHIP", "GROUP,ADDRESS", "leave").as(FormAddresses, 8).writeOnly().note(prefer),
		at(40, "IP_DROP_SOURCE_MEMBERSHIP", "GROUP,ADDRESS,SOURCE", "leave one source").as(FormAddresses, 12).writeOnly().note(prefer),
		at(15, "IP_FREEBIND", flag, "bind to addresses that this host does not have (yet)"),
		at(3, "IP_HDRINCL", flag, "raw sockets: what is sent begins with the IP header"),
		at(51, "IP_LOCAL_PORT_RANGE", "LOW-HIGH", "ephemeral ports come from here; 0-0: the host's").as(FormPorts, 4),
		at(21, "IP_MINTTL", "0..255", "drop what has a lower TTL"),
		at(41, "IP_MSFILTER", "0xHEX", "a group's sources at once, a struct ip_msfilter").as(FormBytes, 4096).writeOnly(),
		at(22, "IP_NODEFRAG", flag, "raw sockets: do not put fragments together for the firewall"),
		at(4, "IP_OPTIONS", "0xHEX", "the IP options of what is sent, at most 40 bytes").as(FormBytes, 40),
		at(18, "IP_PASSSEC", flag, "datagrams come with the sender's security label"),
		at(52, "IP_PROTOCOL", "NUMBER", "the protocol's number").readOnly(),
		at(26, "IP_RECVERR_RFC4884", flag, "queued errors come with the extensions of RFC 4884"),
		at(25, "IP_RECVFRAGSIZE", flag, "datagrams come with the size of their largest fragment"),
		at(6, "IP_RECVOPTS", flag, "datagrams come with their IP options"),
		at(20, "IP_RECVORIGDSTADDR", flag, "datagrams come with their first destination").also("IP_ORIGDSTADDR"),
		at(7, "IP_RETOPTS", flag, "the same options, unprocessed").also("IP_RECVRETOPTS"),
		at(5, "IP_ROUTER_ALERT", flag, "raw sockets: get packets to be forwarded that have the option"),
		at(19, "IP_TRANSPARENT", flag, "bind to any address, take redirected packets; needs CAP_NET_ADMIN"),
		at(37, "IP_UNBLOCK_SOURCE", "GROUP,ADDRESS,SOURCE", "undo IP_BLOCK_SOURCE").as(FormAddresses, 12).writeOnly(),
		at(50, "IP_UNICAST_IF", "INDEX", "the interface that packets leave by; 0: by the routes").as(FormIndex, 4),
		at(43, "MCAST_BLOCK_SOURCE", "0xHEX", "as IP_BLOCK_SOURCE, a struct group_source_req").as(FormBytes, 4096).writeOnly(),
		at(48, "MCAST_MSFILTER", "0xHEX", "as IP_MSFILTER, a struct group_filter").as(FormBytes, 4096).writeOnly(),
		at(44, "MCAST_UNBLOCK_SOURCE", "0xHEX", "as IP_UNBLOCK_SOURCE, likewise").as(FormBytes, 4096).writeOnly(),
		at(80, "SO_ORIGINAL_DST", "0xHEX", "the destination before the firewall's NAT, a struct sockaddr_in").as(FormBytes, 16).readOnly(),
	}
}

// ipv6Entries are the other options of level IPPROTO_IPV6.
func ipv6Entries() []OptionEntry {
	const (
		flag   = "0|1"
		hex    = "0xHEX"
		header = 2048
	)
	at := func(number int32, name, values, does string) OptionEntry {
		return raw(levelIPv6, number, name, values, does)
	}
	prefer := "multicast-join and multicast-leave do the same by an interface's name, for both families."
	return []OptionEntry{
		at(1, "IPV6_ADDRFORM", "2", "make a socket that is connected to a v4-mapped address an IPv4 one"),
		at(72, "IPV6_ADDR_PREFERENCES", "FLAGS", "which of this host's addresses are preferred (RFC 5014)"),
		at(70, "IPV6_AUTOFLOWLABEL", flag, "give every flow a label"),
		at(7, "IPV6_CHECKSUM", "BYTES", "raw sockets: where the checksum stands; -1: none"),
		at(62, "IPV6_DONTFRAG", flag, "never fragment; too large is EMSGSIZE"),
		at(59, "IPV6_DSTOPTS", hex, "the destination options of what is sent").as(FormBytes, header),
		at(11, "IPV6_FLOWINFO", flag, "datagrams come with their flow label and class"),
		at(33, "IPV6_FLOWINFO_SEND", flag, "addresses to send to may carry a flow label"),
		at(32, "IPV6_FLOWLABEL_MGR", hex, "lease flow labels, a struct in6_flowlabel_req").as(FormBytes, 32),
		at(78, "IPV6_FREEBIND", flag, "bind to addresses that this host does not have (yet)"),
		at(36, "IPV6_HDRINCL", flag, "raw sockets: what is sent begins with the IPv6 header"),
		at(54, "IPV6_HOPOPTS", hex, "the hop-by-hop options of what is sent").as(FormBytes, header),
		at(27, "IPV6_JOIN_ANYCAST", "ADDRESS,INDEX", "join an anycast group").as(FormMembership, 20).writeOnly(),
		at(20, "IPV6_JOIN_GROUP", "GROUP,INDEX", "join on the interface of that index; 0: by the routes").as(FormMembership, 20).writeOnly().note(prefer).also("IPV6_ADD_MEMBERSHIP"),
		at(28, "IPV6_LEAVE_ANYCAST", "ADDRESS,INDEX", "leave an anycast group").as(FormMembership, 20).writeOnly(),
		at(21, "IPV6_LEAVE_GROUP", "GROUP,INDEX", "leave").as(FormMembership, 20).writeOnly().note(prefer).also("IPV6_DROP_MEMBERSHIP"),
		at(73, "IPV6_MINHOPCOUNT", "0..255", "drop what has a lower hop limit"),
		at(9, "IPV6_NEXTHOP", hex, "the router to use first, a struct sockaddr_in6").as(FormBytes, 28),
		at(61, "IPV6_PATHMTU", hex, "the path's MTU, a struct ip6_mtuinfo").as(FormBytes, 32).readOnly(),
		at(50, "IPV6_PKTINFO", hex, "source and interface of what is sent, a struct in6_pktinfo").as(FormBytes, 20),
		at(58, "IPV6_RECVDSTOPTS", flag, "datagrams come with their destination options"),
		at(31, "IPV6_RECVERR_RFC4884", flag, "queued errors come with the extensions of RFC 4884"),
		at(77, "IPV6_RECVFRAGSIZE", flag, "datagrams come with the size of their largest fragment"),
		at(53, "IPV6_RECVHOPOPTS", flag, "datagrams come with their hop-by-hop options"),
		at(74, "IPV6_RECVORIGDSTADDR", flag, "datagrams come with their first destination").also("IPV6_ORIGDSTADDR"),
		at(60, "IPV6_RECVPATHMTU", flag, "tell when the path's MTU changes"),
		at(56, "IPV6_RECVRTHDR", flag, "datagrams come with their routing header"),
		at(22, "IPV6_ROUTER_ALERT", "NUMBER", "raw sockets: get packets to be forwarded that have this alert; -1: none"),
		at(30, "IPV6_ROUTER_ALERT_ISOLATE", flag, "the same, of this network namespace alone"),
		at(57, "IPV6_RTHDR", hex, "the routing header of what is sent").as(FormBytes, header),
		at(55, "IPV6_RTHDRDSTOPTS", hex, "the destination options before the routing header").as(FormBytes, header),
		at(75, "IPV6_TRANSPARENT", flag, "bind to any address, take redirected packets; needs CAP_NET_ADMIN"),
		at(76, "IPV6_UNICAST_IF", "INDEX", "the interface that packets leave by; 0: by the routes").as(FormIndex, 4),
		at(80, "IP6T_SO_ORIGINAL_DST", hex, "the destination before the firewall's NAT, a struct sockaddr_in6").as(FormBytes, 28).readOnly(),
	}
}
