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
	"Datagram.destination": "an answer's field; in a request it is malformed",
	"Attach.epoch":         "only a take-over from a live stream: TestStreamTakeOver",
}

func TestNotBuilt(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	h.tcpPair("t", "tcp", "peer")
	h.udp("t", "udp")
	option := func(o *farsockv1.SocketOption) func(context.Context, *harness) error { return setOption(o) }
	type o = farsockv1.SocketOption
	rows := map[string]struct {
		call  func(context.Context, *harness) error
		field string
	}{
		"UnixAddress.abstract": {open(func(m *farsockv1.OpenRequest) {
			m.Family = farsockv1.Family_FAMILY_UNIX
			m.Bind = wire.ParseUnix("@x")
		}), "bind.unix.abstract"},
		"SocketType.SOCKET_TYPE_SEQPACKET": {open(func(m *farsockv1.OpenRequest) {
			m.Family = farsockv1.Family_FAMILY_UNIX
			m.Type = farsockv1.SocketType_SOCKET_TYPE_SEQPACKET
		}), "type"},
		"OpenRequest.network_namespace":    {open(func(m *farsockv1.OpenRequest) { m.NetworkNamespace = "n" }), "network_namespace"},
		"ResolveRequest.network_namespace": {on(resolveMethod, &farsockv1.ResolveRequest{Host: "localhost", NetworkNamespace: "n"}), "network_namespace"},
		"SendRequest.more":                 {send(func(m *farsockv1.SendRequest) { m.More = true }), "more"},
		"SendRequest.out_of_band":          {send(func(m *farsockv1.SendRequest) { m.OutOfBand = true }), "out_of_band"},
		"SendRequest.offset":               {send(func(m *farsockv1.SendRequest) { m.Offset = proto.Int64(0); m.Holder = "h" }), "offset"},
		"SendRequest.holder":               {send(func(m *farsockv1.SendRequest) { m.Holder = "h" }), "holder"},
		"SendRequest.control":              {send(func(m *farsockv1.SendRequest) { m.Control = []*farsockv1.ControlMessage{{}} }), "control"},
		"Datagram.control": {streamOn("sessions/t/sockets/udp", nil, streamData(&farsockv1.StreamSend{
			Datagrams: []*farsockv1.Datagram{{Control: []*farsockv1.ControlMessage{{}}}},
		})), "data.datagrams[0].control"},
		"ReceiveRequest.wait_all":          {receive(func(m *farsockv1.ReceiveRequest) { m.WaitAll = true }), "wait_all"},
		"ReceiveRequest.out_of_band":       {receive(func(m *farsockv1.ReceiveRequest) { m.OutOfBand = true }), "out_of_band"},
		"ReceiveRequest.error_queue":       {receive(func(m *farsockv1.ReceiveRequest) { m.ErrorQueue = true }), "error_queue"},
		"AckMode.ACK_MODE_MANUAL":          {attach(func(m *farsockv1.Attach) { m.Ack = farsockv1.AckMode_ACK_MODE_MANUAL }), "attach.ack"},
		"Attach.ack":                       {attach(func(m *farsockv1.Attach) { m.Ack = farsockv1.AckMode_ACK_MODE_MANUAL }), "attach.ack"},
		"Attach.window":                    {attach(func(m *farsockv1.Attach) { m.Window = proto.Int32(4096); m.Ack = 2 }), "attach.ack"},
		"Attach.steal":                     {attach(func(m *farsockv1.Attach) { m.Steal = true }), "attach.steal"},
		"SocketOption.keep_alive_idle":     {option(&o{Option: &farsockv1.SocketOption_KeepAliveIdle{KeepAliveIdle: 1}}), "options[0].keep_alive_idle"},
		"SocketOption.keep_alive_interval": {option(&o{Option: &farsockv1.SocketOption_KeepAliveInterval{KeepAliveInterval: 1}}), "options[0].keep_alive_interval"},
		"SocketOption.keep_alive_count":    {option(&o{Option: &farsockv1.SocketOption_KeepAliveCount{KeepAliveCount: 1}}), "options[0].keep_alive_count"},
		"SocketOption.user_timeout":        {option(&o{Option: &farsockv1.SocketOption_UserTimeout{}}), "options[0].user_timeout"},
		"SocketOption.traffic_class":       {option(&o{Option: &farsockv1.SocketOption_TrafficClass{}}), "options[0].traffic_class"},
		"SocketOption.device":              {option(&o{Option: &farsockv1.SocketOption_Device{}}), "options[0].device"},
		"SocketOption.mark":                {option(&o{Option: &farsockv1.SocketOption_Mark{}}), "options[0].mark"},
		"SocketOption.multicast_join":      {option(&o{Option: &farsockv1.SocketOption_MulticastJoin{}}), "options[0].multicast_join"},
		"SocketOption.multicast_leave":     {option(&o{Option: &farsockv1.SocketOption_MulticastLeave{}}), "options[0].multicast_leave"},
		"SocketOption.multicast_ttl":       {option(&o{Option: &farsockv1.SocketOption_MulticastTtl{}}), "options[0].multicast_ttl"},
		"SocketOption.multicast_loop":      {option(&o{Option: &farsockv1.SocketOption_MulticastLoop{}}), "options[0].multicast_loop"},
		"SocketOption.multicast_interface": {option(&o{Option: &farsockv1.SocketOption_MulticastInterface{}}), "options[0].multicast_interface"},
		"SocketOption.timestamps":          {option(&o{Option: &farsockv1.SocketOption_Timestamps{}}), "options[0].timestamps"},
		"SocketOption.packet_info":         {option(&o{Option: &farsockv1.SocketOption_PacketInfo{}}), "options[0].packet_info"},
		"SocketOption.error_queue":         {option(&o{Option: &farsockv1.SocketOption_ErrorQueue{}}), "options[0].error_queue"},
		"autobind in Open":                 {open(func(m *farsockv1.OpenRequest) { m.Family = farsockv1.Family_FAMILY_UNIX; m.Bind = unixPath("") }), "bind.unix.abstract"},
		"autobind in Bind":                 {on(bindMethod, &farsockv1.BindRequest{Socket: "sessions/t/sockets/tcp", Address: unixPath("")}), "address.unix.abstract"},
		"an option that is asked for":      {on(getOptionsMethod, &farsockv1.GetOptionsRequest{Socket: "sessions/t/sockets/tcp", Names: []string{"mark"}}), "names[0]"},
	}
	marked := markedNotBuilt(t)
	if len(marked) < 25 {
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
