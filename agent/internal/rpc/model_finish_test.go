//go:build linux

package rpc_test

import (
	"errors"
	"syscall"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// finish ends the sequence: everything that was taken reaches the peer, then
// the socket is closed, and what the peer learns of that is right too.
func (w *world) finish(unread bool) {
	w.Helper()
	m := w.m
	if w.live != nil && w.paused {
		w.live.pause(false)
		w.paused = false
	}
	if !w.gone {
		w.must(w.peer.stall(false))
	}
	w.settle()
	if m.attached {
		w.cut()
		w.left()
	}
	if len(m.how) == 0 && unread && !m.datagrams {
		w.peerWrites(1)
	}
	w.settle()
	if w.kind == worldTCP && !w.gone { // so that close(2) knows of it
		w.poll("what the peer wrote has arrived", func(s *farsockv1.Socket) bool {
			return s.GetReadOffset()+s.GetReceiveQueue() >= m.wrote
		})
	}
	resp, err := w.h.sockets.Close(w.ctx, &farsockv1.CloseRequest{Socket: uid(w.socket)})
	w.must(err)
	if resp.GetOutcome().GetCode() != outcomeDone {
		w.Fatalf("close: %v", resp.GetOutcome())
	}
	if w.gone || m.datagrams {
		return
	}
	n, err := w.peer.await(1 << 62)
	w.verify()
	if m.applied.known() && n != m.applied.lo {
		w.Fatalf("the peer read %d, the model has %d", n, m.applied.lo)
	}
	if w.kind != worldTCP {
		return
	}
	// As the kernel has it: an orderly end if everything was received by
	// somebody, else a reset.
	reset := errors.Is(err, syscall.ECONNRESET)
	switch {
	case !reset && !ended(err):
		w.Fatalf("the peer's reading ended with %v", err)
	case reset && m.handed.lo >= m.wrote:
		w.Fatalf("a reset, though all %d that the peer wrote were received", m.wrote)
	case !reset && m.handed.hi < m.wrote && !m.shut:
		w.Fatalf("an orderly end, though the peer wrote %d and %d were received", m.wrote, m.handed.hi)
	}
}
