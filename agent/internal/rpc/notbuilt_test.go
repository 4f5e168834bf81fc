//go:build linux

package rpc_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// markedNotBuilt reads the contract's own comments: "Message.field" and
// "Enum.VALUE" of everything that they call not built.
func markedNotBuilt(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../../../proto/farsock/v1/*.proto")
	if err != nil || len(files) == 0 {
		t.Fatalf("no contract: %v", err)
	}
	block := regexp.MustCompile(`^(?:message|enum) (\w+) \{`)
	member := regexp.MustCompile(`(\w+) = \d+;$`)
	marked := map[string]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var outer, comment string
		for line := range strings.Lines(string(raw)) {
			line = strings.TrimSpace(line)
			if text, ok := strings.CutPrefix(line, "//"); ok {
				comment += text
				continue
			}
			if m := block.FindStringSubmatch(line); m != nil {
				outer = m[1]
			} else if m := member.FindStringSubmatch(line); m != nil && strings.Contains(strings.ToLower(comment), "not built") {
				marked[outer+"."+m[1]] = true
			}
			comment = ""
		}
	}
	return marked
}

// Marked, but nothing that a request could ask for by itself.
var notAsked = map[string]string{
	"Attach.epoch": "only a take-over from a live stream: TestStreamTakeOver",
}

func TestNotBuilt(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	h.tcpPair("t", "tcp", "peer")
	h.udp("t", "udp")
	rows := map[string]struct {
		call  func(context.Context, *harness) error
		field string
	}{
		"SendRequest.offset":      {send(func(m *farsockv1.SendRequest) { m.Offset = proto.Int64(0); m.Holder = "h" }), "offset"},
		"SendRequest.holder":      {send(func(m *farsockv1.SendRequest) { m.Holder = "h" }), "holder"},
		"AckMode.ACK_MODE_MANUAL": {attach(func(m *farsockv1.Attach) { m.Ack = farsockv1.AckMode_ACK_MODE_MANUAL }), "attach.ack"},
		"Attach.ack":              {attach(func(m *farsockv1.Attach) { m.Ack = farsockv1.AckMode_ACK_MODE_MANUAL }), "attach.ack"},
		"Attach.window":           {attach(func(m *farsockv1.Attach) { m.Window = proto.Int32(4096); m.Ack = 2 }), "attach.ack"},
		"Attach.steal":            {attach(func(m *farsockv1.Attach) { m.Steal = true }), "attach.steal"},
	}
	marked := markedNotBuilt(t)
	if len(marked) < 5 {
		t.Fatalf("only %d marks found in the contract: %v", len(marked), marked)
	}
	for name := range marked {
		if _, ok := rows[name]; !ok && notAsked[name] == "" {
			t.Errorf("the contract calls %s not built; nothing shows that it is refused", name)
		}
	}
	before := h.everything("t")
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			info, ok := wire.InfoOf(row.call(ctx, h))
			if !ok || info.Code != codes.Unimplemented || info.Reason != notBuilt || info.Metadata["field"] != row.field {
				t.Errorf("got %+v, want UNIMPLEMENTED NOT_BUILT naming %s", info, row.field)
			}
		})
	}
	for uid, was := range h.everything("t") {
		if before[uid] != was {
			t.Errorf("changed: %s\nfrom %s", was, before[uid])
		}
	}
}
