//go:build linux

package rpc_test

import (
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/farsock/farsock/agent/internal/rpc"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestGetSocketMPTCPInfo(t *testing.T) {
	if !sock.HasMPTCP() {
		t.Skip("the kernel makes no MPTCP sockets")
	}
	h := newHarness(t)
	h.session("t")
	get := func(s *farsockv1.Socket) *farsockv1.GetSocketResponse {
		resp, err := h.sockets.GetSocket(h.ctx(), &farsockv1.GetSocketRequest{Name: uid(s)})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	stream := func(protocol int32) *farsockv1.OpenRequest {
		return &farsockv1.OpenRequest{Session: "sessions/t", Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM, Protocol: &protocol}
	}
	listen := stream(wire.ProtocolMPTCP)
	listen.Bind, listen.Listen = inet("127.0.0.1", 0), &farsockv1.ListenStage{}
	l := h.open(listen)
	dial := stream(wire.ProtocolMPTCP)
	dial.Connect = l.GetLocal()
	c := h.open(dial)
	h.send(c, "twelve bytes")
	var resp *farsockv1.GetSocketResponse
	waitFor(t, "the bytes to be acknowledged", func() bool {
		resp = get(c)
		return resp.GetMptcpInfo().GetBytesAcked() == 12
	})
	m := resp.GetMptcpInfo()
	if m.GetFallback() || !m.GetRemoteKeyReceived() || m.GetToken() == 0 || m.GetBytesSent() != 12 || len(m.GetSubflows()) != 1 {
		t.Fatalf("%v", m)
	}
	flow := m.GetSubflows()[0]
	if !proto.Equal(flow.GetLocal(), c.GetLocal()) || !proto.Equal(flow.GetPeer(), l.GetLocal()) || flow.GetTcpInfo().GetBytesSent() != 12 || flow.GetTcpInfo().GetState() != "ESTABLISHED" {
		t.Errorf("%v", flow)
	}
	if resp := get(l); resp.GetMptcpInfo() != nil {
		t.Errorf("a listener: %v", resp)
	}
	fallen := stream(wire.ProtocolMPTCP)
	fallen.Connect = h.listen("t", "").GetLocal()
	if m := get(h.open(fallen)).GetMptcpInfo(); !proto.Equal(m, &farsockv1.MptcpInfo{Fallback: true}) {
		t.Errorf("fallen back: %v", m)
	}
	plain := stream(wire.ProtocolMPTCP)
	plain.Protocol, plain.Connect = nil, l.GetLocal()
	if resp := get(h.open(plain)); resp.GetMptcpInfo() != nil {
		t.Errorf("TCP: %v", resp)
	}
}

// Each figure of the kernel's has a field of its own.
func TestMPTCPInfoIsWhole(t *testing.T) {
	in := sock.MPTCPInfo{Fallback: true, RemoteKeyReceived: true, Subflows: []sock.MPTCPSubflow{{}}}
	figures := reflect.ValueOf(&in.MPTCPFigures).Elem()
	names := map[uint64]string{}
	for i := range figures.NumField() {
		if f := figures.Field(i); f.CanSet() { // one is padding
			f.SetUint(uint64(i) + 1)
			names[uint64(i)+1] = figures.Type().Field(i).Name
		}
	}
	out := rpc.MPTCPInfoTo(&in).ProtoReflect()
	for i := range out.Descriptor().Fields().Len() {
		f := out.Descriptor().Fields().Get(i)
		if !out.Has(f) {
			t.Errorf("%s is not filled", f.Name())
		}
		if f.Kind() != protoreflect.Uint32Kind && f.Kind() != protoreflect.Uint64Kind {
			continue
		}
		n := out.Get(f).Uint()
		if plain := strings.ReplaceAll(string(f.Name()), "_", ""); names[n] == "" || strings.TrimSuffix(plain, "ms") != strings.ToLower(names[n]) {
			t.Errorf("%s has figure %d, %q", f.Name(), n, names[n])
		}
		delete(names, n)
	}
	// Those are bits, read before and told as words.
	delete(names, uint64(in.Flags))
	delete(names, uint64(in.Checksums))
	if len(names) != 0 {
		t.Errorf("not told: %v", names)
	}
}
