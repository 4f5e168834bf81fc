//go:build linux

package rpc_test

import (
	"errors"
	"fmt"
	"io"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

var directedHolders = []directed{
	{"an epoch that is lower, equal, higher, while attached", everywhere, func(w *world) {
		w.on("ann", epoch(5))
		w.sends(3)
		w.off("ann", epoch(4))
		w.off("ann", epoch(5))
		w.sends(3) // the stream goes on
		w.on("ann", epoch(6))
		w.sends(3)
	}},
	{"an epoch that is lower, equal, higher, when nobody is attached", everywhere, func(w *world) {
		w.on("ann", epoch(5))
		w.cut()
		w.left()
		w.off("ann", epoch(1))
		w.off("ann", epoch(5))
		w.off("ann", epoch(5), steal)
		w.on("ann", epoch(6))
	}},
	{"epochs are each holder's own", everywhere, func(w *world) {
		w.on("ann", epoch(5))
		w.cut()
		w.left()
		w.on("bob", epoch(1))
		w.cut()
		w.left()
		w.on("ann", epoch(1))
	}},
	{"another holder has to steal", everywhere, func(w *world) {
		w.on("ann")
		w.off("bob")
		w.sends(3)
		w.on("bob", steal)
		w.sends(3)
		w.off("ann")
		w.off("cy")
		w.on("ann", steal)
		w.sends(3)
	}},
	{"who was stolen from stays out, also later", everywhere, func(w *world) {
		w.on("ann")
		w.on("bob", steal)
		w.off("ann")
		w.cut()
		w.left()
		w.off("ann")
		w.on("cy")
		w.cut()
		w.left()
		w.off("ann")
		w.on("ann", steal)
		w.sends(1)
		w.cut()
		w.left()
		w.on("ann")
		w.on("bob", steal)
		w.cut()
		w.left()
		w.off("ann")
	}},
	{"the last sixteen are remembered", everywhere, func(w *world) {
		w.on("first")
		for i := range 16 {
			w.on(fmt.Sprint("h", i), steal)
		}
		w.cut()
		w.left()
		w.off("first")
		for i := range 15 {
			w.off(fmt.Sprint("h", i))
		}
		w.on("h15")
		w.on("h16", steal)
		w.cut()
		w.left()
		w.off("h0")
		w.on("first")
	}},
	{"the same holder takes over where it was", everywhere, func(w *world) {
		for range 10 {
			w.on("ann")
			w.peerWrites(2)
			w.data(w.m.planned, w.m.planned+2)
		}
		w.settle()
	}},
}

var directedEnds = []directed{
	{"the end comes after what is held", streams, func(w *world) {
		w.on("ann", window(4096))
		w.peerWrites(10000)
		w.peerEnds(false)
		w.settle()
		w.ack(4000)
		w.settle()
		w.cut()
		w.on("ann", window(4096))
		w.settle()
		w.ack(8000)
		w.settle()
		w.on("bob", steal)
		w.settle()
		w.ack(10000)
		w.settle()
	}},
	{"the end is told again", connected, func(w *world) {
		w.on("ann")
		w.peerWrites(10)
		w.peerEnds(false)
		w.settle()
		for range 3 {
			w.on("ann")
			w.settle()
		}
		w.ack(10)
		w.settle()
		w.on("ann", auto)
		w.settle()
		w.on("ann", receiveFrom(10))
		w.settle()
	}},
	{"a reset stays a reset", tcpOnly, func(w *world) {
		w.on("ann")
		w.peerWrites(10)
		w.settle()
		w.peerEnds(true)
		w.settle()
		for range 3 {
			w.on("ann")
			w.settle()
		}
		w.ack(w.m.read.hi)
		w.settle()
		w.on("ann", auto)
		w.settle()
		w.on("bob", steal)
		w.settle()
	}},
	{"a reset that a send is told first", tcpOnly, func(w *world) {
		w.resetTheWrite()
		w.on("bob", steal)
		w.settle()
	}},
	{"a reset while nobody is attached", tcpOnly, func(w *world) {
		w.on("ann")
		w.peerWrites(10)
		w.settle()
		w.cut()
		w.left()
		w.peerEnds(true)
		w.on("ann", receiveFrom(0))
		w.settle()
		w.on("ann", receiveFrom(0))
		w.settle()
	}},
	{"sending to a peer that is gone", tcpOnly, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.peerEnds(true)
		w.settle()
		w.data(5, 9)
		w.wantsOutcome()
		w.data(9, 12)
		w.on("ann")
		w.settle()
	}},
	{"close_write, and again", connected, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.closeWrite(5)
		w.closeWrite(5)
		w.settle()
		w.on("ann")
		w.closeWrite(5)
		w.settle()
		w.on("bob", steal)
		w.closeWrite(5)
		w.settle()
		w.peerWrites(5)
		w.settle()
	}},
	{"close_write one before the end", connected, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.closeWrite(4)
		w.on("ann")
		w.sends(1)
	}},
	{"close_write one behind the end", connected, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.closeWrite(6)
		w.on("ann")
		w.sends(1)
	}},
	{"close_write before any data", connected, func(w *world) {
		w.on("ann")
		w.closeWrite(0)
		w.settle()
	}},
	{"data after close_write", connected, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.closeWrite(5)
		w.data(5, 6)
	}},
	{"close_write whose answer is lost", connected, func(w *world) {
		w.on("ann")
		w.data(0, 5)
		w.closeWrite(5)
		w.cut()
		w.on("ann", sendFrom(0))
		w.data(0, 5)
		w.closeWrite(5)
		w.settle()
	}},
	{"both ends", connected, func(w *world) {
		w.on("ann")
		w.sends(5)
		w.peerWrites(5)
		w.closeWrite(5)
		w.peerEnds(false)
		w.settle()
		w.live.put(nil)
		err, fault := w.live.finished()
		w.must(fault)
		if !errors.Is(err, io.EOF) {
			w.Fatalf("the stream ended with %v", err)
		}
		w.stopped()
	}},
}

// ended is the end, if the log has it.
func (w *wireStream) ended() *farsockv1.End {
	st, _, _ := w.state()
	return st.end
}

// wantsOutcome waits until sending is over.
func (w *world) wantsOutcome() {
	w.Helper()
	st, err := w.live.await(func(st wireState) bool { return st.outcome != nil })
	w.must(err)
	w.sendOutcome("applied", st.outcome)
	w.m.settleApplied(st.applied)
}
