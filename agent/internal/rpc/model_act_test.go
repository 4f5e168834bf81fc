//go:build linux

package rpc_test

import (
	"slices"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// data sends what the live stream's holder writes between two offsets, and
// holds the answer against the model if that is a refusal.
func (w *world) data(from, to int64) {
	w.Helper()
	m, s := w.m, w.live
	msg := &farsockv1.StreamSend{Offset: from}
	if m.datagrams {
		for i := from; i < to; i++ {
			msg.Datagrams = append(msg.Datagrams, &farsockv1.Datagram{Data: datagramOf(s.holder, i)})
		}
	} else {
		msg.Data = bytesOf(s.holder, from, to)
	}
	s.put(streamData(msg))
	switch {
	case s.closed:
		w.refused(reasonInvalid)
	case from > m.planned:
		w.refused(outside)
	case from < m.begun && !m.known(s.holder, from, min(to, m.begun)):
		w.refused(farsockv1.ErrorReason_ERROR_REASON_HOLDER_CHANGED)
	case to > m.planned && m.ended:
		w.refused(reasonInvalid)
	case to > m.planned:
		if m.told || m.shut { // nothing more is applied, and that is told
			s.asked = true
		} else {
			m.writes(s.holder, m.planned, to)
		}
		m.planned = to
	}
}

// refused wants the live stream to end with a reason, and counts it as gone.
func (w *world) refused(reasons ...farsockv1.ErrorReason) {
	w.Helper()
	w.live.pause(false)
	planned, told := w.m.planned, w.m.told
	st, err := w.live.await(func(st wireState) bool {
		return st.over || st.applied > planned || st.outcome != nil && !told && !w.m.shut && len(w.m.over) == 0
	})
	if err != nil || !st.over {
		w.Fatalf("taken, the model has %v: applied %d %v, %v", reasons, st.applied, st.outcome, err)
	}
	r := w.refusal(st.status)
	for _, want := range reasons {
		if r == want {
			w.stopped()
			return
		}
	}
	w.Fatalf("refused with %v, want %v", err, reasons)
}

// stopped says that the live stream has ended, by its own status.
func (w *world) stopped() {
	st, _, _ := w.live.state()
	w.m.got(st.got)
	w.m.applied.atLeast(st.applied)
	w.live.drop()
	w.live, w.m.attached, w.m.leaving = nil, false, false
	w.seen()
}

// ack acknowledges.
func (w *world) ack(to int64) {
	w.Helper()
	m := w.m
	st, _, fault := w.live.state()
	w.must(fault)
	w.live.put(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Ack{Ack: &farsockv1.StreamAck{Offset: to}}})
	switch {
	case to < 0 || !m.manual:
		w.refused(reasonInvalid)
	case to > m.read.hi:
		w.refused(outside)
	case to > st.got:
		w.Fatalf("an ack of %d with %d got and perhaps %d sent has no certain answer", to, st.got, m.read.hi)
	default:
		m.acked.widen(to)
		m.flows()
	}
}

// closeWrite ends the sending direction.
func (w *world) closeWrite(at int64) {
	w.Helper()
	m := w.m
	w.live.put(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_CloseWrite{CloseWrite: &farsockv1.CloseWrite{Offset: at}}})
	switch {
	case at < 0:
		w.refused(reasonInvalid)
	case at != m.planned:
		w.refused(outside)
	default:
		w.live.asked, w.live.closed, m.unary = true, true, false
	}
	if w.live != nil && len(m.over) == 0 {
		m.shut, m.over = true, []farsockv1.OutcomeCode{outcomeDone}
		if m.cutoff || w.gone {
			m.over = append(m.over, brokenOutcomes...)
		}
	}
}

// brokenOutcomes are what sending may end with when the peer is gone.
var brokenOutcomes = []farsockv1.OutcomeCode{
	farsockv1.OutcomeCode_OUTCOME_CODE_RESET,
	farsockv1.OutcomeCode_OUTCOME_CODE_BROKEN_PIPE,
	farsockv1.OutcomeCode_OUTCOME_CODE_NOT_CONNECTED,
}

// cut breaks the live stream off, whatever is under way.
func (w *world) cut() {
	w.Helper()
	w.live.drop()
	st, _, fault := w.live.state()
	w.must(fault)
	w.m.got(st.got)
	w.m.applied.atLeast(st.applied)
	w.m.leaving = w.m.attached
}

// left waits until the agent has noticed a cut.
func (w *world) left() {
	w.Helper()
	if !w.m.leaving {
		return
	}
	w.poll("detached", func(s *farsockv1.Socket) bool { return !s.GetAttached() })
	w.m.attached, w.m.leaving, w.live = false, false, nil
	w.seen()
}

// peerWrites makes the peer write so much more.
func (w *world) peerWrites(n int64) {
	w.Helper()
	w.must(w.peer.write(w.m.wrote, w.m.wrote+n))
	w.m.wrote += n
	w.m.flows()
}

// peerEnds makes the peer end its sending: by a reset, or in order.
func (w *world) peerEnds(abort bool) {
	w.Helper()
	m := w.m
	if !abort {
		w.must(w.peer.conn.(interface{ CloseWrite() error }).CloseWrite())
		m.how = []farsockv1.OutcomeCode{outcomeDone}
		return
	}
	w.must(w.peer.close(true))
	w.verify()
	w.gone, m.cutoff = true, true
	if len(m.how) == 0 {
		m.how = []farsockv1.OutcomeCode{farsockv1.OutcomeCode_OUTCOME_CODE_RESET}
	}
	if !m.told { // a close_write may be under way
		m.over = slices.Concat(m.over, brokenOutcomes)
	}
}
