//go:build linux

package rpc_test

import (
	"bytes"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// answered holds the status of a unary call against the reasons for which it
// has to be refused; it tells whether the call was taken.
func (w *world) answered(err error, refusals ...farsockv1.ErrorReason) bool {
	w.Helper()
	if err == nil {
		if len(refusals) > 0 {
			w.Fatalf("taken, the model has %v", refusals)
		}
		return true
	}
	r := w.refusal(err)
	for _, want := range refusals {
		if r == want {
			return false
		}
	}
	w.Fatalf("refused with %v, the model has %v", err, refusals)
	return false
}

// attachedRefusal is why unary calls are refused while a stream is attached.
func (w *world) attachedRefusal() []farsockv1.ErrorReason {
	w.left()
	if w.m.attached {
		return []farsockv1.ErrorReason{farsockv1.ErrorReason_ERROR_REASON_ATTACHED}
	}
	return nil
}

// unarySend sends what a holder writes between two offsets; without a holder it
// appends. The peer reads meanwhile.
func (w *world) unarySend(holder string, from, to int64) {
	w.Helper()
	refusals := w.attachedRefusal()
	m := w.m
	at := m.applied.lo
	req := &farsockv1.SendRequest{Socket: uid(w.socket), Wait: durationpb.New(patience)}
	if holder == "" {
		from, to = at, at+to-from
	} else {
		req.Offset, req.Holder = proto.Int64(from), holder
	}
	if m.datagrams {
		for i := from; i < to; i++ {
			req.Datagrams = append(req.Datagrams, &farsockv1.Datagram{Data: datagramOf(holder, i)})
		}
	} else {
		req.Data = bytesOf(holder, from, to)
	}
	if holder != "" && from < 0 {
		refusals = append(refusals, reasonInvalid)
	}
	if holder != "" && len(refusals) == 0 {
		if from > at {
			refusals = append(refusals, outside)
		} else if !m.known(holder, from, min(to, at)) {
			refusals = append(refusals, farsockv1.ErrorReason_ERROR_REASON_HOLDER_CHANGED)
		}
	}
	resp, err := w.h.sockets.Send(w.ctx, req)
	if !w.answered(err, refusals...) {
		return
	}
	skipped := min(max(0, at-from), to-from)
	until, code := to, outcomeDone
	for i := from + skipped; m.datagrams && i < to; i++ {
		if refusedOf(holder, i) { // the first refused ends a batch, and has no number
			until, code = i, farsockv1.OutcomeCode_OUTCOME_CODE_MESSAGE_TOO_LARGE
			break
		}
	}
	if m.shut && until > at {
		until, code = at, farsockv1.OutcomeCode_OUTCOME_CODE_BROKEN_PIPE
	}
	now := max(at, until)
	if resp.GetSkipped() != skipped || resp.GetSendOffset() != now || resp.GetOutcome().GetCode() != code {
		w.Fatalf("%q sends %d to %d, applied %d: %v, want skipped %d, outcome %v, send_offset %d", holder, from, to, at, resp, skipped, code, now)
	}
	if applied := resp.GetApplied(); !m.datagrams && applied != now-at {
		w.Fatalf("applied %d, want %d", applied, now-at)
	}
	m.writes(holder, at, now)
	m.settleApplied(now)
	w.peerHas(now)
}

// peerHas waits until the peer, if it reads, has read everything.
func (w *world) peerHas(to int64) {
	w.Helper()
	if w.gone || w.peer.stalled() {
		return
	}
	if _, err := w.peer.await(w.m.arrived(to)); err != nil {
		w.Fatalf("the peer has not read all %d: %v", to, err)
	}
	w.verify()
}

// unaryReceive receives up to so many bytes (datagrams): with an offset, and so
// MANUAL, or AUTO without. The peer has not ended.
func (w *world) unaryReceive(at *int64, max int64) {
	w.Helper()
	refusals := w.attachedRefusal()
	m := w.m
	req := &farsockv1.ReceiveRequest{Socket: uid(w.socket), Wait: durationpb.New(time.Duration(0))}
	from := m.acked.lo
	if at != nil {
		req.Ack, req.Offset = manual, at
		from = *at
		if len(refusals) == 0 && (from < m.acked.lo || from > m.read.lo) {
			refusals = append(refusals, outside)
		}
		if from < 0 {
			refusals = append(refusals, reasonInvalid)
		}
	}
	if m.datagrams {
		req.MaxDatagrams = proto.Int32(int32(max))
	} else {
		req.MaxBytes = proto.Int32(int32(max))
	}
	if from < m.wrote {
		req.Wait = durationpb.New(patience)
	}
	resp, err := w.h.sockets.Receive(w.ctx, req)
	if !w.answered(err, refusals...) {
		return
	}
	if from >= m.wrote {
		if resp.GetOutcome().GetCode() != wouldBlock {
			w.Fatalf("received %v, the peer wrote nothing", resp)
		}
		return
	}
	n := int64(len(resp.GetData()) + len(resp.GetDatagrams()))
	if resp.GetOutcome().GetCode() != outcomeDone || resp.GetOffset() != from || n < 1 || n > max || from+n > m.wrote {
		w.Fatalf("received %v of %d at %d, outcome %v; want some from %d on, at most %d", n, max, resp.GetOffset(), resp.GetOutcome(), from, m.wrote)
	}
	if !m.datagrams && !bytes.Equal(resp.GetData(), bytesOf(peerName, from, from+n)) {
		w.Fatalf("the %d bytes at %d are not what the peer wrote", n, from)
	}
	for i, d := range resp.GetDatagrams() {
		if !bytes.Equal(d.GetData(), datagramOf(peerName, from+int64(i))) {
			w.Fatalf("datagram %d is not what the peer wrote", from+int64(i))
		}
	}
	m.read.atLeast(from + n)
	if from <= m.handed.lo {
		m.handed.atLeast(from + n)
	}
	if at == nil {
		m.acked = exactly(from + n)
	}
	// A receive may read ahead of what it returns, but for a condition only.
	m.handed.hi = min(m.handed.hi, m.read.lo)
	w.figures()
}

// unaryAck acknowledges.
func (w *world) unaryAck(to int64) {
	w.Helper()
	refusals := w.attachedRefusal()
	m := w.m
	switch {
	case to < 0:
		refusals = append(refusals, reasonInvalid)
	case len(refusals) == 0 && to > m.read.lo:
		refusals = append(refusals, outside)
	}
	resp, err := w.h.sockets.Ack(w.ctx, &farsockv1.AckRequest{Socket: uid(w.socket), Offset: &to})
	if !w.answered(err, refusals...) {
		return
	}
	m.acked = exactly(max(m.acked.lo, to))
	m.handed.atLeast(m.acked.lo)
	if resp.GetAckedOffset() != m.acked.lo {
		w.Fatalf("acked %d, want %d", resp.GetAckedOffset(), m.acked.lo)
	}
	w.figures()
}
