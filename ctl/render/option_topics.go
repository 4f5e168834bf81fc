package render

import (
	"slices"
	"strings"
)

// optionTopics are words under which people look for options that do not have
// them in their texts.
var optionTopics = map[string][]string{
	"icmp":        {"error-queue", "mtu-discovery", "IP_RECVERR_RFC4884", "IPV6_RECVERR_RFC4884"},
	"unreachable": {"error-queue", "error", "user-timeout"},
	"msg-errqueue": {
		"error-queue", "SO_TIMESTAMPING", "SO_ZEROCOPY", "SO_TXTIME", "SO_SELECT_ERR_QUEUE",
	},
	"pmtu":       {"mtu-discovery", "mtu", "IPV6_RECVPATHMTU", "IPV6_PATHMTU"},
	"fragment":   {"mtu-discovery", "IPV6_DONTFRAG", "IP_NODEFRAG", "IP_RECVFRAGSIZE", "IPV6_RECVFRAGSIZE"},
	"df":         {"mtu-discovery", "IPV6_DONTFRAG"},
	"ssm":        {"multicast-join", "multicast-leave", "IP_ADD_SOURCE_MEMBERSHIP", "IP_DROP_SOURCE_MEMBERSHIP", "MCAST_MSFILTER", "IP_MSFILTER", "MCAST_BLOCK_SOURCE", "MCAST_UNBLOCK_SOURCE", "IP_BLOCK_SOURCE", "IP_UNBLOCK_SOURCE"},
	"igmp":       {"multicast-join", "multicast-leave", "IP_ROUTER_ALERT"},
	"mld":        {"multicast-join", "multicast-leave", "IPV6_ROUTER_ALERT"},
	"rtt":        {"TCP_INFO", "TCP_CC_INFO"},
	"retransmit": {"TCP_INFO", "user-timeout", "TCP_SYNCNT", "TCP_RTO_MIN_US", "TCP_RTO_MAX_MS", "TCP_THIN_LINEAR_TIMEOUTS"},
	"rto":        {"TCP_RTO_MIN_US", "TCP_RTO_MAX_MS", "user-timeout"},
	"dscp":       {"traffic-class", "receive-traffic-class"},
	"ecn":        {"traffic-class", "receive-traffic-class"},
	"tos":        {"traffic-class", "receive-traffic-class"},
	"hop-limit":  {"ttl", "multicast-ttl", "receive-ttl", "IP_MINTTL", "IPV6_MINHOPCOUNT"},
	"timeout":    {"user-timeout", "receive-timeout", "send-timeout", "keep-alive", "keep-alive-idle", "keep-alive-interval", "keep-alive-count"},
	"dual-stack": {"v6-only"},
	"reset":      {"linger"},
	"rst":        {"linger"},
	"vrf":        {"device"},
	"gso":        {"UDP_SEGMENT"},
	"gro":        {"UDP_GRO"},
	"tfo":        {"fast-open", "fast-open-connect", "TCP_FASTOPEN_KEY", "TCP_FASTOPEN_NO_COOKIE"},
	"checksum":   {"UDP_NO_CHECK6_TX", "UDP_NO_CHECK6_RX", "SO_NO_CHECK", "IP_CHECKSUM", "IPV6_CHECKSUM"},
}

// About reports whether a word stands in an option's names or in what it does, or
// is what people call what it is for.
func (e OptionEntry) About(word string) bool {
	texts := []string{e.Name, e.Does, e.Note}
	for _, c := range e.Constants {
		texts = append(texts, c.Name)
	}
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "-") }
	holds := func(text string) bool { return strings.Contains(plain(text), plain(word)) }
	return slices.ContainsFunc(texts, holds) || slices.Contains(optionTopics[plain(word)], e.Name)
}
