//go:build linux

package rpc

import (
	"math"

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
		{"send_buffer", func(a at, m option) { within(a, m.GetSendBuffer(), 0, math.MaxInt32) }},
		{"receive_buffer", func(a at, m option) { within(a, m.GetReceiveBuffer(), 0, math.MaxInt32) }},
		{"raw", nested(rawWriteTable, option.GetRaw)},
		{"keep_alive_idle", unbuiltWithin[*farsockv1.SocketOption_KeepAliveIdle](option.GetKeepAliveIdle, 1, math.MaxInt16)},
		{"keep_alive_interval", unbuiltWithin[*farsockv1.SocketOption_KeepAliveInterval](option.GetKeepAliveInterval, 1, math.MaxInt16)},
		{"keep_alive_count", unbuiltWithin[*farsockv1.SocketOption_KeepAliveCount](option.GetKeepAliveCount, 1, math.MaxInt8)},
		{"user_timeout", unbuiltWithin[*farsockv1.SocketOption_UserTimeout](option.GetUserTimeout, 0, math.MaxInt32)},
		{"traffic_class", unbuiltWithin[*farsockv1.SocketOption_TrafficClass](option.GetTrafficClass, 0, math.MaxUint8)},
		{"device", unbuiltMember[*farsockv1.SocketOption_Device]()},
		{"mark", unbuiltMember[*farsockv1.SocketOption_Mark]()},
		{"multicast_join", unbuiltMember[*farsockv1.SocketOption_MulticastJoin]()},
		{"multicast_leave", unbuiltMember[*farsockv1.SocketOption_MulticastLeave]()},
		{"multicast_ttl", unbuiltWithin[*farsockv1.SocketOption_MulticastTtl](option.GetMulticastTtl, 0, math.MaxUint8)},
		{"multicast_loop", unbuiltMember[*farsockv1.SocketOption_MulticastLoop]()},
		{"multicast_interface", unbuiltMember[*farsockv1.SocketOption_MulticastInterface]()},
		{"timestamps", unbuiltMember[*farsockv1.SocketOption_Timestamps]()},
		{"packet_info", unbuiltMember[*farsockv1.SocketOption_PacketInfo]()},
		{"error_queue", unbuiltMember[*farsockv1.SocketOption_ErrorQueue]()},
	},
	// ttl beyond its range is the kernel's EINVAL.
	free: []string{"reuse_address", "reuse_port", "no_delay", "keep_alive", "v6_only", "broadcast", "ttl"},
}

// unbuiltMember refuses a member of the oneof that is set, to zero also.
func unbuiltMember[T any]() func(at, option) {
	return func(a at, m option) {
		if _, ok := m.GetOption().(T); ok {
			a.notBuilt()
		}
	}
}

func unbuiltWithin[T any](get func(option) int32, low, high int32) func(at, option) {
	return func(a at, m option) {
		if _, ok := m.GetOption().(T); ok {
			within(a, get(m), low, high)
			a.notBuilt()
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

var rawWriteTable = &table[*farsockv1.RawOption]{
	rules: append(rawNumbers,
		rule[*farsockv1.RawOption]{"value", func(a at, m *farsockv1.RawOption) {
			if m.GetValue() == nil {
				a.bad("int_value or bytes_value must be set")
			}
		}},
		rule[*farsockv1.RawOption]{"bytes_value", func(a at, m *farsockv1.RawOption) {
			if n := len(m.GetBytesValue()); n > wire.MaxOptionBytes {
				a.bad("must be at most %d bytes, is %d", wire.MaxOptionBytes, n)
			}
		}},
		rule[*farsockv1.RawOption]{"size", func(a at, m *farsockv1.RawOption) {
			if m.Size != nil {
				a.bad("must be unset when an option is set")
			}
		}},
	),
	free: []string{"int_value"},
}

// rawReadTable is for options that are asked for.
var rawReadTable = &table[*farsockv1.RawOption]{
	rules: append(rawNumbers,
		rule[*farsockv1.RawOption]{"value", func(a at, m *farsockv1.RawOption) {
			if m.GetValue() != nil {
				a.bad("must be unset when an option is asked for")
			}
		}},
		rule[*farsockv1.RawOption]{"size", optionalWithin(func(m *farsockv1.RawOption) *int32 { return m.Size }, 1, wire.MaxOptionBytes)},
	),
	free: []string{"int_value", "bytes_value"}, // judged by "value"
}

// rawNumbers has no room to grow, so that each append copies it.
var rawNumbers = []rule[*farsockv1.RawOption]{
	{"level", func(a at, m *farsockv1.RawOption) { within(a, m.GetLevel(), 0, math.MaxUint16) }},
	{"name", func(a at, m *farsockv1.RawOption) { within(a, m.GetName(), 0, math.MaxUint16) }},
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

// optionNamed finds a member of SocketOption by its name in the contract.
// built is false for those that are not built yet.
func optionNames(a at, m *farsockv1.GetOptionsRequest) {
	if n := len(m.GetNames()); n > wire.MaxOptions {
		a.bad("must be at most %d names, is %d", wire.MaxOptions, n)
		return
	}
	for i, name := range m.GetNames() {
		if _, ok := typedOptions[name]; ok {
			continue
		}
		if fd := optionFields.ByName(protoName(name)); fd == nil || name == "raw" {
			a.index(i).bad("must be the name of a member of SocketOption other than raw")
			continue
		}
		a.index(i).notBuilt()
	}
}
