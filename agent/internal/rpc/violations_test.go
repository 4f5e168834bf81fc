//go:build linux

package rpc_test

import (
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
	if size := proto.Size(status.Convert(err).Proto()) * 4 / 3; size > 8<<10 { // base64 on the wire
		t.Errorf("the status takes %d bytes of trailers", size)
	}
}
