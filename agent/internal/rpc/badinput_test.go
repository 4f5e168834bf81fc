//go:build linux

package rpc_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// badRow is a request that must change nothing.
type badRow struct {
	name   string
	call   func(context.Context, *harness) error
	reason farsockv1.ErrorReason
	field  string   // of the violation, or of OUT_OF_RANGE's metadata
	says   []string // what the description must name, the range above all
}

const (
	invalidField = farsockv1.ErrorReason_ERROR_REASON_INVALID_FIELD
	unknownField = farsockv1.ErrorReason_ERROR_REASON_UNKNOWN_FIELD
	noSession    = farsockv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND
	noSocket     = farsockv1.ErrorReason_ERROR_REASON_SOCKET_NOT_FOUND
	restarted    = farsockv1.ErrorReason_ERROR_REASON_AGENT_RESTARTED
	outOfRange   = farsockv1.ErrorReason_ERROR_REASON_OFFSET_OUT_OF_RANGE
)

var codeOf = map[farsockv1.ErrorReason]codes.Code{
	invalidField: codes.InvalidArgument,
	unknownField: codes.Unimplemented,
	noSession:    codes.NotFound,
	noSocket:     codes.NotFound,
	restarted:    codes.NotFound,
	outOfRange:   codes.OutOfRange,
	farsockv1.ErrorReason_ERROR_REASON_SOCKET_EXISTS:  codes.AlreadyExists,
	farsockv1.ErrorReason_ERROR_REASON_SESSION_EXISTS: codes.AlreadyExists,
	farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED:  codes.FailedPrecondition,

	farsockv1.ErrorReason_ERROR_REASON_NETWORK_NAMESPACE_UNUSABLE: codes.FailedPrecondition,
}

// The valid requests that rows spoil.

func open(spoil func(*farsockv1.OpenRequest)) func(context.Context, *harness) error {
	return func(ctx context.Context, h *harness) error {
		m := &farsockv1.OpenRequest{
			Session: "sessions/t", Family: farsockv1.Family_FAMILY_INET,
			Type: farsockv1.SocketType_SOCKET_TYPE_STREAM,
		}
		spoil(m)
		_, err := h.sockets.Open(ctx, m)
		return err
	}
}

func receive(spoil func(*farsockv1.ReceiveRequest)) func(context.Context, *harness) error {
	return func(ctx context.Context, h *harness) error {
		m := &farsockv1.ReceiveRequest{Socket: "sessions/t/sockets/tcp", Wait: durationpb.New(0)}
		spoil(m)
		_, err := h.sockets.Receive(ctx, m)
		return err
	}
}

func send(spoil func(*farsockv1.SendRequest)) func(context.Context, *harness) error {
	return func(ctx context.Context, h *harness) error {
		m := &farsockv1.SendRequest{Socket: "sessions/t/sockets/tcp", Data: []byte("x")}
		spoil(m)
		_, err := h.sockets.Send(ctx, m)
		return err
	}
}

func setOption(o *farsockv1.SocketOption) func(context.Context, *harness) error {
	return func(ctx context.Context, h *harness) error {
		_, err := h.sockets.SetOptions(ctx, &farsockv1.SetOptionsRequest{
			Socket: "sessions/t/sockets/tcp", Options: []*farsockv1.SocketOption{o},
		})
		return err
	}
}

func poll(items ...*farsockv1.PollItem) func(context.Context, *harness) error {
	return func(ctx context.Context, h *harness) error {
		_, err := h.sockets.Poll(ctx, &farsockv1.PollRequest{Items: items, Wait: durationpb.New(0)})
		return err
	}
}

func attach(spoil func(*farsockv1.Attach)) func(context.Context, *harness) error {
	return stream(func(m *farsockv1.StreamRequest) { spoil(m.GetAttach()) })
}

// stream sends an attach and then, if given, a second message.
func stream(spoil func(*farsockv1.StreamRequest), then ...*farsockv1.StreamRequest) func(context.Context, *harness) error {
	return streamOn("sessions/t/sockets/tcp", spoil, then...)
}

func streamOn(socket string, spoil func(*farsockv1.StreamRequest), then ...*farsockv1.StreamRequest) func(context.Context, *harness) error {
	return func(ctx context.Context, h *harness) error {
		st, err := h.sockets.Stream(ctx)
		if err != nil {
			return err
		}
		h.epoch++
		first := &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: &farsockv1.Attach{
			Socket: socket, Holder: "h", Epoch: h.epoch,
		}}}
		if spoil != nil {
			spoil(first)
		}
		for _, m := range append([]*farsockv1.StreamRequest{first}, then...) {
			if err := st.Send(m); err != nil {
				break // the reason is what Recv returns
			}
		}
		for {
			if _, err := st.Recv(); err != nil {
				return err
			}
		}
	}
}

func streamData(m *farsockv1.StreamSend) *farsockv1.StreamRequest {
	return &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Data{Data: m}}
}

// unknown adds field 999 to a message.
func unknown(m proto.Message) {
	raw := protowire.AppendTag(nil, 999, protowire.VarintType)
	m.ProtoReflect().SetUnknown(protowire.AppendVarint(raw, 7))
}

func inet(host string, port int32) *farsockv1.Address {
	return &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: host, Port: &port}}}
}

func zeros(n int) []byte { return make([]byte, n) }

func long(n int) string { return strings.Repeat("x", n) }

func TestBadInput(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	h.tcpPair("t", "tcp", "peer")
	h.open(&farsockv1.OpenRequest{Session: "sessions/t", Name: "udp",
		Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM, Bind: inet("127.0.0.1", 0)})
	// Connected, since a Stream that is refused may have met an error to count by then.
	path := unixPath(t.TempDir() + "/packets")
	h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: farsockv1.Family_FAMILY_UNIX, Type: seqpacket, Bind: path, Listen: &farsockv1.ListenStage{}})
	h.open(&farsockv1.OpenRequest{Session: "sessions/t", Name: "packets", Family: farsockv1.Family_FAMILY_UNIX, Type: seqpacket, Connect: path})
	before, fds := h.everything("t"), openFDs(t)

	rows := badRows()
	if len(rows) < 70 {
		t.Fatalf("only %d rows", len(rows))
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			err := row.call(ctx, h)
			info, ok := wire.InfoOf(err)
			if !ok {
				t.Fatalf("not an error of ours: %v", err)
			}
			if info.Reason != row.reason || info.Code != codeOf[row.reason] {
				t.Fatalf("got %v %v (%s), want %v %v", info.Code, info.Reason, info.Message, codeOf[row.reason], row.reason)
			}
			field, text := info.Metadata["field"], info.Message
			for _, v := range info.Violations {
				if v.Field == row.field {
					field, text = v.Field, v.Description
				}
			}
			if row.field != "" && field != row.field {
				t.Errorf("names %q %v, want %q", field, info.Violations, row.field)
			}
			for _, s := range row.says {
				if !strings.Contains(text, s) {
					t.Errorf("says %q, without %q", text, s)
				}
			}
		})
	}

	if after := h.everything("t"); !maps.Equal(before, after) {
		t.Errorf("something changed:\nbefore %v\nafter  %v", before, after)
	}
	waitFor(t, "descriptors as before", func() bool { return openFDs(t) == fds })
}
