//go:build linux

package rpc_test

import farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

var directedSending = []directed{
	{"data one before what was applied", everywhere, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.data(4, 9)
		w.settle()
	}},
	{"data from the beginning again", everywhere, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.data(0, 9)
		w.settle()
		w.data(0, 9)
		w.data(0, 12)
		w.settle()
	}},
	{"data applied already, whole", everywhere, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.data(2, 4)
		w.settle()
		w.sends(3)
	}},
	{"data one behind what came before", everywhere, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.data(6, 9)
		w.settle()
		w.on("ann", sendFrom(5))
		w.sends(2)
	}},
	{"data far behind what came before, first of all", everywhere, func(w *world) {
		w.on("ann")
		w.data(1, 4)
		w.settle()
	}},
	{"a gap behind data under way", streams, func(w *world) {
		w.on("ann")
		w.data(0, 30000)
		w.data(30001, 30002)
		w.on("ann")
		w.settle()
	}},
	{"an overlap over another's", everywhere, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.cut()
		w.left()
		w.on("bob")
		w.sends(5)
		w.data(4, 12)
		w.settle()
	}},
	{"an overlap that begins with one's own before another's", everywhere, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.on("bob", steal)
		w.sends(5)
		w.on("ann", steal)
		w.sends(5)
		w.data(12, 18)
		w.settle()
		w.data(3, 18)
		w.settle()
	}},
	{"a holder that wrote nothing ends no run", everywhere, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.on("bob", steal)
		w.on("ann", steal, sendFrom(2))
		w.data(2, 8)
		w.settle()
	}},
	{"a send without a holder ends a run", everywhere, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.cut()
		w.unarySend("", 0, 2)
		w.off("ann", sendFrom(4))
		w.on("ann", sendFrom(7))
		w.sends(5)
		w.cut()
		w.left()
		w.off("ann", sendFrom(6))
		w.on("ann", sendFrom(7))
		w.data(7, 15)
	}},
	{"send_from at each edge", everywhere, func(w *world) {
		w.on("ann")
		w.sends(4)
		w.on("bob", steal)
		w.sends(4)
		w.cut()
		w.left()
		w.off("bob", sendFrom(3))
		w.off("bob", sendFrom(9))
		w.off("ann", steal, sendFrom(4))
		w.off("ann", steal, sendFrom(9))
		w.on("bob", sendFrom(4))
		w.on("bob", sendFrom(5))
		w.on("bob", sendFrom(8))
		w.on("ann", steal, sendFrom(8))
		w.sends(1)
	}},
	{"what was applied is told before it is sent again", everywhere, func(w *world) {
		w.on("ann")
		for range 20 { // the client has seen nothing of it
			w.data(w.m.planned, w.m.planned+3)
			w.cut()
			w.on("ann", sendFrom(0))
			w.data(0, w.m.planned+2)
			w.settle()
		}
	}},
	{"taken over while a write waits for the peer", streams, func(w *world) {
		w.flood("ann")
		w.on("ann")
		w.sendsOn()
	}},
	{"stolen while a write waits for the peer", streams, func(w *world) {
		w.flood("ann")
		w.on("bob", steal)
		w.sendsOn()
		w.on("ann", steal)
		w.sends(10)
	}},
	{"cut while a write waits for the peer", streams, func(w *world) {
		w.flood("ann")
		w.cut()
		w.on("ann")
		w.sendsOn()
	}},
	{"taken over again and again while the peer takes nothing", streams, func(w *world) {
		w.flood("ann")
		for range 10 {
			w.on("ann")
			w.data(w.m.planned, w.m.planned+30000)
		}
		w.sendsOn()
	}},
	{"acks pass data that waits for the peer", streams, func(w *world) {
		w.on("ann", window(4096))
		w.peerWrites(20000)
		w.settle()
		w.must(w.peer.stall(true))
		for range 8 {
			w.data(w.m.planned, w.m.planned+30000)
		}
		for w.m.acked.hi < w.m.wrote {
			w.settleReceiving()
			w.ack(w.m.read.hi)
		}
		w.settleReceiving()
		w.must(w.peer.stall(false))
		w.settle()
	}},
}

// flood makes a holder send more than the kernel takes while the peer reads
// nothing.
func (w *world) flood(holder string) {
	w.Helper()
	w.on(holder)
	w.must(w.peer.stall(true))
	for range 40 {
		w.data(w.m.planned, w.m.planned+30000)
	}
	// Whatever fits the kernel is taken soon; that it is not all shows below.
	st, err := w.live.await(func(st wireState) bool { return st.applied > 0 })
	w.must(err)
	w.m.applied.atLeast(st.applied)
	w.standstill()
}

// standstill waits until the kernel seems to take no more.
func (w *world) standstill() {
	w.Helper()
	before, looks := int64(-1), 0
	w.poll("a write waits", func(s *farsockv1.Socket) bool {
		if s.GetSendOffset() != before {
			before, looks = s.GetSendOffset(), 0
		}
		looks++
		return looks == 10
	})
}

// sendsOn lets the peer read again, and sends some more.
func (w *world) sendsOn() {
	w.Helper()
	w.data(w.m.planned, w.m.planned+1000)
	w.must(w.peer.stall(false))
	w.settle()
	if w.m.applied.lo >= 1200000 {
		w.Fatalf("the kernel took all: no write has waited")
	}
}
