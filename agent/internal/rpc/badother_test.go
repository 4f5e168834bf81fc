//go:build linux

package rpc_test

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// on makes a row's call of any unary method.
func on[Q, A any](method func(*harness) func(context.Context, Q) (A, error), req Q) func(context.Context, *harness) error {
	return func(ctx context.Context, h *harness) error {
		_, err := method(h)(ctx, req)
		return err
	}
}

func badOtherRows() []badRow {
	type a = *farsockv1.Attach
	const tcp, udp = "sessions/t/sockets/tcp", "sessions/t/sockets/udp"
	linger := func(l *farsockv1.Linger) *farsockv1.SocketOption {
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Linger{Linger: l}}
	}
	raw := func(r *farsockv1.RawOption) *farsockv1.SocketOption {
		return &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Raw{Raw: r}}
	}
	four := &farsockv1.RawOption_IntValue{IntValue: 4}
	return []badRow{
		{"bind without address", on(bindMethod, &farsockv1.BindRequest{Socket: tcp}), invalidField, "address", []string{"set"}},
		{"bind to another family", on(bindMethod, &farsockv1.BindRequest{Socket: tcp, Address: unixPath("/tmp/x")}), invalidField, "address.unix_domain", []string{"inet"}},
		{"listen backlog -1", on(listenMethod, &farsockv1.ListenRequest{Socket: tcp, Backlog: proto.Int32(-1)}), invalidField, "backlog", []string{"0 to 2147483647"}},
		{"connect without peer", on(connectMethod, &farsockv1.ConnectRequest{Socket: tcp}), invalidField, "peer", []string{"set"}},
		{"connect to another family", on(connectMethod, &farsockv1.ConnectRequest{Socket: udp, Peer: unixPath("/tmp/x")}), invalidField, "peer.unix_domain", []string{"inet"}},
		{"accept under a bad name", on(acceptMethod, &farsockv1.AcceptRequest{Socket: tcp, Name: "a b"}), invalidField, "name", []string{"1 to 64"}},
		{"accept under a live name", on(acceptMethod, &farsockv1.AcceptRequest{Socket: tcp, Name: "udp"}), farsockv1.ErrorReason_ERROR_REASON_SOCKET_EXISTS, "", []string{"udp"}},
		{"shutdown of nothing", on(shutdownMethod, &farsockv1.ShutdownRequest{Socket: tcp}), invalidField, "how", []string{"SHUTDOWN_HOW_READ"}},
		{"shutdown of what", on(shutdownMethod, &farsockv1.ShutdownRequest{Socket: tcp, How: 4}), invalidField, "how", []string{"SHUTDOWN_HOW_BOTH", "4"}},
		{"close nobody", on(closeMethod, &farsockv1.CloseRequest{Socket: "sessions/t/sockets/none"}), noSocket, "", []string{"none"}},
		{"list without parent", on(listMethod, &farsockv1.ListSocketsRequest{}), invalidField, "parent", []string{"sessions/ID"}},
		{"list page_size above", on(listMethod, &farsockv1.ListSocketsRequest{Parent: "sessions/t", PageSize: 1001}), invalidField, "page_size", []string{"0 to 1000"}},
		{"list bad page_token", on(listMethod, &farsockv1.ListSocketsRequest{Parent: "sessions/t", PageToken: "two"}), invalidField, "page_token", []string{"next_page_token"}},
		{"get a session's uid as socket", on(getMethod, &farsockv1.GetSocketRequest{Name: "sessions/t"}), invalidField, "name", []string{"sockets/UID"}},
		{"poll nothing", poll(), invalidField, "items", []string{"1 to 1024"}},
		{"poll too many", poll(make([]*farsockv1.PollItem, 1025)...), invalidField, "items", []string{"1 to 1024", "1025"}},
		{"poll an unnamed", poll(&farsockv1.PollItem{Socket: tcp}, &farsockv1.PollItem{}), invalidField, "items[1].socket", []string{"sockets/UID"}},
		{"poll nobody", poll(&farsockv1.PollItem{Socket: tcp}, &farsockv1.PollItem{Socket: "sessions/t/sockets/none"}), noSocket, "", []string{"none"}},
		{"set no options", on(setMethod, &farsockv1.SetOptionsRequest{Socket: tcp}), invalidField, "options", []string{"1 to 64"}},
		{"linger without seconds", setOption(linger(&farsockv1.Linger{On: true})), invalidField, "options[0].linger.seconds", []string{"0 to 65535"}},
		{"linger too long", setOption(linger(&farsockv1.Linger{On: true, Seconds: proto.Int32(65536)})), invalidField, "options[0].linger.seconds", []string{"0 to 65535"}},
		{"linger off with seconds", setOption(linger(&farsockv1.Linger{Seconds: proto.Int32(1)})), invalidField, "options[0].linger.seconds", []string{"unset or 0"}},
		{"buffer negative", setOption(&farsockv1.SocketOption{Option: &farsockv1.SocketOption_SendBuffer{SendBuffer: -1}}), invalidField, "options[0].send_buffer", []string{"0 to 2147483647"}},
		{"raw level above", setOption(raw(&farsockv1.RawOption{Level: 65536, Value: four})), invalidField, "options[0].raw.level", []string{"0 to 65535"}},
		{"raw name below", setOption(raw(&farsockv1.RawOption{Name: -1, Value: four})), invalidField, "options[0].raw.name", []string{"0 to 65535"}},
		{"raw without value", setOption(raw(&farsockv1.RawOption{Level: 1})), invalidField, "options[0].raw.value", []string{"int_value"}},
		{"raw set with size", setOption(raw(&farsockv1.RawOption{Size: proto.Int32(4), Value: four})), invalidField, "options[0].raw.size", []string{"unset"}},
		{"raw value too long", setOption(raw(&farsockv1.RawOption{Value: &farsockv1.RawOption_BytesValue{BytesValue: zeros(4097)}})), invalidField, "options[0].raw.bytes_value", []string{"4096"}},
		{"get an unknown option", on(getOptionsMethod, &farsockv1.GetOptionsRequest{Socket: tcp, Names: []string{"nodelay"}}), invalidField, "names[0]", []string{"SocketOption"}},
		{"get raw with a value", on(getOptionsMethod, &farsockv1.GetOptionsRequest{Socket: tcp, Raw: []*farsockv1.RawOption{{Value: four}}}), invalidField, "raw[0].value", []string{"unset"}},
		{"get raw of size 0", on(getOptionsMethod, &farsockv1.GetOptionsRequest{Socket: tcp, Raw: []*farsockv1.RawOption{{Size: proto.Int32(0)}}}), invalidField, "raw[0].size", []string{"1 to 4096"}},
		{"resolve nothing", on(resolveMethod, &farsockv1.ResolveRequest{}), invalidField, "host", []string{"1 to 253"}},
		{"resolve for unix", on(resolveMethod, &farsockv1.ResolveRequest{Host: "localhost", Family: farsockv1.Family_FAMILY_UNIX}), invalidField, "family", []string{"FAMILY_INET6"}},

		{"session id malformed", on(createMethod, &farsockv1.CreateSessionRequest{SessionId: "a.b"}), invalidField, "session_id", []string{"1 to 64"}},
		{"session ttl below", on(createMethod, &farsockv1.CreateSessionRequest{Ttl: durationpb.New(4 * time.Second)}), invalidField, "ttl", []string{"5 to 86400 seconds"}},
		{"session ttl above", on(createMethod, &farsockv1.CreateSessionRequest{Ttl: durationpb.New(25 * time.Hour)}), invalidField, "ttl", []string{"5 to 86400 seconds"}},
		{"session exists", on(createMethod, &farsockv1.CreateSessionRequest{SessionId: "t"}), farsockv1.ErrorReason_ERROR_REASON_SESSION_EXISTS, "", []string{"t"}},
		{"renew nobody", on(renewMethod, &farsockv1.RenewSessionRequest{Name: "sessions/nobody"}), noSession, "", []string{"nobody"}},
		{"renew with ttl 0", on(renewMethod, &farsockv1.RenewSessionRequest{Name: "sessions/t", Ttl: durationpb.New(0)}), invalidField, "ttl", []string{"5 to 86400 seconds"}},
		{"end nobody", on(endMethod, &farsockv1.CloseSessionRequest{Name: "sessions/nobody"}), noSession, "", nil},
		{"list sessions page_size -1", on(sessionsMethod, &farsockv1.ListSessionsRequest{PageSize: -1}), invalidField, "page_size", []string{"0 to 1000"}},
		{"list sessions bad page_token", on(sessionsMethod, &farsockv1.ListSessionsRequest{PageToken: "?"}), invalidField, "page_token", []string{"next_page_token"}},

		{"stream without message", stream(func(m *farsockv1.StreamRequest) { m.Message = nil }), invalidField, "message", []string{"attach"}},
		{"stream without attach", stream(func(m *farsockv1.StreamRequest) {
			m.Message = streamData(&farsockv1.StreamSend{Data: zeros(1)}).Message
		}), invalidField, "message", []string{"attach"}},
		{"attach no socket", attach(func(m a) { m.Socket = "tcp" }), invalidField, "attach.socket", []string{"sockets/UID"}},
		{"attach nobody", attach(func(m a) { m.Socket = "sessions/t/sockets/none" }), noSocket, "", []string{"none"}},
		{"attach without holder", attach(func(m a) { m.Holder = "" }), invalidField, "attach.holder", []string{"1 to 64"}},
		{"attach epoch 0", attach(func(m a) { m.Epoch = 0 }), invalidField, "attach.epoch", []string{"1 or more"}},
		{"attach unknown ack mode", attach(func(m a) { m.Ack = 3 }), invalidField, "attach.ack", []string{"ACK_MODE_MANUAL"}},
		{"attach window with AUTO", attach(func(m a) { m.Window = proto.Int32(4096) }), invalidField, "attach.window", []string{"MANUAL"}},
		{"attach window below", attach(func(m a) { m.Window = proto.Int32(4095); m.Ack = 2 }), invalidField, "attach.window", []string{"4096 to 1048576"}},
		{"attach window above", attach(func(m a) { m.Window = proto.Int32(1<<20 + 1); m.Ack = manual }), invalidField, "attach.window", []string{"4096 to 1048576"}},
		{"attach receive_from negative", attach(func(m a) { m.ReceiveFrom = proto.Int64(-1) }), invalidField, "attach.receive_from", []string{"0 or more"}},
		{"attach send_from negative", attach(func(m a) { m.SendFrom = proto.Int64(-1) }), invalidField, "attach.send_from", []string{"0 or more"}},
		{"attach receive_from ahead", attach(func(m a) { m.ReceiveFrom = proto.Int64(1) }), outOfRange, "attach.receive_from", nil},
		{"attach send_from ahead", attach(func(m a) { m.SendFrom = proto.Int64(1) }), outOfRange, "attach.send_from", nil},
		{"attach with unknown field", attach(func(m a) { unknown(m) }), unknownField, "", []string{"farsock.v1.Attach", "999"}},
		{"stream attach twice", stream(nil, &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{
			Attach: &farsockv1.Attach{Socket: tcp, Holder: "h", Epoch: 1 << 40}}}), invalidField, "message", []string{"attach"}},
		{"stream ack with AUTO", stream(nil, &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Ack{Ack: &farsockv1.StreamAck{}}}), invalidField, "ack", []string{"MANUAL"}},
		{"stream ack negative", manualStream(ackOf(-1)), invalidField, "ack.offset", []string{"0 or more", "-1"}},
		{"stream ack of what was not sent", manualStream(ackOf(1)), outOfRange, "ack.offset", nil},
		{"stream data negative", manualStream(streamData(&farsockv1.StreamSend{Offset: -1, Data: zeros(1)})), invalidField, "data.offset", []string{"0 or more"}},
		{"stream close_write negative", manualStream(closeWriteAt(-1)), invalidField, "close_write.offset", []string{"0 or more"}},
		{"stream close_write early, with MANUAL", manualStream(closeWriteAt(1)), outOfRange, "close_write.offset", nil},
		{"stream ack, unknown field", manualStream(func() *farsockv1.StreamRequest {
			m := ackOf(0)
			unknown(m.GetAck())
			return m
		}()), unknownField, "", []string{"farsock.v1.StreamAck", "999"}},
		{"stream empty data", stream(nil, streamData(&farsockv1.StreamSend{})), invalidField, "data.data", []string{"1 to 1048576"}},
		{"stream oversized data", stream(nil, streamData(&farsockv1.StreamSend{Data: zeros(1<<20 + 1)})), invalidField, "data.data", []string{"1 to 1048576"}},
		{"stream gap", stream(nil, streamData(&farsockv1.StreamSend{Offset: 1, Data: zeros(1)})), outOfRange, "data.offset", nil},
		{"stream close_write early", stream(nil, &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_CloseWrite{CloseWrite: &farsockv1.CloseWrite{Offset: 1}}}), outOfRange, "close_write.offset", nil},
		{"stream datagrams on TCP", stream(nil, streamData(&farsockv1.StreamSend{Datagrams: []*farsockv1.Datagram{{}}})), invalidField, "data.datagrams", []string{"stream"}},
		{"stream bytes on UDP", streamOn(udp, nil, streamData(&farsockv1.StreamSend{Data: zeros(1)})), invalidField, "data.data", []string{"datagram"}},
		{"stream 65 datagrams", streamOn(udp, nil, streamData(&farsockv1.StreamSend{Datagrams: make([]*farsockv1.Datagram, 65)})), invalidField, "data.datagrams", []string{"1 to 64"}},
		{"stream datagram with a received field", streamOn(udp, nil, streamData(&farsockv1.StreamSend{Datagrams: []*farsockv1.Datagram{{Truncated: true}}})), invalidField, "data.datagrams[0].truncated", []string{"unset"}},
		{"stream datagram to a bad port", streamOn(udp, nil, streamData(&farsockv1.StreamSend{Datagrams: []*farsockv1.Datagram{{Peer: inet("127.0.0.1", -1)}}})), invalidField, "data.datagrams[0].peer.inet.port", []string{"0 to 65535"}},
		{"stream later unknown field", stream(nil, func() *farsockv1.StreamRequest {
			m := streamData(&farsockv1.StreamSend{Data: zeros(1)})
			unknown(m.GetData())
			return m
		}()), unknownField, "", []string{"farsock.v1.StreamSend", "999"}},
	}
}

// manualStream is stream with MANUAL.
func manualStream(then *farsockv1.StreamRequest) func(context.Context, *harness) error {
	return stream(func(m *farsockv1.StreamRequest) { m.GetAttach().Ack = manual }, then)
}
