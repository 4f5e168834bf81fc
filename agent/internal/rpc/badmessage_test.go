//go:build linux

package rpc_test

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// badMessageRows are malformed requests about what Send, Receive and Stream carry beside bytes.
func badMessageRows() []badRow {
	return slices.Concat(badSendRows(), badDatagramRows(), badReceiveRows(), badDisconnectRows())
}

const udpName = "sessions/t/sockets/udp"

func badSendRows() []badRow {
	type s = *farsockv1.SendRequest
	udp := func(spoil func(m s)) func(context.Context, *harness) error {
		return send(func(m s) { m.Socket = udpName; m.To = inet("127.0.0.1", 9); spoil(m) })
	}
	rights := &farsockv1.ControlMessage{Level: unix.SOL_SOCKET, Type: unix.SCM_RIGHTS, Data: zeros(4)}
	return []badRow{
		{"send fast_open without to", send(func(m s) { m.FastOpen = true }), invalidField, "fast_open", []string{"to"}},
		{"send fast_open on udp", udp(func(m s) { m.FastOpen = true }), invalidField, "fast_open", []string{"TCP"}},
		{"send to on a stream", send(func(m s) { m.To = inet("127.0.0.1", 9) }), invalidField, "to", []string{"stream"}},
		{"send confirm on a stream", send(func(m s) { m.Confirm = true }), invalidField, "confirm", []string{"stream"}},
		{"send 17 control messages", send(func(m s) {
			for range 17 {
				m.Control = append(m.Control, &farsockv1.ControlMessage{})
			}
		}), invalidField, "control", []string{"16", "17"}},
		{"send descriptors", send(func(m s) { m.Control = []*farsockv1.ControlMessage{{}, rights} }), invalidField, "control[1].type", []string{"SCM_RIGHTS"}},
		{"send, unknown field in control", send(func(m s) { m.Control = []*farsockv1.ControlMessage{{}}; unknown(m.Control[0]) }), unknownField, "", []string{"999"}},
		{"send buffers of another length", send(func(m s) { m.Data = zeros(5); m.BufferSizes = []int32{2, 2} }), invalidField, "buffer_sizes", []string{"5", "4"}},
		{"send buffer of -1", send(func(m s) { m.Data = zeros(1); m.BufferSizes = []int32{2, -1} }), invalidField, "buffer_sizes[1]", []string{"0 or more", "-1"}},
		{"send 2049 buffers", send(func(m s) { m.Data = nil; m.BufferSizes = make([]int32, 2049) }), invalidField, "buffer_sizes", []string{"2048", "2049"}},
		{"send a batch on a stream", send(func(m s) { m.Data = nil; m.Datagrams = []*farsockv1.Datagram{{}} }), invalidField, "datagrams", []string{"stream"}},
		{"send data beside a batch", send(func(m s) { m.Socket = udpName; m.Data = zeros(1); m.Datagrams = []*farsockv1.Datagram{{}} }), invalidField, "data", []string{"datagrams"}},
		{"send to beside a batch", udp(func(m s) { m.Data = nil; m.Datagrams = []*farsockv1.Datagram{{}} }), invalidField, "to", []string{"datagrams"}},
		{"send control beside a batch", send(func(m s) {
			m.Socket, m.Data, m.Datagrams = udpName, nil, []*farsockv1.Datagram{{}}
			m.Control = []*farsockv1.ControlMessage{{}}
		}), invalidField, "control", []string{"datagrams"}},
		{"send buffers beside a batch", send(func(m s) {
			m.Socket, m.Data, m.Datagrams = udpName, nil, []*farsockv1.Datagram{{}}
			m.BufferSizes = []int32{0}
		}), invalidField, "buffer_sizes", []string{"datagrams"}},
		{"send a batch of 65", batchOf(make([]*farsockv1.Datagram, 65)...), invalidField, "datagrams", []string{"1 to 64", "65"}},
		{"send a batch too large", batchOf(&farsockv1.Datagram{Data: zeros(1 << 20)}, &farsockv1.Datagram{Data: zeros(1)}), invalidField, "datagrams", []string{"1048576", "1048577"}},
	}
}

// batchOf sends them; nil ones are empty.
func batchOf(list ...*farsockv1.Datagram) func(context.Context, *harness) error {
	for i, d := range list {
		if d == nil {
			list[i] = &farsockv1.Datagram{}
		}
	}
	return send(func(m *farsockv1.SendRequest) { m.Socket, m.Data, m.Datagrams = udpName, nil, list })
}

func badDatagramRows() []badRow {
	type d = farsockv1.Datagram
	one := func(spoil *d) func(context.Context, *harness) error {
		return batchOf(&d{Peer: inet("127.0.0.1", 9)}, spoil)
	}
	const at = "datagrams[1]."
	sent := []string{"to be sent"}
	rows := []badRow{
		{"send to a port out of range in a batch", one(&d{Peer: inet("127.0.0.1", 70000)}), invalidField, at + "peer.inet.port", []string{"65535"}},
		{"send to another family in a batch", one(&d{Peer: unixPath("/tmp/x")}), invalidField, at + "peer.unix_domain", []string{"inet"}},
		{"send with a destination", one(&d{Destination: inet("127.0.0.1", 9)}), invalidField, at + "destination", sent},
		{"send with a full length", one(&d{FullLength: 1}), invalidField, at + "full_length", sent},
		{"send truncated", one(&d{Truncated: true}), invalidField, at + "truncated", sent},
		{"send with an offset in a batch", one(&d{Offset: 1}), invalidField, at + "offset", sent},
		{"send with control truncated", one(&d{ControlTruncated: true}), invalidField, at + "control_truncated", sent},
		{"send with descriptors closed", one(&d{DescriptorsClosed: 1}), invalidField, at + "descriptors_closed", sent},
		{"send with a receive time", one(&d{ReceiveTime: timestamppb.Now()}), invalidField, at + "receive_time", sent},
		{"send end of record in a datagram", one(&d{EndOfRecord: true}), invalidField, at + "end_of_record", sent},
		{"send with an error", one(&d{Error: &farsockv1.ExtendedError{}}), invalidField, at + "error", sent},
		{"send from a name", one(&d{Source: "localhost"}), invalidField, at + "source", []string{"address"}},
		{"send from a zone", one(&d{Source: "fe80::1%lo"}), invalidField, at + "source", []string{"zone"}},
		{"send from another family", one(&d{Source: "::1"}), invalidField, at + "source", []string{"inet"}},
		{"send descriptors in a batch", one(&d{Control: []*farsockv1.ControlMessage{{Level: unix.SOL_SOCKET, Type: unix.SCM_RIGHTS}}}), invalidField, at + "control[0].type", []string{"SCM_RIGHTS"}},
		{"send control too long in a batch", one(&d{Control: []*farsockv1.ControlMessage{{Data: zeros(4097)}}}), invalidField, at + "control[0].data", []string{"4096"}},
		{"stream from another family", streamOn(udpName, nil, streamData(&farsockv1.StreamSend{Datagrams: []*d{{Source: "::1"}}})), invalidField, "data.datagrams[0].source", []string{"inet"}},
		{"stream descriptors", streamOn(udpName, nil, streamData(&farsockv1.StreamSend{Datagrams: []*d{{Control: []*farsockv1.ControlMessage{{Level: unix.SOL_SOCKET, Type: unix.SCM_RIGHTS}}}}})), invalidField, "data.datagrams[0].control[0].type", []string{"SCM_RIGHTS"}},
	}
	for _, row := range []struct {
		field string
		d     *d
	}{
		{"source", &d{Source: "127.0.0.1"}}, {"interface_name", &d{InterfaceName: "lo"}},
		{"ttl", &d{Ttl: proto.Int32(1)}}, {"traffic_class", &d{TrafficClass: proto.Int32(1)}},
	} {
		rows = append(rows, badRow{"send with " + row.field + " on unix", func(ctx context.Context, h *harness) error {
			resp, err := h.sockets.Open(ctx, &farsockv1.OpenRequest{Session: "sessions/t", Name: "words",
				Family: farsockv1.Family_FAMILY_UNIX, Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM})
			if err != nil {
				return err
			}
			defer h.close(resp.GetSocket())
			_, err = h.sockets.Send(ctx, &farsockv1.SendRequest{Socket: uid(resp.GetSocket()), Datagrams: []*d{row.d}})
			return err
		}, invalidField, "datagrams[0]." + row.field, []string{"inet"}})
	}
	return rows
}

func badReceiveRows() []badRow {
	type r = *farsockv1.ReceiveRequest
	exactly := &farsockv1.ReceiveRequest_Exactly{Exactly: 1}
	udp := func(spoil func(m r)) func(context.Context, *harness) error {
		return receive(func(m r) { m.Socket = udpName; spoil(m) })
	}
	sizes := func(m r, list ...int32) { m.MaxBytes, m.BufferSizes = proto.Int32(4), list }
	rows := []badRow{
		{"wait_all with a condition", receive(func(m r) { m.WaitAll = true; m.Until = exactly }), invalidField, "wait_all", []string{"condition"}},
		{"buffers without max_bytes", receive(func(m r) { m.BufferSizes = []int32{1} }), invalidField, "buffer_sizes", []string{"max_bytes"}},
		{"buffers of another length", receive(func(m r) { sizes(m, 1, 2) }), invalidField, "buffer_sizes", []string{"max_bytes", "4", "3"}},
		{"buffer of -1", receive(func(m r) { sizes(m, 5, -1) }), invalidField, "buffer_sizes[1]", []string{"0 or more"}},
		{"2049 buffers", receive(func(m r) { sizes(m, make([]int32, 2049)...) }), invalidField, "buffer_sizes", []string{"2048", "2049"}},
		{"buffers with a condition", receive(func(m r) { sizes(m, 4); m.Until = exactly }), invalidField, "buffer_sizes", []string{"condition"}},
		{"buffers with MANUAL", receive(func(m r) { sizes(m, 4); m.Ack = manual }), invalidField, "buffer_sizes", []string{"MANUAL"}},
		{"buffers with max_datagrams", udp(func(m r) { sizes(m, 4); m.MaxDatagrams = proto.Int32(1) }), invalidField, "buffer_sizes", []string{"max_datagrams"}},
		{"max_control_bytes -1", receive(func(m r) { m.MaxControlBytes = proto.Int32(-1) }), invalidField, "max_control_bytes", []string{"0 to 8192"}},
		{"max_control_bytes above", receive(func(m r) { m.MaxControlBytes = proto.Int32(8193) }), invalidField, "max_control_bytes", []string{"0 to 8192", "8193"}},
		{"error_queue with peek", udp(func(m r) { m.ErrorQueue = true; m.Peek = true }), invalidField, "error_queue", []string{"peek"}},
		{"error_queue with out_of_band", udp(func(m r) { m.ErrorQueue = true; m.OutOfBand = true }), invalidField, "error_queue", []string{"out_of_band"}},
		{"error_queue of a unix socket", func(ctx context.Context, h *harness) error {
			resp, err := h.sockets.Open(ctx, &farsockv1.OpenRequest{Session: "sessions/t", Name: "queue",
				Family: farsockv1.Family_FAMILY_UNIX, Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM})
			if err != nil {
				return err
			}
			defer h.close(resp.GetSocket())
			_, err = h.sockets.Receive(ctx, &farsockv1.ReceiveRequest{Socket: uid(resp.GetSocket()), ErrorQueue: true})
			return err
		}, invalidField, "error_queue", []string{"unix"}},
		{"max_datagrams of a stream, without error_queue", receive(func(m r) { m.MaxDatagrams = proto.Int32(3) }), invalidField, "max_datagrams", []string{"stream"}},
	}
	for _, field := range []struct {
		name string
		set  func(m r)
	}{
		{"out_of_band", func(m r) { m.OutOfBand = true }}, {"error_queue", func(m r) { m.ErrorQueue = true }},
	} {
		rows = append(rows,
			badRow{field.name + " with MANUAL", receive(func(m r) { field.set(m); m.Ack = manual }), invalidField, field.name, []string{"MANUAL"}},
			badRow{field.name + " with a condition", receive(func(m r) { field.set(m); m.Until = exactly }), invalidField, field.name, []string{"condition"}},
			badRow{field.name + " with wait_all", receive(func(m r) { field.set(m); m.WaitAll = true }), invalidField, field.name, []string{"wait_all"}})
	}
	return rows
}

func badDisconnectRows() []badRow {
	connect := func(m *farsockv1.ConnectRequest) func(context.Context, *harness) error {
		return func(ctx context.Context, h *harness) error {
			m.Socket = udpName
			_, err := h.sockets.Connect(ctx, m)
			return err
		}
	}
	return []badRow{
		{"connect to nobody", connect(&farsockv1.ConnectRequest{}), invalidField, "peer", []string{"set", "disconnect"}},
		{"disconnect from somebody", connect(&farsockv1.ConnectRequest{Peer: inet("127.0.0.1", 9), Disconnect: true}), invalidField, "peer", []string{"disconnect"}},
		{"disconnect with a bad wait", connect(&farsockv1.ConnectRequest{Disconnect: true, Wait: durationpb.New(-time.Second)}), invalidField, "wait", []string{"0 to 86400 seconds"}},
	}
}
