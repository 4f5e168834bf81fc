//go:build linux

package rpc

import (
	"math"
	"net/netip"
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

type option = *farsockv1.SocketOption

// optionTable is for options that are being set.
var optionTable = &table[option]{
	rules: []rule[option]{
		{"option", func(a at, m option) {
			if m.GetOption() == nil {
				a.bad("exactly one member must be set")
			}
		}},
		{"linger", nested(lingerTable, option.GetLinger)},
		{"send_buffer", notNegative(option.GetSendBuffer)},
		{"receive_buffer", notNegative(option.GetReceiveBuffer)},
		{"raw", nested(rawWriteTable, option.GetRaw)},
		{"device", text(option.GetDevice, wire.MaxInterfaceBytes)},
		{"multicast_join", nested(membershipTable, option.GetMulticastJoin)},
		{"multicast_leave", nested(membershipTable, option.GetMulticastLeave)},
		{"multicast_interface", text(option.GetMulticastInterface, wire.MaxInterfaceBytes)},
		{"congestion_control", func(a at, m option) {
			if _, ok := m.GetOption().(*farsockv1.SocketOption_CongestionControl); ok && m.GetCongestionControl() == "" {
				a.bad("must be 1 to %d bytes, is empty", wire.MaxCongestionBytes)
			}
			text(option.GetCongestionControl, wire.MaxCongestionBytes)(a, m)
		}},
		{"fast_open", notNegative(option.GetFastOpen)},
		{"defer_accept", notNegative(option.GetDeferAccept)},
		{"receive_timeout", span(option.GetReceiveTimeout)},
		{"send_timeout", span(option.GetSendTimeout)},
		{"receive_low_water", notNegative(option.GetReceiveLowWater)},
		{"error", func(a at, m option) {
			if _, ok := m.GetOption().(*farsockv1.SocketOption_Error); ok {
				a.bad("cannot be set, only read")
			}
		}},
	},
	// Beyond their ranges the kernel says so.
	free: []string{
		"reuse_address", "reuse_port", "no_delay", "keep_alive", "v6_only", "broadcast", "ttl",
		"keep_alive_idle", "keep_alive_interval", "keep_alive_count", "user_timeout", "traffic_class", "mark",
		"multicast_ttl", "multicast_loop", "timestamps", "packet_info", "error_queue", "receive_ttl",
		"receive_traffic_class", "cork", "max_segment", "fast_open_connect", "quick_ack", "mtu_discovery", "mtu",
		"out_of_band_inline", "dont_route", "priority", "multicast_all",
	},
}

func notNegative(get func(option) int32) func(at, option) {
	return func(a at, m option) { within(a, get(m), 0, math.MaxInt32) }
}

// text bounds what the kernel would cut off.
func text[M any](get func(M) string, longest int) func(at, M) {
	return func(a at, m M) {
		switch s := get(m); {
		case len(s) > longest:
			a.bad("must be at most %d bytes, is %d: %s", longest, len(s), quoted(s))
		case strings.ContainsRune(s, 0):
			a.bad("must not contain a NUL, is %s", quoted(s))
		}
	}
}

var lingerTable = &table[*farsockv1.Linger]{
	rules: []rule[*farsockv1.Linger]{
		{"seconds", func(a at, m *farsockv1.Linger) {
			switch {
			case m.GetOn() && m.Seconds == nil:
				a.bad("must be 0 to %d where on is set, is unset", math.MaxUint16)
			case m.GetOn():
				within(a, m.GetSeconds(), 0, math.MaxUint16)
			case m.GetSeconds() != 0:
				a.bad("must be unset or 0 where on is not set, is %d", m.GetSeconds())
			}
		}},
	},
	free: []string{"on"},
}

// membershipTable leaves the socket's family to the socket.
var membershipTable = &table[*farsockv1.MulticastMembership]{
	rules: []rule[*farsockv1.MulticastMembership]{
		{"group", func(a at, m *farsockv1.MulticastMembership) { plainLiteral(a, m.GetGroup()) }},
		{"interface_name", text((*farsockv1.MulticastMembership).GetInterfaceName, wire.MaxInterfaceBytes)},
		{"source", func(a at, m *farsockv1.MulticastMembership) {
			if m.GetSource() != "" {
				plainLiteral(a, m.GetSource())
			}
		}},
	},
}

func plainLiteral(a at, s string) {
	if ip, err := netip.ParseAddr(s); err != nil || ip.Zone() != "" {
		a.bad("must be a literal address of the socket's family, without a zone, is %s", quoted(s))
	}
}

// optionList applies the table to each option of a request.
func optionList[M any](get func(M) []option, least int) func(at, M) {
	return func(a at, m M) {
		list := get(m)
		if len(list) < least || len(list) > wire.MaxOptions {
			a.bad("must be %d to %d options, is %d", least, wire.MaxOptions, len(list))
			return
		}
		for i, o := range list {
			optionTable.apply(a.index(i), o)
		}
	}
}

// optionNames judges the members that are asked for.
func optionNames(a at, m *farsockv1.GetOptionsRequest) {
	if n := len(m.GetNames()); n > wire.MaxOptions {
		a.bad("must be at most %d names, is %d", wire.MaxOptions, n)
		return
	}
	for i, name := range m.GetNames() {
		if !readable(protoName(name)) {
			a.index(i).bad("must be the name of a member of SocketOption other than raw, multicast_join and multicast_leave, is %s%s",
				quoted(name), meant(name))
		}
	}
}

// meant is a hint for who wrote a name as JSON and most languages have it.
func meant(name string) string {
	if f := optionFields.ByJSONName(name); f != nil && readable(f.Name()) {
		return "; it is called " + string(f.Name())
	}
	return ""
}
