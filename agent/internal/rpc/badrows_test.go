//go:build linux

package rpc_test

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func badRows() []badRow {
	return slices.Concat(badOpenRows(), badDataRows(), badOtherRows(), badOptionRows(), badMessageRows(), badHostRows(), badTextRows(), badNumberRows())
}

func badOpenRows() []badRow {
	type m = *farsockv1.OpenRequest
	const foreignUID = "0123456789abcdef"
	return []badRow{
		{"no session", open(func(m m) { m.Session = "" }), invalidField, "session", []string{"sessions/ID"}},
		{"session of another shape", open(func(m m) { m.Session = "sockets/t" }), invalidField, "session", []string{"sessions/ID"}},
		{"session id too long", open(func(m m) { m.Session = "sessions/" + long(65) }), invalidField, "session", []string{"1 to 64"}},
		{"unknown session", open(func(m m) { m.Session = "sessions/nobody" }), noSession, "", []string{"nobody"}},
		{"foreign session uid", open(func(m m) { m.Session = "sessions/" + foreignUID + ".s1" }), restarted, "", nil},
		{"name with a dot", open(func(m m) { m.Name = "a.b" }), invalidField, "name", []string{"1 to 64", "letters"}},
		{"name with a slash", open(func(m m) { m.Name = "a/b" }), invalidField, "name", []string{"letters"}},
		{"name not ASCII", open(func(m m) { m.Name = "é" }), invalidField, "name", []string{"letters"}},
		{"name too long", open(func(m m) { m.Name = long(65) }), invalidField, "name", []string{"1 to 64"}},
		{"name of a live socket", open(func(m m) { m.Name = "tcp" }), farsockv1.ErrorReason_ERROR_REASON_SOCKET_EXISTS, "", []string{"tcp"}},
		{"request id no UUID", open(func(m m) { m.RequestId = "again" }), invalidField, "request_id", []string{"UUID"}},
		{"request id in braces", open(func(m m) { m.RequestId = "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}" }), invalidField, "request_id", []string{"36-character"}},
		{"no family", open(func(m m) { m.Family = 0 }), invalidField, "family", []string{"FAMILY_INET6"}},
		{"unknown family", open(func(m m) { m.Family = 77 }), invalidField, "family", []string{"FAMILY_UNIX", "77"}},
		{"no type", open(func(m m) { m.Type = 0 }), invalidField, "type", []string{"SOCKET_TYPE_DATAGRAM"}},
		{"unknown type", open(func(m m) { m.Type = -3 }), invalidField, "type", []string{"SOCKET_TYPE_STREAM", "-3"}},
		{"protocol below", open(func(m m) { m.Protocol = proto.Int32(-1) }), invalidField, "protocol", []string{"0 to 262", "-1"}},
		{"protocol above", open(func(m m) { m.Protocol = proto.Int32(263) }), invalidField, "protocol", []string{"0 to 262"}},
		{"port -1", open(func(m m) { m.Bind = inet("", -1) }), invalidField, "bind.inet.port", []string{"0 to 65535", "-1"}},
		{"port 65536", open(func(m m) { m.Connect = inet("127.0.0.1", 65536) }), invalidField, "connect.inet.port", []string{"0 to 65535", "65536"}},
		{"port unset", open(func(m m) {
			m.Bind = &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{}}}
		}), invalidField, "bind.inet.port", []string{"0 to 65535", "unset"}},
		{"host too long", open(func(m m) { m.Connect = inet(long(254), 1) }), invalidField, "connect.inet.host", []string{"253"}},
		{"address without a kind", open(func(m m) { m.Bind = &farsockv1.Address{} }), invalidField, "bind.kind", []string{"inet or unix"}},
		{"unix address on inet", open(func(m m) { m.Bind = unixPath("/tmp/x") }), invalidField, "bind.unix_domain", []string{"inet"}},
		{"inet address on unix", open(func(m m) { m.Family = farsockv1.Family_FAMILY_UNIX; m.Connect = inet("", 1) }), invalidField, "connect.inet", []string{"unix"}},
		{"unix path too long", open(func(m m) {
			m.Family = farsockv1.Family_FAMILY_UNIX
			m.Bind = unixPath("/" + long(107))
		}), invalidField, "bind.unix_domain.path", []string{"107", "108"}},
		{"unix path with NUL", open(func(m m) {
			m.Family = farsockv1.Family_FAMILY_UNIX
			m.Bind = unixPath("/tmp/a\x00b")
		}), invalidField, "bind.unix_domain.path", []string{"NUL"}},
		{"unix path and abstract", open(func(m m) {
			m.Family = farsockv1.Family_FAMILY_UNIX
			m.Bind = unixPath("/tmp/a")
			m.Bind.GetUnixDomain().Abstract = []byte("a")
		}), invalidField, "bind.unix_domain.abstract", []string{"path"}},
		{"listen and connect", open(func(m m) { m.Listen = &farsockv1.ListenStage{}; m.Connect = inet("127.0.0.1", 1) }), invalidField, "listen", []string{"connect"}},
		{"listen on datagrams", open(func(m m) {
			m.Type = farsockv1.SocketType_SOCKET_TYPE_DATAGRAM
			m.Listen = &farsockv1.ListenStage{}
		}), invalidField, "listen", []string{"SOCKET_TYPE_STREAM"}},
		{"backlog -1", open(func(m m) { m.Listen = &farsockv1.ListenStage{Backlog: proto.Int32(-1)} }), invalidField, "listen.backlog", []string{"0 to 2147483647", "-1"}},
		{"wait negative", open(func(m m) { m.Wait = durationpb.New(-1) }), invalidField, "wait", []string{"0 to 86400 seconds"}},
		{"wait too long", open(func(m m) { m.Wait = durationpb.New(24*time.Hour + 1) }), invalidField, "wait", []string{"0 to 86400 seconds"}},
		{"wait malformed", open(func(m m) { m.Wait = &durationpb.Duration{Seconds: 1, Nanos: -1} }), invalidField, "wait", []string{"one sign", "1 and -1"}},
		{"65 options", open(func(m m) { m.Options = make([]*farsockv1.SocketOption, 65); fill(m.Options) }), invalidField, "options", []string{"0 to 64", "65"}},
		{"option without a member", open(func(m m) { m.Options = []*farsockv1.SocketOption{{}} }), invalidField, "options[0].option", []string{"exactly one"}},
		{"unknown field", open(func(m m) { unknown(m) }), unknownField, "", []string{"farsock.v1.OpenRequest", "999"}},
		{"unknown field inside", open(func(m m) { m.Bind = inet("", 0); unknown(m.Bind.GetInet()) }), unknownField, "", []string{"farsock.v1.InetAddress", "999"}},
		{"unknown field in a list", open(func(m m) { m.Options = make([]*farsockv1.SocketOption, 2); fill(m.Options); unknown(m.Options[1]) }), unknownField, "", []string{"farsock.v1.SocketOption", "999"}},
		{"unknown before invalid", open(func(m m) { m.Family = 0; unknown(m) }), unknownField, "", []string{"999"}},
		{"invalid beside what may not exist", open(func(m m) { m.NetworkNamespace = "x"; m.Family = 0 }), invalidField, "family", nil},
	}
}

func badDataRows() []badRow {
	type r = *farsockv1.ReceiveRequest
	type s = *farsockv1.SendRequest
	return []badRow{
		{"max_bytes -1", receive(func(m r) { m.MaxBytes = proto.Int32(-1) }), invalidField, "max_bytes", []string{"0 to 1048576", "-1"}},
		{"max_bytes above", receive(func(m r) { m.MaxBytes = proto.Int32(1<<20 + 1) }), invalidField, "max_bytes", []string{"0 to 1048576", "1048577"}},
		{"max_bytes 0 with a condition", receive(func(m r) {
			m.MaxBytes = proto.Int32(0)
			m.Until = &farsockv1.ReceiveRequest_EndOfStream{EndOfStream: true}
		}), invalidField, "max_bytes", []string{"1 to 1048576"}},
		{"exactly 0", receive(func(m r) { m.Until = &farsockv1.ReceiveRequest_Exactly{} }), invalidField, "exactly", []string{"1 to 1048576"}},
		{"exactly above max_bytes", receive(func(m r) {
			m.MaxBytes = proto.Int32(10)
			m.Until = &farsockv1.ReceiveRequest_Exactly{Exactly: 11}
		}), invalidField, "exactly", []string{"1 to 10", "11"}},
		{"delimiter empty", receive(func(m r) { m.Until = &farsockv1.ReceiveRequest_Delimiter{} }), invalidField, "delimiter", []string{"1 to 4096"}},
		{"delimiter too long", receive(func(m r) { m.Until = &farsockv1.ReceiveRequest_Delimiter{Delimiter: zeros(4097)} }), invalidField, "delimiter", []string{"1 to 4096"}},
		{"pattern empty", receive(func(m r) { m.Until = &farsockv1.ReceiveRequest_Pattern{} }), invalidField, "pattern", []string{"1 to 4096"}},
		{"pattern too long", receive(func(m r) { m.Until = &farsockv1.ReceiveRequest_Pattern{Pattern: long(4097)} }), invalidField, "pattern", []string{"1 to 4096"}},
		{"pattern invalid", receive(func(m r) { m.Until = &farsockv1.ReceiveRequest_Pattern{Pattern: "a(b"} }), invalidField, "pattern", []string{"RE2", "missing closing )"}},
		{"pattern with a back-reference", receive(func(m r) { m.Until = &farsockv1.ReceiveRequest_Pattern{Pattern: `(a)\1`} }), invalidField, "pattern", []string{"RE2"}},
		{"end_of_stream false", receive(func(m r) { m.Until = &farsockv1.ReceiveRequest_EndOfStream{} }), invalidField, "end_of_stream", []string{"true"}},
		{"receive wait too long", receive(func(m r) { m.Wait = durationpb.New(25 * time.Hour) }), invalidField, "wait", []string{"0 to 86400 seconds"}},
		{"peek with a condition", receive(func(m r) {
			m.Peek = true
			m.Until = &farsockv1.ReceiveRequest_Exactly{Exactly: 1}
		}), invalidField, "peek", []string{"condition"}},
		{"peek with MANUAL", receive(func(m r) { m.Peek = true; m.Ack = farsockv1.AckMode_ACK_MODE_MANUAL }), invalidField, "peek", []string{"MANUAL"}},
		{"dont_wait with a wait", receive(func(m r) { m.DontWait = true; m.Wait = durationpb.New(1) }), invalidField, "dont_wait", []string{"wait"}},
		{"unknown ack mode", receive(func(m r) { m.Ack = 9 }), invalidField, "ack", []string{"ACK_MODE_MANUAL", "9"}},
		{"offset with AUTO", receive(func(m r) { m.Offset = proto.Int64(0) }), invalidField, "offset", []string{"MANUAL"}},
		{"offset not reached", receive(func(m r) {
			m.Offset = proto.Int64(1)
			m.Ack = farsockv1.AckMode_ACK_MODE_MANUAL
		}), outOfRange, "offset", nil},
		{"offset negative", receive(func(m r) {
			m.Offset = proto.Int64(-1)
			m.Ack = farsockv1.AckMode_ACK_MODE_MANUAL
		}), invalidField, "offset", []string{"0 or more", "-1"}},
		{"max_datagrams 0", receive(func(m r) { m.Socket = "sessions/t/sockets/udp"; m.MaxDatagrams = proto.Int32(0) }), invalidField, "max_datagrams", []string{"1 to 64"}},
		{"max_datagrams above", receive(func(m r) { m.Socket = "sessions/t/sockets/udp"; m.MaxDatagrams = proto.Int32(65) }), invalidField, "max_datagrams", []string{"1 to 64"}},
		{"max_datagrams on a stream", receive(func(m r) { m.MaxDatagrams = proto.Int32(1) }), invalidField, "max_datagrams", []string{"stream"}},
		{"condition on datagrams", receive(func(m r) {
			m.Socket = "sessions/t/sockets/udp"
			m.Until = &farsockv1.ReceiveRequest_Delimiter{Delimiter: []byte("x")}
		}), invalidField, "delimiter", []string{"datagram"}},
		{"receive from nobody", receive(func(m r) { m.Socket = "sessions/t/sockets/none" }), noSocket, "", []string{"none"}},
		{"receive from a foreign uid", receive(func(m r) { m.Socket = "sockets/0123456789abcdef.1" }), restarted, "", nil},
		{"receive from no socket", receive(func(m r) { m.Socket = "" }), invalidField, "socket", []string{"sockets/UID"}},
		{"receive, unknown field in wait", receive(func(m r) { unknown(m.Wait) }), unknownField, "", []string{"google.protobuf.Duration", "999"}},
		{"send too much", send(func(m s) { m.Data = zeros(1<<20 + 1) }), invalidField, "data", []string{"1048576", "1048577"}},
		{"send dont_wait with a wait", send(func(m s) { m.DontWait = true; m.Wait = durationpb.New(time.Second) }), invalidField, "dont_wait", []string{"wait"}},
		{"send to a port out of range", send(func(m s) { m.Socket = "sessions/t/sockets/udp"; m.To = inet("127.0.0.1", 70000) }), invalidField, "to.inet.port", []string{"0 to 65535"}},
		{"send to someone on a stream", send(func(m s) { m.To = inet("127.0.0.1", 1) }), invalidField, "to", []string{"stream"}},
		{"send to another family", send(func(m s) { m.Socket = "sessions/t/sockets/udp"; m.To = unixPath("/tmp/x") }), invalidField, "to.unix_domain", []string{"inet"}},
		{"send offset without holder", send(func(m s) { m.Offset = proto.Int64(0) }), invalidField, "offset", []string{"holder"}},
		{"send offset negative", send(func(m s) { m.Offset = proto.Int64(-1); m.Holder = "h" }), invalidField, "offset", []string{"0 or more"}},
		{"send offset not reached", send(func(m s) { m.Offset = proto.Int64(1); m.Holder = "h" }), outOfRange, "offset", nil},
		{"send holder without offset", send(func(m s) { m.Holder = "h" }), invalidField, "holder", []string{"offset"}},
		{"send datagrams by an offset not reached", send(func(m s) {
			m.Socket, m.Data, m.Datagrams = "sessions/t/sockets/udp", nil, []*farsockv1.Datagram{{}}
			m.Offset, m.Holder = proto.Int64(1), "h"
		}), outOfRange, "offset", nil},
		{"send holder malformed", send(func(m s) { m.Holder = "a b" }), invalidField, "holder", []string{"1 to 64"}},
		{"send control too long", send(func(m s) { m.Control = []*farsockv1.ControlMessage{{Data: zeros(4097)}} }), invalidField, "control[0].data", []string{"4096"}},
		{"ack without offset", func(ctx context.Context, h *harness) error {
			_, err := h.sockets.Ack(ctx, &farsockv1.AckRequest{Socket: "sessions/t/sockets/tcp"})
			return err
		}, invalidField, "offset", []string{"set"}},
		{"ack negative", func(ctx context.Context, h *harness) error {
			_, err := h.sockets.Ack(ctx, &farsockv1.AckRequest{Socket: "sessions/t/sockets/tcp", Offset: proto.Int64(-1)})
			return err
		}, invalidField, "offset", []string{"0 or more", "-1"}},
		{"ack beyond what was read", func(ctx context.Context, h *harness) error {
			_, err := h.sockets.Ack(ctx, &farsockv1.AckRequest{Socket: "sessions/t/sockets/tcp", Offset: proto.Int64(1)})
			return err
		}, outOfRange, "offset", nil},
	}
}
