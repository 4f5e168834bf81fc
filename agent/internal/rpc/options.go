//go:build linux

package rpc

import (
	"net/netip"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

var optionFields = (*farsockv1.SocketOption)(nil).ProtoReflect().Descriptor().Fields()

// optionKinds are by the member's name in the contract: all but raw.
var optionKinds = map[protoreflect.Name]sock.OptionKind{
	"reuse_address":         sock.OptReuseAddress,
	"reuse_port":            sock.OptReusePort,
	"linger":                sock.OptLinger,
	"no_delay":              sock.OptNoDelay,
	"keep_alive":            sock.OptKeepAlive,
	"send_buffer":           sock.OptSendBuffer,
	"receive_buffer":        sock.OptReceiveBuffer,
	"v6_only":               sock.OptV6Only,
	"broadcast":             sock.OptBroadcast,
	"ttl":                   sock.OptTTL,
	"keep_alive_idle":       sock.OptKeepAliveIdle,
	"keep_alive_interval":   sock.OptKeepAliveInterval,
	"keep_alive_count":      sock.OptKeepAliveCount,
	"user_timeout":          sock.OptUserTimeout,
	"traffic_class":         sock.OptTrafficClass,
	"device":                sock.OptDevice,
	"mark":                  sock.OptMark,
	"multicast_join":        sock.OptMulticastJoin,
	"multicast_leave":       sock.OptMulticastLeave,
	"multicast_ttl":         sock.OptMulticastTTL,
	"multicast_loop":        sock.OptMulticastLoop,
	"multicast_interface":   sock.OptMulticastInterface,
	"timestamps":            sock.OptTimestamps,
	"packet_info":           sock.OptPacketInfo,
	"error_queue":           sock.OptErrorQueue,
	"receive_ttl":           sock.OptReceiveTTL,
	"receive_traffic_class": sock.OptReceiveTrafficClass,
	"cork":                  sock.OptCork,
	"congestion_control":    sock.OptCongestionControl,
	"max_segment":           sock.OptMaxSegment,
	"fast_open":             sock.OptFastOpen,
	"fast_open_connect":     sock.OptFastOpenConnect,
	"defer_accept":          sock.OptDeferAccept,
	"quick_ack":             sock.OptQuickAck,
	"mtu_discovery":         sock.OptMTUDiscovery,
	"mtu":                   sock.OptMTU,
	"out_of_band_inline":    sock.OptOutOfBandInline,
	"dont_route":            sock.OptDontRoute,
	"priority":              sock.OptPriority,
	"multicast_all":         sock.OptMulticastAll,
	"receive_timeout":       sock.OptReceiveTimeout,
	"send_timeout":          sock.OptSendTimeout,
	"receive_low_water":     sock.OptReceiveLowWater,
	"error":                 sock.OptError,
}

// kindFields is optionKinds turned round.
var kindFields = func() map[sock.OptionKind]protoreflect.FieldDescriptor {
	fields := map[sock.OptionKind]protoreflect.FieldDescriptor{}
	for name, kind := range optionKinds {
		fields[kind] = optionFields.ByName(name)
	}
	return fields
}()

// optionOf expects an option that was checked: exactly one member is set.
func optionOf(o *farsockv1.SocketOption) sock.Option {
	m := o.ProtoReflect()
	field := m.WhichOneof(optionFields.Get(0).ContainingOneof())
	out := sock.Option{Kind: optionKinds[field.Name()]}
	switch v := m.Get(field).Interface().(type) {
	case bool:
		out.Bool = v
	case int32:
		out.Int = int(v)
	case uint32:
		out.Int = int(v)
	case string:
		out.Text = v
	case protoreflect.Message:
		switch v := v.Interface().(type) {
		case *farsockv1.Linger:
			out.Linger = sock.Linger{On: v.GetOn(), Seconds: int(v.GetSeconds())}
		case *farsockv1.MulticastMembership:
			out.Membership = membershipOf(v)
		case *durationpb.Duration:
			out.Timeout = v.AsDuration()
		case *farsockv1.RawOption:
			return rawOf(v)
		}
	}
	return out
}

func optionsOf(list []*farsockv1.SocketOption) []sock.Option {
	out := make([]sock.Option, len(list))
	for i, o := range list {
		out[i] = optionOf(o)
	}
	return out
}

// membershipOf expects literals; the zero Addr stands for an empty source.
func membershipOf(m *farsockv1.MulticastMembership) sock.Membership {
	group, _ := netip.ParseAddr(m.GetGroup())
	source, _ := netip.ParseAddr(m.GetSource())
	return sock.Membership{Group: group, Interface: m.GetInterfaceName(), Source: source}
}

func rawOf(r *farsockv1.RawOption) sock.Option {
	raw := sock.Raw{Level: int(r.GetLevel()), Name: int(r.GetName()), Size: int(r.GetSize())}
	switch v := r.GetValue().(type) {
	case *farsockv1.RawOption_IntValue:
		raw.Int = &v.IntValue
	case *farsockv1.RawOption_BytesValue:
		raw.Bytes = v.BytesValue
	}
	return sock.Option{Kind: sock.OptRaw, Raw: raw}
}
