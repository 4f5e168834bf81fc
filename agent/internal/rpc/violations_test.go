//go:build linux

package rpc_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// All that is wrong is said at once.
func TestViolationsTogether(t *testing.T) {
	h := newHarness(t)
	_, err := h.sockets.Open(h.ctx(), &farsockv1.OpenRequest{
		Name: "a b", Protocol: proto.Int32(-1), Bind: inet("", -1), Connect: inet("", 65536), NetworkNamespace: "not built"})
	info, _ := wire.InfoOf(err)
	var fields []string
	for _, v := range info.Violations {
		fields = append(fields, v.Field)
	}
	const want = "session name family type protocol bind.inet.port connect.inet.port"
	if got := strings.Join(fields, " "); got != want || info.Reason != invalidField {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A refusal fits the trailers that every client takes, however much is wrong.
func TestViolationsBounded(t *testing.T) {
	h := newHarness(t)
	_, err := h.sockets.Poll(h.ctx(), &farsockv1.PollRequest{Items: make([]*farsockv1.PollItem, wire.MaxPollItems)})
	info, _ := wire.InfoOf(err)
	if n := len(info.Violations); n != 16 || !strings.Contains(info.Violations[n-1].Description, "1008 more") {
		t.Errorf("%d violations, the last %v", n, info.Violations)
	}
	fitsTrailers(t, err)

	items := make([]*farsockv1.PollItem, wire.MaxPollItems)
	for i := range items {
		items[i] = &farsockv1.PollItem{Socket: strings.Repeat("\x01", 1000)}
	}
	_, err = h.sockets.Poll(h.ctx(), &farsockv1.PollRequest{Items: items})
	info, _ = wire.InfoOf(err)
	n := len(info.Violations)
	if n < 2 || !strings.HasSuffix(info.Violations[n-1].Description, fmt.Sprintf("(and %d more violations)", wire.MaxPollItems-n)) {
		t.Errorf("%d violations, the last %v", n, info.Violations)
	}
	fitsTrailers(t, err)
}

func fitsTrailers(t *testing.T, err error) {
	t.Helper()
	st := status.Convert(err)
	if size := proto.Size(st.Proto())*4/3 + len(st.Message()); size > 8<<10-512 { // base64 on the wire
		t.Errorf("the status takes %d bytes of trailers", size)
	}
}

// One thing wrong is one violation, whatever else it touches.
func TestViolationsDoNotContradict(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	h.tcpPair("t", "tcp", "peer")
	for want, call := range map[string]func(context.Context, *harness) error{
		"max_bytes: must be 1 to 1048576, is 0": receive(func(m *farsockv1.ReceiveRequest) {
			m.MaxBytes, m.Until = proto.Int32(0), &farsockv1.ReceiveRequest_Exactly{Exactly: 5}
		}),
		"attach.window: must be unset unless ack is ACK_MODE_MANUAL": attach(func(m *farsockv1.Attach) { m.Window = proto.Int32(5) }),
		"offset: must be unset unless ack is ACK_MODE_MANUAL, and with peek": receive(func(m *farsockv1.ReceiveRequest) {
			m.Offset = proto.Int64(-1)
		}),
	} {
		if info, _ := wire.InfoOf(call(t.Context(), h)); info.Message != want {
			t.Errorf("says %q, not %q", info.Message, want)
		}
	}
}
