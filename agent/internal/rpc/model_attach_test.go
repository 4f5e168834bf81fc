//go:build linux

package rpc_test

import (
	"slices"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// defaultWindow is the window of a stream that names none.
const defaultWindow = 1 << 20

// attach sends an attach, as whoever, and holds the answer against the model.
// It returns nil if the attach was refused.
func (w *world) attach(a *farsockv1.Attach) *wireStream {
	w.Helper()
	a.Socket = uid(w.socket)
	v := w.m.judge(a)
	var s *wireStream
	var st wireState
	for {
		var err error
		s, err = openStream(w.ctx, w.h.sockets, a, w.m.datagrams, w.errorAt)
		w.must(err)
		st, err = s.await(func(st wireState) bool { return st.begin != nil || st.over })
		w.must(err)
		if st.begin != nil || !w.m.leaving || v.certain || reasonOf(st.status) != farsockv1.ErrorReason_ERROR_REASON_ATTACHED {
			break
		}
		s.drop() // the cut stream is still there for a moment: try again, as a client does
	}
	if st.begin == nil {
		s.drop()
		if r := w.refusal(st.status); !slices.Contains(v.possible, r) {
			w.Fatalf("attach %v refused with %v, the model has %v", a, r, v.possible)
		} else if !v.certain && (r == outside || r == farsockv1.ErrorReason_ERROR_REASON_HOLDER_CHANGED) {
			w.fencedInVain(a)
		}
		return nil
	}
	if v.certain {
		w.Fatalf("attach %v was taken, the model has %v", a, v.possible)
	}
	w.retire(a)
	w.begun(a, st.begin)
	s.tellsFrom = st.begin.GetSendApplied()
	if a.SendFrom != nil {
		s.tellsFrom = a.GetSendFrom()
	}
	w.live, w.paused = s, false
	_, err := s.await(func(st wireState) bool { return st.retold })
	w.must(err)
	return s
}

// fencedInVain looks whether an attach was refused only after it had fenced
// the live stream, which moved the offsets meanwhile.
func (w *world) fencedInVain(a *farsockv1.Attach) {
	w.Helper()
	if !w.m.attached || w.m.leaving {
		return
	}
	resp, err := w.h.sockets.GetSocket(w.ctx, &farsockv1.GetSocketRequest{Name: uid(w.socket)})
	w.must(err)
	if !resp.GetSocket().GetAttached() {
		w.retire(a)
		w.m.stolen(a)
		w.seen()
	}
}

// retire holds the end of the stream that another has taken the place of
// against the model.
func (w *world) retire(by *farsockv1.Attach) {
	w.Helper()
	old := w.live
	if old == nil {
		return
	}
	err, fault := old.finished()
	w.must(fault)
	st, _, _ := old.state()
	w.m.got(st.got)
	if w.m.attached && !w.m.leaving {
		if r := w.refusal(err); r != farsockv1.ErrorReason_ERROR_REASON_FENCED {
			w.Fatalf("%s's stream ended with %v when %v took its place", old.holder, err, by)
		}
	}
	old.drop()
	w.live, w.m.attached, w.m.leaving = nil, false, false
}

// begun holds what attached says against the model.
func (w *world) begun(a *farsockv1.Attach, b *farsockv1.Attached) {
	w.Helper()
	m := w.m
	w.narrow("attached.send_applied", &m.applied, b.GetSendApplied())
	m.settleApplied(b.GetSendApplied())
	if a.ReceiveFrom != nil {
		m.acked = exactly(a.GetReceiveFrom())
	}
	w.narrow("attached.receive_begin", &m.acked, b.GetReceiveBegin())
	w.narrow("attached.receive_end", &m.read, b.GetReceiveEnd())
	if b.GetReceiveBegin() > b.GetReceiveEnd() {
		w.Fatalf("attached: receive_begin %d, receive_end %d", b.GetReceiveBegin(), b.GetReceiveEnd())
	}
	m.handed.atLeast(b.GetReceiveBegin())
	w.sendOutcome("attached", b.GetSendOutcome())
	if b.GetEnd() != nil {
		w.endSeen("attached", b.GetEnd())
		if b.GetEnd().GetOffset() != b.GetReceiveEnd() {
			w.Fatalf("attached: the end is at %d, receive_end %d", b.GetEnd().GetOffset(), b.GetReceiveEnd())
		}
	}
	window := int64(a.GetWindow())
	if a.Window == nil {
		window = defaultWindow
	}
	m.took(a, window)
	m.ended = b.GetSendOutcome().GetCode() == outcomeDone && !m.unary
	m.flows()
}

// sendOutcome holds the outcome of sending against the model, which knows from
// then on which of the possible ones it is.
func (w *world) sendOutcome(where string, o *farsockv1.Outcome) {
	w.Helper()
	m := w.m
	switch {
	case o == nil && m.told:
		w.Fatalf("%s: no outcome of sending, of which %v was told", where, m.over)
	case o == nil && m.shut: // that close_write was never applied
		m.shut, m.over = false, m.over[1:]
	case o == nil:
	case !slices.Contains(m.over, o.GetCode()):
		w.Fatalf("%s: sending ended with %v, the model has %v", where, o, m.over)
	default:
		m.told, m.over = true, []farsockv1.OutcomeCode{o.GetCode()}
	}
}

// endSeen holds an end against the model, likewise.
func (w *world) endSeen(where string, e *farsockv1.End) {
	w.Helper()
	m := w.m
	code := e.GetHow().GetCode()
	if !slices.Contains(m.how, code) || e.GetOffset() > m.wrote || !m.cutoff && e.GetOffset() < m.wrote {
		w.Fatalf("%s: the end is %v, the peer wrote %d and the model has %v", where, e, m.wrote, m.how)
	}
	m.how, m.cutoff, m.wrote = []farsockv1.OutcomeCode{code}, false, e.GetOffset()
	w.narrow(where+": the end's offset", &m.read, max(e.GetOffset(), m.read.lo))
}
