//go:build linux

package rpc_test

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

var directedUnary = []directed{
	{"Send with an offset, repeated and beside", everywhere, func(w *world) {
		w.unarySend("ann", 0, 5)
		w.unarySend("ann", 0, 5)
		w.unarySend("ann", 4, 5)
		w.unarySend("ann", 4, 8)
		w.unarySend("ann", 9, 10)
		w.unarySend("bob", 7, 10)
		w.unarySend("bob", 8, 10)
		w.unarySend("ann", 7, 12)
		w.unarySend("ann", 10, 12)
		w.unarySend("ann", -1, 12)
	}},
	{"Send without a holder between two of one", everywhere, func(w *world) {
		w.unarySend("ann", 0, 5)
		w.unarySend("", 0, 2)
		w.unarySend("ann", 4, 9)
		w.unarySend("ann", 7, 9)
		w.unarySend("ann", 6, 9)
	}},
	{"Send goes on where a stream was cut, and the other way", everywhere, func(w *world) {
		w.on("ann")
		w.data(0, 9)
		w.cut()
		w.left()
		w.unarySend("ann", 0, 12)
		w.on("ann", sendFrom(2))
		w.data(2, 15)
		w.settle()
		w.cut()
		w.unarySend("ann", 0, 17)
	}},
	{"unary calls while a stream is attached", everywhere, func(w *world) {
		w.on("ann")
		w.peerWrites(5)
		w.settle()
		w.unarySend("ann", 0, 5)
		w.unarySend("", 0, 5)
		w.unaryReceive(proto.Int64(0), 5)
		w.unaryReceive(nil, 5)
		w.unaryAck(0)
		w.sends(5)
	}},
	{"MANUAL receives, then a stream", everywhere, func(w *world) {
		w.peerWrites(9)
		w.unaryReceive(proto.Int64(0), 5)
		w.unaryReceive(proto.Int64(1), 9)
		w.unaryReceive(proto.Int64(w.m.read.lo), 9)
		w.unaryAck(2)
		w.unaryReceive(proto.Int64(1), 9)
		w.on("ann")
		w.settle()
		w.cut()
		w.unaryReceive(proto.Int64(2), 3)
		w.unaryReceive(nil, 4)
	}},
	{"Ack at each edge", everywhere, func(w *world) {
		w.peerWrites(9)
		w.unaryReceive(proto.Int64(0), 9)
		w.unaryAck(w.m.read.lo + 1)
		w.unaryAck(-1)
		w.unaryAck(2)
		w.unaryAck(1)
		w.unaryAck(w.m.read.lo)
		w.unaryAck(w.m.read.lo)
	}},
	{"what a cancelled Receive had found stays", streams, func(w *world) {
		w.peerWrites(4)
		ctx, cancel := context.WithCancel(w.ctx)
		returned := make(chan error, 1)
		go func() {
			_, err := w.h.sockets.Receive(ctx, &farsockv1.ReceiveRequest{Socket: uid(w.socket), Until: &farsockv1.ReceiveRequest_Exactly{Exactly: 10}})
			returned <- err
		}()
		w.m.read.widen(4)
		w.poll("the bytes are held", func(s *farsockv1.Socket) bool { return s.GetHeldBytes() == 4 })
		cancel()
		if err := <-returned; status.Code(err) != codes.Canceled {
			w.Fatalf("the receive ended with %v", err)
		}
		w.unaryReceive(nil, 10)
	}},
	{"what a cancelled Receive had found comes to a stream", streams, func(w *world) {
		w.peerWrites(4)
		w.m.read.widen(4)
		w.elapsed(10)
		w.seen()
		w.on("ann")
		w.settle()
	}},
	{"a Send repeated while the first still waits", streams, func(w *world) {
		w.must(w.peer.stall(true))
		const all = 1 << 20
		type answer struct {
			resp *farsockv1.SendResponse
			err  error
		}
		answers := make(chan answer, 2)
		send := func() {
			resp, err := w.h.sockets.Send(w.ctx, &farsockv1.SendRequest{Socket: uid(w.socket), Data: bytesOf("ann", 0, all), Offset: proto.Int64(0), Holder: "ann"})
			answers <- answer{resp, err}
		}
		go send()
		w.m.writes("ann", 0, all)
		w.poll("the kernel takes some", func(s *farsockv1.Socket) bool { return s.GetSendOffset() > 0 })
		go send()
		w.must(w.peer.stall(false))
		skipped, applied := int64(0), int64(0)
		for range 2 {
			a := <-answers
			w.must(a.err)
			if a.resp.GetOutcome().GetCode() != outcomeDone || a.resp.GetSendOffset() != all {
				w.Fatalf("%v", a.resp)
			}
			skipped += a.resp.GetSkipped()
			applied += a.resp.GetApplied()
		}
		if skipped != all || applied != all {
			w.Fatalf("skipped %d, applied %d", skipped, applied)
		}
		w.m.settleApplied(all)
		w.peerHas(all)
	}},
	{"a Send whose response is thrown away", everywhere, func(w *world) {
		for range 10 {
			ctx, cancel := context.WithCancel(w.ctx)
			at := w.m.applied.lo
			req := &farsockv1.SendRequest{Socket: uid(w.socket), Offset: &at, Holder: "ann"}
			if w.m.datagrams {
				req.Datagrams = []*farsockv1.Datagram{{Data: datagramOf("ann", at)}}
			} else {
				req.Data = bytesOf("ann", at, at+1)
			}
			returned := make(chan error, 1)
			go func() {
				_, err := w.h.sockets.Send(ctx, req)
				returned <- err
			}()
			if w.m.datagrams && refusedOf("ann", at) {
				w.m.writes("ann", at, at)
			} else {
				w.m.writes("ann", at, at+1)
			}
			cancel()
			if err := <-returned; err != nil && !errors.Is(err, context.Canceled) && status.Code(err) != codes.Canceled {
				w.Fatalf("%v", err)
			}
			// The call may be under way still; a repeat waits for its turn.
			resp, err := w.h.sockets.Send(w.ctx, req)
			w.must(err)
			if w.m.datagrams && refusedOf("ann", at) {
				w.figures()
				w.m.settleApplied(at)
				return
			}
			if resp.GetSendOffset() != at+1 {
				w.Fatalf("%v", resp)
			}
			w.m.settleApplied(at + 1)
			w.peerHas(at + 1)
		}
	}},
}

// elapsed receives exactly so many bytes, which do not come.
func (w *world) elapsed(n int32) *farsockv1.ReceiveResponse {
	w.Helper()
	resp, err := w.h.sockets.Receive(w.ctx, &farsockv1.ReceiveRequest{Socket: uid(w.socket),
		Until: &farsockv1.ReceiveRequest_Exactly{Exactly: n}, Wait: durationpb.New(time.Millisecond)})
	w.must(err)
	if resp.GetOutcome().GetCode() != waitElapsed {
		w.Fatalf("%v", resp)
	}
	return resp
}
