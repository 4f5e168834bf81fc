//go:build linux

package rpc_test

import (
	"context"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// badOptionRows are malformed requests about options.
func badOptionRows() []badRow {
	type o = farsockv1.SocketOption
	type membership = farsockv1.MulticastMembership
	join := func(m *membership) *o { return &o{Option: &farsockv1.SocketOption_MulticastJoin{MulticastJoin: m}} }
	leave := func(m *membership) *o { return &o{Option: &farsockv1.SocketOption_MulticastLeave{MulticastLeave: m}} }
	device := func(s string) *o { return &o{Option: &farsockv1.SocketOption_Device{Device: s}} }
	multicastInterface := func(s string) *o {
		return &o{Option: &farsockv1.SocketOption_MulticastInterface{MulticastInterface: s}}
	}
	congestion := func(s string) *o {
		return &o{Option: &farsockv1.SocketOption_CongestionControl{CongestionControl: s}}
	}
	receiveTimeout := func(d *durationpb.Duration) *o {
		return &o{Option: &farsockv1.SocketOption_ReceiveTimeout{ReceiveTimeout: d}}
	}
	sendTimeout := func(d time.Duration) *o {
		return &o{Option: &farsockv1.SocketOption_SendTimeout{SendTimeout: durationpb.New(d)}}
	}
	raw := func(level, name int32) *o {
		return &o{Option: &farsockv1.SocketOption_Raw{Raw: &farsockv1.RawOption{Level: level, Name: name,
			Value: &farsockv1.RawOption_BytesValue{BytesValue: zeros(16)}}}}
	}
	get := func(spoil func(*farsockv1.GetOptionsRequest)) func(context.Context, *harness) error {
		return func(ctx context.Context, h *harness) error {
			m := &farsockv1.GetOptionsRequest{Socket: "sessions/t/sockets/tcp"}
			spoil(m)
			_, err := h.sockets.GetOptions(ctx, m)
			return err
		}
	}
	long := strings.Repeat("x", 16)
	const at = "options[0]."
	rows := []badRow{
		{"receive buffer negative", setOption(&o{Option: &farsockv1.SocketOption_ReceiveBuffer{ReceiveBuffer: -1}}), invalidField, at + "receive_buffer", []string{"0 to 2147483647", "-1"}},
		{"device too long", setOption(device(long)), invalidField, at + "device", []string{"15", "16"}},
		{"device with a NUL", setOption(device("lo\x00x")), invalidField, at + "device", []string{"NUL"}},
		{"multicast interface too long", setOption(multicastInterface(long)), invalidField, at + "multicast_interface", []string{"15", "16"}},
		{"multicast interface with a NUL", setOption(multicastInterface("lo\x00")), invalidField, at + "multicast_interface", []string{"NUL"}},
		{"congestion control empty", setOption(congestion("")), invalidField, at + "congestion_control", []string{"1 to 15"}},
		{"congestion control too long", setOption(congestion(long)), invalidField, at + "congestion_control", []string{"15", "16"}},
		{"congestion control with a NUL", setOption(congestion("reno\x00")), invalidField, at + "congestion_control", []string{"NUL"}},
		{"fast open negative", setOption(&o{Option: &farsockv1.SocketOption_FastOpen{FastOpen: -1}}), invalidField, at + "fast_open", []string{"0 to 2147483647"}},
		{"defer accept negative", setOption(&o{Option: &farsockv1.SocketOption_DeferAccept{DeferAccept: -1}}), invalidField, at + "defer_accept", []string{"0 to 2147483647"}},
		{"low water negative", setOption(&o{Option: &farsockv1.SocketOption_ReceiveLowWater{ReceiveLowWater: -1}}), invalidField, at + "receive_low_water", []string{"0 to 2147483647"}},
		{"receive timeout negative", setOption(receiveTimeout(durationpb.New(-1))), invalidField, at + "receive_timeout", []string{"0 to 86400 seconds"}},
		{"receive timeout too long", setOption(receiveTimeout(durationpb.New(24*time.Hour + 1))), invalidField, at + "receive_timeout", []string{"0 to 86400 seconds"}},
		{"receive timeout malformed", setOption(receiveTimeout(&durationpb.Duration{Nanos: -1, Seconds: 1})), invalidField, at + "receive_timeout", []string{"one sign", "1 and -1"}},
		{"send timeout too long", setOption(sendTimeout(25 * time.Hour)), invalidField, at + "send_timeout", []string{"0 to 86400 seconds", "90000"}},
		{"send timeout negative", setOption(sendTimeout(-1)), invalidField, at + "send_timeout", []string{"0 to 86400 seconds"}},
		{"error set", setOption(&o{Option: &farsockv1.SocketOption_Error{Error: "EPERM"}}), invalidField, at + "error", []string{"only read"}},
		{"error set to nothing", setOption(&o{Option: &farsockv1.SocketOption_Error{}}), invalidField, at + "error", []string{"only read"}},

		{"join without a group", setOption(join(&membership{})), invalidField, at + "multicast_join.group", []string{"literal"}},
		{"join by name", setOption(join(&membership{Group: "all-hosts"})), invalidField, at + "multicast_join.group", []string{"literal"}},
		{"join in another family", setOption(join(&membership{Group: "ff02::1"})), invalidField, at + "multicast_join.group", []string{"inet"}},
		{"join with a zone", setOption(join(&membership{Group: "ff02::1%lo"})), invalidField, at + "multicast_join.group", []string{"zone"}},
		{"join on an interface too long", setOption(join(&membership{Group: "239.1.1.1", InterfaceName: long})), invalidField, at + "multicast_join.interface_name", []string{"15", "16"}},
		{"join from a name", setOption(join(&membership{Group: "232.1.1.1", Source: "here"})), invalidField, at + "multicast_join.source", []string{"literal"}},
		{"join from another family", setOption(join(&membership{Group: "232.1.1.1", Source: "::1"})), invalidField, at + "multicast_join.source", []string{"inet"}},
		{"leave without a group", setOption(leave(&membership{})), invalidField, at + "multicast_leave.group", []string{"literal"}},
		{"leave in another family", setOption(leave(&membership{Group: "ff02::1"})), invalidField, at + "multicast_leave.group", []string{"inet"}},
		{"leave on an interface with a NUL", setOption(leave(&membership{Group: "239.1.1.1", InterfaceName: "l\x00"})), invalidField, at + "multicast_leave.interface_name", []string{"NUL"}},
		{"leave from a name", setOption(leave(&membership{Group: "232.1.1.1", Source: "here"})), invalidField, at + "multicast_leave.source", []string{"literal"}},
		{"open with a group of another family", open(func(m *farsockv1.OpenRequest) {
			m.Options = []*o{{Option: &farsockv1.SocketOption_ReuseAddress{ReuseAddress: true}}, join(&membership{Group: "ff02::1"})}
		}), invalidField, "options[1].multicast_join.group", []string{"inet"}},

		{"raw filter", setOption(raw(1, 26)), invalidField, at + "raw.name", []string{"memory", "26"}},
		{"raw zero-copy receive", setOption(raw(6, 35)), invalidField, at + "raw.name", []string{"memory"}},
		{"raw iptables", setOption(raw(0, 64)), invalidField, at + "raw.name", []string{"memory"}},
		{"get raw filter", get(func(m *farsockv1.GetOptionsRequest) {
			m.Raw = []*farsockv1.RawOption{{Level: 1, Name: 9}, {Level: 1, Name: 26, Size: proto.Int32(4)}}
		}), invalidField, "raw[1].name", []string{"memory"}},
		{"get raw level above", get(func(m *farsockv1.GetOptionsRequest) { m.Raw = []*farsockv1.RawOption{{Level: 65536}} }), invalidField, "raw[0].level", []string{"0 to 65535"}},
		{"get raw of size 4097", get(func(m *farsockv1.GetOptionsRequest) { m.Raw = []*farsockv1.RawOption{{Size: proto.Int32(4097)}} }), invalidField, "raw[0].size", []string{"1 to 4096"}},
		{"get 65 raw", get(func(m *farsockv1.GetOptionsRequest) { m.Raw = make([]*farsockv1.RawOption, 65) }), invalidField, "raw", []string{"64", "65"}},
		{"get 65 names", get(func(m *farsockv1.GetOptionsRequest) { m.Names = make([]string, 65) }), invalidField, "names", []string{"64", "65"}},
	}
	for _, name := range []string{"raw", "multicast_join", "multicast_leave", ""} {
		rows = append(rows, badRow{"get option " + name, get(func(m *farsockv1.GetOptionsRequest) { m.Names = []string{"error", name} }),
			invalidField, "names[1]", []string{"SocketOption", "raw"}})
	}
	return rows
}
