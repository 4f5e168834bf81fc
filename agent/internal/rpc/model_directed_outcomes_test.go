//go:build linux

package rpc_test

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

const (
	outcomeReset        = farsockv1.OutcomeCode_OUTCOME_CODE_RESET
	outcomeNotConnected = farsockv1.OutcomeCode_OUTCOME_CODE_NOT_CONNECTED
	outcomeBrokenPipe   = farsockv1.OutcomeCode_OUTCOME_CODE_BROKEN_PIPE
)

// The ends of the directions, told to streams and to unary calls by turns.
var directedOutcomes = []directed{
	{"a reset that only a stream met, to a Receive until the end", tcpOnly, func(w *world) {
		w.on("ann")
		w.peerWrites(3000)
		w.settle()
		w.peerEnds(true)
		w.settle()
		w.cut()
		w.left()
		resp := w.receives(&farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_EndOfStream{EndOfStream: true}})
		if resp.GetOutcome().GetCode() != outcomeDone || len(resp.GetData()) != 3000 || resp.GetEnd() {
			w.Fatalf("%d bytes, end %v, %v", len(resp.GetData()), resp.GetEnd(), resp.GetOutcome())
		}
		w.ends(outcomeReset, nil)
		w.ends(outcomeDone, nil)
		w.on("bob")
		w.settle()
	}},
	{"a reset that AUTO streams met", tcpOnly, func(w *world) {
		for range 2 {
			w.on("ann", auto)
			if !w.gone {
				w.peerWrites(10)
				w.settle()
				w.peerEnds(true)
			}
			w.settle()
			w.cut()
			w.left()
		}
		w.ends(outcomeReset, nil)
		w.ends(outcomeDone, nil)
	}},
	{"a reset that a MANUAL Receive met, and a stream between", tcpOnly, func(w *world) {
		w.peerWrites(100)
		for w.m.read.lo < 100 {
			w.unaryReceive(proto.Int64(w.m.read.lo), 100)
		}
		w.peerEnds(true)
		w.ends(outcomeReset, proto.Int64(100))
		w.ends(outcomeReset, proto.Int64(100))
		w.on("ann")
		w.settle()
		w.ack(50)
		w.cut()
		w.left()
		w.ends(outcomeReset, proto.Int64(100))
		w.on("ann", receiveFrom(100))
		w.settle()
		w.ack(100)
		w.settle()
		w.cut()
		w.left()
		w.ends(outcomeReset, proto.Int64(100))
		w.unaryAck(100)
		w.ends(outcomeDone, proto.Int64(100))
		w.on("ann")
		w.settle()
	}},
	{"a reset that a stream's send was told, to a Receive", tcpOnly, func(w *world) {
		w.toldBySend()
		w.ends(outcomeReset, nil)
		w.ends(outcomeDone, nil)
		w.on("bob")
		w.settle()
	}},
	{"a reset that a stream's send was told, to SO_ERROR", tcpOnly, func(w *world) {
		w.toldBySend()
		for _, want := range []string{"ECONNRESET", ""} {
			if got := w.pendingError(); got != want {
				w.Fatalf("SO_ERROR %q, want %q", got, want)
			}
		}
		w.ends(outcomeDone, nil)
	}},
	{"a reset that only a stream met, to SO_ERROR", tcpOnly, func(w *world) {
		w.on("ann", auto)
		w.peerEnds(true)
		w.settle()
		w.cut()
		w.left()
		if got := w.pendingError(); got != "ECONNRESET" {
			w.Fatalf("SO_ERROR %q", got)
		}
		w.ends(outcomeDone, nil)
	}},
	{"Shutdown is how sending ended", everywhere, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.cut()
		w.shutdown()
		w.on("ann", sendFrom(0))
		w.data(0, 5)
		w.closeWrite(5)
		w.data(5, 6) // whose refusal says that the close_write was judged
		w.on("bob")
		w.data(5, 6)
		w.on("ann")
		w.closeWrite(5)
		w.settle()
	}},
	{"data behind a Shutdown is answered by the kernel", streams, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.cut()
		w.shutdown()
		w.on("ann")
		w.data(5, 9)
		st, err := w.live.await(func(st wireState) bool { return st.outcome != nil })
		w.must(err)
		if st.outcome.GetCode() != outcomeBrokenPipe || st.applied != 5 {
			w.Fatalf("applied %d, %v", st.applied, st.outcome)
		}
		w.on("ann") // which is told DONE again
		w.closeWrite(5)
		w.settle()
	}},
	{"data behind a finished close_write", connected, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.closeWrite(5)
		w.settle()
		w.on("ann")
		w.data(5, 6)
		w.on("ann")
		w.data(3, 6)
		w.on("ann")
		w.data(0, 5)
		w.closeWrite(5)
		w.settle()
		w.on("bob", steal)
		w.closeWrite(5)
		w.settle()
	}},
}

// shutdown shuts the sending direction down without a stream.
func (w *world) shutdown() {
	w.Helper()
	w.left()
	resp, err := w.h.sockets.Shutdown(w.ctx, &farsockv1.ShutdownRequest{Socket: uid(w.socket), How: farsockv1.ShutdownHow_SHUTDOWN_HOW_WRITE})
	w.must(err)
	if resp.GetOutcome().GetCode() != outcomeDone {
		w.Fatalf("%v", resp)
	}
	w.m.shut, w.m.unary, w.m.told, w.m.over = true, true, true, []farsockv1.OutcomeCode{outcomeDone}
}

// resetTheWrite makes the kernel tell a stream's write of a reset, and returns
// when the stream has received everything.
func (w *world) resetTheWrite() {
	w.Helper()
	w.on("ann", window(4096))
	w.peerWrites(9000)
	w.settle()
	w.must(w.peer.stall(true))
	for range 40 {
		w.data(w.m.planned, w.m.planned+30000)
	}
	w.peerEnds(true)
	w.wantsOutcome()
	for w.live.ended() == nil {
		w.ack(w.m.read.hi)
		w.settleReceiving()
	}
}

// toldBySend makes the kernel tell a stream's write of a reset, and leaves when
// the stream has received everything.
func (w *world) toldBySend() {
	w.Helper()
	w.resetTheWrite()
	w.ack(w.m.read.lo)
	w.poll("all is acknowledged", func(s *farsockv1.Socket) bool { return s.GetAckedOffset() == s.GetReadOffset() })
	w.cut()
	w.left()
}

func (w *world) receives(req *farsockv1.ReceiveRequest) *farsockv1.ReceiveResponse {
	w.Helper()
	req.Socket, req.Wait = uid(w.socket), durationpb.New(patience)
	resp, err := w.h.sockets.Receive(w.ctx, req)
	w.must(err)
	w.m.read.widen(w.m.wrote)
	w.m.acked.widen(w.m.wrote)
	w.seen()
	return resp
}

// ends wants a unary Receive to tell the end, with everything received before:
// from an offset, and so MANUAL, or AUTO without.
func (w *world) ends(how farsockv1.OutcomeCode, at *int64) {
	w.Helper()
	req := &farsockv1.ReceiveRequest{Offset: at}
	if at != nil {
		req.Ack = manual
	}
	if resp := w.receives(req); resp.GetOutcome().GetCode() != how || !resp.GetEnd() {
		w.Fatalf("%v, end %v, want %v", resp.GetOutcome(), resp.GetEnd(), how)
	}
}

// pendingError is SO_ERROR.
func (w *world) pendingError() string {
	w.Helper()
	resp, err := w.h.sockets.GetOptions(w.ctx, &farsockv1.GetOptionsRequest{Socket: uid(w.socket), Names: []string{"error"}})
	w.must(err)
	return resp.GetOptions()[0].GetError()
}
