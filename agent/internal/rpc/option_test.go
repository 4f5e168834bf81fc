//go:build linux

package rpc_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

var optionMembers = (*farsockv1.SocketOption)(nil).ProtoReflect().Descriptor().Fields()

func memberOf(o *farsockv1.SocketOption) string {
	m := o.ProtoReflect()
	return string(m.WhichOneof(optionMembers.Get(0).ContainingOneof()).Name())
}

// newOption is a member with its value.
func newOption(t *testing.T, member string, value any) *farsockv1.SocketOption {
	t.Helper()
	field := optionMembers.ByName(protoreflect.Name(member))
	if field == nil {
		t.Fatalf("SocketOption has no %s", member)
	}
	if m, ok := value.(proto.Message); ok {
		value = m.ProtoReflect()
	}
	o := &farsockv1.SocketOption{}
	o.ProtoReflect().Set(field, protoreflect.ValueOf(value))
	return o
}

// Every member that can be set is, and reads back.
func TestEveryOption(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	h.open(&farsockv1.OpenRequest{Session: "sessions/t", Name: "tcp", Family: inet4, Type: tcp})
	h.open(&farsockv1.OpenRequest{Session: "sessions/t", Name: "six", Family: farsockv1.Family_FAMILY_INET6, Type: tcp})
	h.udp("t", "udp")
	join := &farsockv1.MulticastMembership{Group: "239.1.1.1", InterfaceName: "lo"}
	rows := []struct {
		on, member string
		value      any
		reads      any // nil: the value
	}{
		{"tcp", "reuse_address", true, nil},
		{"tcp", "reuse_port", true, nil},
		{"tcp", "linger", &farsockv1.Linger{On: true, Seconds: proto.Int32(3)}, nil},
		{"tcp", "no_delay", true, nil},
		{"tcp", "keep_alive", true, nil},
		{"tcp", "send_buffer", int32(10000), int32(20000)},
		{"tcp", "receive_buffer", int32(10000), int32(20000)},
		{"six", "v6_only", true, nil},
		{"udp", "broadcast", true, nil},
		{"tcp", "ttl", int32(9), nil},
		{"tcp", "keep_alive_idle", int32(11), nil},
		{"tcp", "keep_alive_interval", int32(12), nil},
		{"tcp", "keep_alive_count", int32(13), nil},
		{"tcp", "user_timeout", int32(1400), nil},
		{"tcp", "traffic_class", int32(0x68), nil},
		{"tcp", "device", "lo", nil},
		{"tcp", "mark", uint32(0xfffffff0), nil},
		{"udp", "multicast_join", join, nil},
		{"udp", "multicast_leave", join, nil},
		{"udp", "multicast_ttl", int32(7), nil},
		{"udp", "multicast_loop", false, nil},
		{"udp", "multicast_interface", "lo", nil},
		{"udp", "timestamps", true, nil},
		{"udp", "packet_info", true, nil},
		{"udp", "error_queue", true, nil},
		{"udp", "receive_ttl", true, nil},
		{"udp", "receive_traffic_class", true, nil},
		{"tcp", "cork", true, nil},
		{"tcp", "congestion_control", "reno", nil},
		{"tcp", "max_segment", int32(1000), nil},
		{"tcp", "fast_open", int32(5), nil},
		{"tcp", "fast_open_connect", true, nil},
		{"tcp", "defer_accept", int32(0), nil},
		{"tcp", "quick_ack", false, nil},
		{"udp", "mtu_discovery", int32(2), nil},
		{"six", "mtu", int32(1400), nil},
		{"tcp", "out_of_band_inline", true, nil},
		{"udp", "dont_route", true, nil},
		{"udp", "priority", int32(5), nil},
		{"udp", "multicast_all", false, nil},
		{"udp", "receive_timeout", durationpb.New(1500e6), nil},
		{"udp", "send_timeout", durationpb.New(2500e6), nil},
		{"tcp", "receive_low_water", int32(100), nil},
		{"udp", "raw", &farsockv1.RawOption{Level: 0, Name: 1, Value: &farsockv1.RawOption_IntValue{IntValue: 16}}, nil},
	}
	seen := []string{"error"} // cannot be set
	for _, row := range rows {
		seen = append(seen, row.member)
		socket := "sessions/t/sockets/" + row.on
		want := newOption(t, row.member, row.value)
		resp := must[*farsockv1.SetOptionsResponse](t)(h.sockets.SetOptions(h.ctx(), &farsockv1.SetOptionsRequest{
			Socket: socket, Options: []*farsockv1.SocketOption{want}}))
		done(t, resp.GetOutcome())
		if row.reads != nil {
			want = newOption(t, row.member, row.reads)
		}
		if len(resp.GetOptions()) != 1 || !proto.Equal(resp.GetOptions()[0], want) {
			t.Errorf("%s: set answers %v, want %v", row.member, resp, want)
		}
		if slices.Contains([]string{"raw", "multicast_join", "multicast_leave", "mtu"}, row.member) {
			continue // not to be read by name, or only of a connected socket
		}
		got := must[*farsockv1.GetOptionsResponse](t)(h.sockets.GetOptions(h.ctx(), &farsockv1.GetOptionsRequest{
			Socket: socket, Names: []string{row.member}}))
		done(t, got.GetOutcome())
		if len(got.GetOptions()) != 1 || !proto.Equal(got.GetOptions()[0], want) {
			t.Errorf("%s: reads %v, want %v", row.member, got, want)
		}
	}
	for i := range optionMembers.Len() {
		if name := string(optionMembers.Get(i).Name()); !slices.Contains(seen, name) {
			t.Errorf("%s is not tried", name)
		}
	}
}

// Without names all options come that the kind of socket has, in the contract's
// order, and SO_ERROR is left alone.
func TestAllOptions(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	h.tcpPair("t", "tcp", "peer")
	h.udp("t", "udp")
	h.open(&farsockv1.OpenRequest{Session: "sessions/t", Name: "unix", Family: farsockv1.Family_FAMILY_UNIX, Type: tcp})
	never := "raw multicast_join multicast_leave error"
	general := "reuse_address reuse_port linger keep_alive send_buffer receive_buffer broadcast device mark timestamps " +
		"out_of_band_inline dont_route priority receive_timeout send_timeout receive_low_water"
	for socket, not := range map[string]string{
		"tcp": never + " v6_only",
		"udp": never + " v6_only mtu no_delay keep_alive_idle keep_alive_interval keep_alive_count user_timeout cork congestion_control" +
			" max_segment fast_open fast_open_connect defer_accept quick_ack",
		"unix": "",
	} {
		got := must[*farsockv1.GetOptionsResponse](t)(h.sockets.GetOptions(h.ctx(), &farsockv1.GetOptionsRequest{Socket: "sessions/t/sockets/" + socket}))
		done(t, got.GetOutcome())
		var names, want []string
		for _, o := range got.GetOptions() {
			names = append(names, memberOf(o))
		}
		for i := range optionMembers.Len() {
			name := string(optionMembers.Get(i).Name())
			if has := !slices.Contains(strings.Fields(not), name); socket != "unix" && has || socket == "unix" && slices.Contains(strings.Fields(general), name) {
				want = append(want, name)
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s\nhas  %v\nwant %v", socket, names, want)
		}
	}
	if !sock.HasMPTCP() {
		return
	}
	// Its kernel tells a figure for IPV6_V6ONLY where there is no IPv6.
	h.open(&farsockv1.OpenRequest{Session: "sessions/t", Name: "mptcp", Family: inet4, Type: tcp, Protocol: proto.Int32(wire.ProtocolMPTCP)})
	got := must[*farsockv1.GetOptionsResponse](t)(h.sockets.GetOptions(h.ctx(), &farsockv1.GetOptionsRequest{Socket: "sessions/t/sockets/mptcp"}))
	done(t, got.GetOutcome())
	for _, o := range got.GetOptions() {
		if memberOf(o) == "v6_only" {
			t.Errorf("mptcp has %v", o)
		}
	}
	if len(got.GetOptions()) < 15 {
		t.Errorf("mptcp has only %v", got.GetOptions())
	}
}

// What the kernel refuses is an outcome, with the index of what failed.
func TestOptionOutcomes(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	h.open(&farsockv1.OpenRequest{Session: "sessions/t", Name: "tcp", Family: inet4, Type: tcp})
	h.udp("t", "udp")
	rows := []struct {
		on, member string
		value      any
		errno      string
	}{
		{"tcp", "keep_alive_idle", int32(0), "EINVAL"},
		{"tcp", "keep_alive_idle", int32(32768), "EINVAL"},
		{"tcp", "keep_alive_interval", int32(-1), "EINVAL"},
		{"tcp", "keep_alive_count", int32(128), "EINVAL"},
		{"tcp", "user_timeout", int32(-1), "EINVAL"},
		{"tcp", "max_segment", int32(87), "EINVAL"},
		{"tcp", "max_segment", int32(32768), "EINVAL"},
		{"tcp", "congestion_control", "nonesuch", "ENOENT"},
		{"tcp", "device", "nonesuch", "ENODEV"},
		{"tcp", "ttl", int32(0), "EINVAL"},
		{"udp", "multicast_ttl", int32(256), "EINVAL"},
		{"udp", "multicast_interface", "nonesuch", "ENODEV"},
		{"udp", "multicast_join", &farsockv1.MulticastMembership{Group: "127.0.0.1", InterfaceName: "lo"}, "EINVAL"},
		{"udp", "multicast_join", &farsockv1.MulticastMembership{Group: "239.1.1.1", InterfaceName: "nonesuch"}, "ENODEV"},
		{"udp", "multicast_leave", &farsockv1.MulticastMembership{Group: "239.1.1.1", InterfaceName: "lo"}, "EADDRNOTAVAIL"},
		{"udp", "mtu_discovery", int32(6), "EINVAL"},
		{"udp", "mtu", int32(1500), "ENOPROTOOPT"},
		{"udp", "v6_only", true, "ENOPROTOOPT"},
		{"udp", "no_delay", true, "ENOPROTOOPT"},
	}
	for _, row := range rows {
		resp := must[*farsockv1.SetOptionsResponse](t)(h.sockets.SetOptions(h.ctx(), &farsockv1.SetOptionsRequest{
			Socket:  "sessions/t/sockets/" + row.on,
			Options: []*farsockv1.SocketOption{newOption(t, "reuse_address", true), newOption(t, row.member, row.value), newOption(t, "reuse_address", false)},
		}))
		if resp.GetOutcome().GetErrnoName() != row.errno || resp.FailedIndex == nil || resp.GetFailedIndex() != 1 || len(resp.GetOptions()) != 1 {
			t.Errorf("%s %v: got %v, want %s", row.member, row.value, resp, row.errno)
		}
	}
}

// SO_ERROR is read once, and only when named.
func TestErrorOption(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "a", "b")
	must[*farsockv1.CloseResponse](t)(h.sockets.Close(h.ctx(), &farsockv1.CloseRequest{Socket: uid(b), Abort: true}))
	waitFor(t, "the reset", func() bool { return h.get(a).GetTcpState() == "CLOSE" })
	read := func(names ...string) []*farsockv1.SocketOption {
		resp := must[*farsockv1.GetOptionsResponse](t)(h.sockets.GetOptions(h.ctx(), &farsockv1.GetOptionsRequest{Socket: uid(a), Names: names}))
		done(t, resp.GetOutcome())
		return resp.GetOptions()
	}
	read()
	for _, want := range []string{"ECONNRESET", ""} {
		if got := read("error"); len(got) != 1 || memberOf(got[0]) != "error" || got[0].GetError() != want {
			t.Errorf("got %v, want %q", got, want)
		}
	}
}
