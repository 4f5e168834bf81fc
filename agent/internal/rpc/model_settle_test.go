//go:build linux

package rpc_test

import (
	"fmt"
	"slices"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// figures asks for the socket and holds its figures against the model.
func (w *world) figures() *farsockv1.Socket {
	w.Helper()
	told := int64(0)
	if w.live != nil {
		st, _, fault := w.live.state()
		w.must(fault)
		told = st.applied
	}
	resp, err := w.h.sockets.GetSocket(w.ctx, &farsockv1.GetSocketRequest{Name: uid(w.socket)})
	w.must(err)
	s, m := resp.GetSocket(), w.m
	for _, f := range []struct {
		what   string
		figure *span
		got    int64
	}{
		{"send_offset", &m.applied, s.GetSendOffset()},
		{"acked_offset", &m.acked, s.GetAckedOffset()},
		{"read_offset", &m.read, s.GetReadOffset()},
	} {
		if !f.figure.holds(f.got) {
			w.Fatalf("%s is %d, the model says %d to %d", f.what, f.got, f.figure.lo, f.figure.hi)
		}
		f.figure.atLeast(f.got)
	}
	if told > s.GetSendOffset() {
		w.Fatalf("applied %d was told, send_offset is %d", told, s.GetSendOffset())
	}
	held := s.GetReadOffset() - s.GetAckedOffset()
	switch {
	case s.GetAckedOffset() > s.GetReadOffset():
		w.Fatalf("acked %d, read %d", s.GetAckedOffset(), s.GetReadOffset())
	case !m.datagrams && held != s.GetHeldBytes():
		w.Fatalf("%d bytes held, acked %d, read %d", s.GetHeldBytes(), s.GetAckedOffset(), s.GetReadOffset())
	case s.GetAttached() != m.attached && !m.leaving:
		w.Fatalf("attached is %v, the model has %v%s", s.GetAttached(), m.attached, w.status())
	case s.GetEndSeen() && len(m.how) == 0:
		w.Fatalf("the end is seen, but the peer has not ended")
	case s.GetKernelDrops() != 0:
		w.Fatalf("the kernel dropped %d datagrams", s.GetKernelDrops())
	}
	return s
}

// status tells what the live stream ended with.
func (w *world) status() string {
	if w.live == nil {
		return ""
	}
	st, _, fault := w.live.state()
	return fmt.Sprintf("; the stream ended with %v, %v", st.status, fault)
}

// poll waits until the socket is as it has to become.
func (w *world) poll(what string, holds func(*farsockv1.Socket) bool) {
	w.Helper()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for late := time.Now().Add(patience); ; {
		s := w.figures()
		if holds(s) {
			return
		}
		if time.Now().After(late) {
			w.Fatalf("in vain: %s; %v", what, s)
		}
		pause.Reset(100 * time.Microsecond)
		<-pause.C
	}
}

// seen makes the figures what they are now; nobody is attached who could change
// them.
func (w *world) seen() {
	w.Helper()
	s := w.figures()
	w.m.settleApplied(s.GetSendOffset())
	w.m.acked, w.m.read = exactly(s.GetAckedOffset()), exactly(s.GetReadOffset())
	w.m.handed.hi = min(w.m.handed.hi, w.m.read.hi)
	w.m.handed.atLeast(w.m.acked.lo)
	if w.m.shut && !w.m.told && !s.GetWriteShutDown() { // that close_write was never applied
		w.m.shut, w.m.over = false, w.m.over[1:]
	}
}

// settle waits until everything has happened that has to without further doing,
// and holds it against the model.
func (w *world) settle() {
	w.Helper()
	m := w.m
	if m.leaving {
		w.left()
	}
	if m.attached {
		w.settleReceiving()
		w.settleSending()
		w.poll("the figures settle", func(s *farsockv1.Socket) bool {
			return (w.paused || s.GetAckedOffset() == m.acked.hi && s.GetReadOffset() >= m.least()) &&
				(w.stuck() || s.GetSendOffset() == m.applied.hi)
		})
	} else {
		w.figures()
	}
	if m.applied.known() && !w.peer.stalled() && !w.gone {
		_, err := w.peer.await(m.arrived(m.applied.lo))
		if err != nil {
			w.Fatalf("the peer has not read all %d: %v", m.applied.lo, err)
		}
	}
	w.verify()
}

// stuck tells whether sending may wait for the peer.
func (w *world) stuck() bool { return w.peer.stalled() || w.gone && !w.m.told }

func (w *world) settleReceiving() {
	w.Helper()
	m := w.m
	if w.paused {
		return
	}
	want := m.least()
	full := m.manual && m.full(want) || m.loose() && want > m.acked.hi // room for one more nobody promised
	ends := len(m.how) > 0 && want == m.wrote && !full
	st, err := w.live.await(func(st wireState) bool {
		if m.cutoff { // not all need arrive, but the end does
			return st.end != nil || full && st.got >= want
		}
		return st.got >= want && (st.end != nil || !ends)
	})
	if err != nil {
		w.Fatalf("receiving up to %d (window %d), end %v: %v", want, m.window, ends, err)
	}
	if st.got > m.read.hi {
		w.Fatalf("got %d, the model has at most %d (window %d)", st.got, m.read.hi, m.window)
	}
	if st.end != nil {
		w.endSeen("end", st.end)
		m.read.hi = st.end.GetOffset()
	}
	m.got(st.got)
	if m.loose() && st.end == nil {
		return
	}
	m.read.hi = max(m.read.lo, min(m.read.hi, st.got))
	m.handed = exactly(m.read.hi)
	if !m.manual {
		m.acked = exactly(m.read.hi)
	}
}

func (w *world) settleSending() {
	w.Helper()
	m := w.m
	if w.peer.stalled() || w.paused {
		return
	}
	st, err := w.live.await(func(st wireState) bool {
		return st.applied >= m.planned && len(st.refused) >= len(w.refusedUpTo(st.applied)) && !w.live.asked || st.outcome != nil || w.gone && !m.told
	})
	if err != nil {
		w.Fatalf("applying up to %d: %v", m.planned, err)
	}
	if st.applied > m.applied.hi {
		w.Fatalf("applied %d, the model has at most %d", st.applied, m.applied.hi)
	}
	m.applied.atLeast(st.applied)
	if st.outcome != nil {
		w.sendOutcome("applied", st.outcome)
	}
	if w.gone && !m.told { // perhaps it goes on, perhaps it is over
		return
	}
	w.narrow("applied.offset", &m.applied, st.applied)
	m.settleApplied(st.applied)
	w.refusals(st)
}

// refusedUpTo are the refused datagrams that the live stream is told: all from
// where it began to send.
func (w *world) refusedUpTo(applied int64) []int64 {
	var list []int64
	for i := w.live.tellsFrom; i < applied; i++ {
		if w.m.datagrams && refusedOf(w.m.writerAt(i), i) {
			list = append(list, i)
		}
	}
	return list
}

// refusals holds those against the model.
func (w *world) refusals(st wireState) {
	w.Helper()
	want := w.refusedUpTo(st.applied)
	w.refusalsTold += len(want)
	if !slices.Equal(want, st.refused) {
		w.Fatalf("refused %v, want %v", st.refused, want)
	}
}
