//go:build linux

package rpc_test

import (
	"context"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// What a stream is put through; each is a byte modulo their number.
const (
	doMessage = iota
	doMessages
	doAttach
	doPeerSends
	doPeerEnds
	doHalfClose
	doCancel
	doOtherStream
	doUnary
	doAck
	streamActions
)

// maxStreamActions bounds the actions of one input.
const maxStreamActions = 24

// FuzzStream puts two streams that want the same sockets through sequences of
// messages, good and bad ones, while their peers send and end.
func FuzzStream(f *testing.F) {
	netns := fuzzNamespace(f)
	for _, actions := range [][]byte{
		{doAttach, doMessage, doPeerSends, doHalfClose, doPeerEnds},
		{doAttach, doMessages, doMessages, doPeerEnds, doMessage},
		{doAttach, doPeerSends, doCancel, doAttach, doMessage, doAck},
		{doAttach, doMessage, doOtherStream, doAttach, doMessage, doOtherStream, doMessage},
		{doAttach, doUnary, doPeerSends, doCancel, doUnary, doAttach},
		{doMessage, doAttach}, {doAck}, {doHalfClose}, {doAttach, doHalfClose}, {doAttach, doAttach},
	} {
		var plain, manual []byte
		for _, a := range actions {
			plain, manual = append(plain, byte(a)), append(manual, byte(a))
			if a == doAttach {
				plain = append(plain, make([]byte, 9)...)
				manual = append(manual, 0, 0, 0, 0, 0x80, 2, 0, 0, 0, 0) // ack: the enum's second value
			} else {
				plain, manual = append(plain, make([]byte, 8)...), append(manual, make([]byte, 8)...)
			}
		}
		f.Add(plain)
		f.Add(manual)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		w := newFuzzWorld(t, netns)
		fill := &filler{in: in, world: w}
		streams := [2]*fuzzStream{}
		now := 0
		for n := 0; fill.more() && n < maxStreamActions; n++ {
			if streams[now] == nil {
				streams[now] = newFuzzStream(t, w)
			}
			action := int(fill.byte()) % streamActions
			if action == doOtherStream {
				now = 1 - now
				continue
			}
			if streams[now].act(fill, action); action == doCancel {
				streams[now] = nil
			}
		}
		// A stream whose socket is closed has to end, whatever it was put through.
		for name, uid := range w.uids {
			_, err := w.sockets.Close(w.ctx(), &farsockv1.CloseRequest{Socket: wire.SocketUID(uid), Abort: true})
			if err != nil && reasonOf(err) != noSocket {
				t.Fatalf("closing %s: %v", name, err)
			}
		}
		for _, s := range streams {
			if s != nil {
				s.end()
			}
		}
	})
}

func (s *fuzzStream) act(fill *filler, action int) {
	switch action {
	case doMessage:
		s.send(fill, 1)
	case doMessages:
		s.send(fill, 3)
	case doAttach:
		attach := &farsockv1.Attach{}
		fill.message(attach.ProtoReflect())
		fill.offset = max(attach.GetSendFrom(), 0)
		s.put(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: attach}})
	case doAck:
		s.put(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Ack{Ack: &farsockv1.StreamAck{Offset: s.got.Load() + fill.number()}}})
	case doPeerSends:
		s.world.peerSends(pick(fill, []string{"peer", "sink"}), fill.raw())
	case doPeerEnds:
		s.world.peerEnds(pick(fill, []string{"peer", "sink"}), fill.byte())
	case doUnary:
		s.world.unary(fill)
	case doHalfClose:
		s.halfClose()
	case doCancel:
		s.finish()
	}
}

// beside are the calls that a stream may meet on its socket.
var beside = []func(context.Context, *fuzzWorld, *filler) error{
	func(ctx context.Context, w *fuzzWorld, fill *filler) error {
		req := &farsockv1.SendRequest{}
		fill.message(req.ProtoReflect())
		_, err := w.sockets.Send(ctx, req)
		return err
	},
	func(ctx context.Context, w *fuzzWorld, fill *filler) error {
		req := &farsockv1.ReceiveRequest{}
		fill.message(req.ProtoReflect())
		_, err := w.sockets.Receive(ctx, req)
		return err
	},
	func(ctx context.Context, w *fuzzWorld, fill *filler) error {
		req := &farsockv1.AckRequest{}
		fill.message(req.ProtoReflect())
		_, err := w.sockets.Ack(ctx, req)
		return err
	},
	func(ctx context.Context, w *fuzzWorld, fill *filler) error {
		req := &farsockv1.ShutdownRequest{}
		fill.message(req.ProtoReflect())
		_, err := w.sockets.Shutdown(ctx, req)
		return err
	},
	func(ctx context.Context, w *fuzzWorld, fill *filler) error {
		req := &farsockv1.ConnectRequest{Socket: "sessions/t/sockets/tcp", Disconnect: true}
		_, err := w.sockets.Connect(ctx, req)
		return err
	},
}

// unary does one of them; it may be refused, with a reason.
func (w *fuzzWorld) unary(fill *filler) {
	if err := pick(fill, beside)(w.ctx(), w, fill); err != nil {
		if info, ours := wire.InfoOf(err); !ours || info.Code == codes.Internal || info.Code == codes.Unknown {
			w.t.Fatal(err)
		}
	}
}

// peerSends sends from the other end of a stream's socket; that may be gone, or
// attached itself.
func (w *fuzzWorld) peerSends(name string, data []byte) {
	req := &farsockv1.SendRequest{Socket: wire.SocketUID(w.uids[name]), Data: data, DontWait: true}
	if name == "sink" {
		resp, err := w.sockets.GetSocket(w.ctx(), &farsockv1.GetSocketRequest{Name: wire.SocketUID(w.uids["udp"])})
		if err != nil {
			return
		}
		req.To = resp.GetSocket().GetLocal()
	}
	_, err := w.sockets.Send(w.ctx(), req)
	info, _ := wire.InfoOf(err)
	if err != nil && !slices.Contains([]codes.Code{codes.FailedPrecondition, codes.NotFound}, info.Code) {
		w.t.Fatal(err)
	}
}

// peerEnds ends the other end of a stream's socket in one of three ways.
func (w *fuzzWorld) peerEnds(name string, how byte) {
	ctx, uid := w.ctx(), wire.SocketUID(w.uids[name])
	var err error
	switch how % 3 {
	case 0:
		_, err = w.sockets.Shutdown(ctx, &farsockv1.ShutdownRequest{Socket: uid, How: farsockv1.ShutdownHow_SHUTDOWN_HOW_WRITE})
	case 1:
		_, err = w.sockets.Close(ctx, &farsockv1.CloseRequest{Socket: uid})
	case 2:
		_, err = w.sockets.Close(ctx, &farsockv1.CloseRequest{Socket: uid, Abort: true})
	}
	if err != nil && reasonOf(err) != noSocket {
		w.t.Fatal(err)
	}
}
