//go:build linux

package rpc_test

import farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

var directedReceiving = []directed{
	{"receive_from at each edge", everywhere, func(w *world) {
		w.on("ann")
		w.peerWrites(8)
		w.settle()
		w.ack(3)
		w.settle()
		w.cut()
		w.left()
		w.off("ann", receiveFrom(2))
		w.off("ann", receiveFrom(9))
		w.on("ann", receiveFrom(3))
		w.settle()
		w.on("ann", receiveFrom(5))
		w.settle()
		w.off("ann", receiveFrom(4))
		w.on("ann", receiveFrom(8))
		w.peerWrites(2)
		w.settle()
	}},
	{"a refused attach acknowledges nothing", everywhere, func(w *world) {
		w.on("ann")
		w.peerWrites(8)
		w.settle()
		w.cut()
		w.left()
		w.off("ann", receiveFrom(5), sendFrom(1))
		w.on("ann", receiveFrom(0))
		w.settle()
	}},
	{"nothing is acknowledged by being sent", everywhere, func(w *world) {
		for range 5 {
			w.on("ann")
			w.peerWrites(3)
			w.settle()
			w.cut()
		}
		w.on("ann", receiveFrom(0))
		w.settle()
	}},
	{"a window that is exactly full", streams, func(w *world) {
		w.on("ann", window(4096))
		w.peerWrites(4096)
		w.settle()
		w.peerWrites(1)
		w.settle()
		w.ack(1)
		w.settle()
		w.peerWrites(3 * 4096)
		w.settle()
		for w.m.acked.hi < w.m.wrote {
			w.ack(w.m.read.hi)
			w.settle()
		}
	}},
	{"a window smaller than what is held", streams, func(w *world) {
		w.on("ann")
		w.peerWrites(9000)
		w.settle()
		w.on("ann", window(4096))
		w.peerWrites(1000)
		w.settle()
		w.ack(5000)
		w.settle()
		w.ack(9000)
		w.settle()
	}},
	{"a larger window goes on", streams, func(w *world) {
		w.on("ann", window(4096))
		w.peerWrites(20000)
		w.settle()
		w.on("ann", window(10000))
		w.settle()
		w.on("ann")
		w.settle()
	}},
	{"an ack of what was got, again, and of less", everywhere, func(w *world) {
		w.on("ann")
		w.peerWrites(8)
		w.settle()
		w.ack(8)
		w.ack(8)
		w.ack(3)
		w.ack(0)
		w.settle()
	}},
	{"an ack of one more than was got", everywhere, func(w *world) {
		w.on("ann")
		w.peerWrites(8)
		w.settle()
		w.ack(9)
		w.settle()
		w.on("ann", receiveFrom(0))
	}},
	{"an ack of what was read but not for this stream", streams, func(w *world) {
		w.on("ann", window(4096))
		w.peerWrites(4096)
		w.settle()
		w.on("bob", steal, receiveFrom(4096))
		w.ack(4097)
		w.settle()
	}},
	{"an ack before anything", everywhere, func(w *world) {
		w.on("ann")
		w.ack(0)
		w.settle()
		w.ack(1)
	}},
	{"an ack with AUTO", everywhere, func(w *world) {
		w.on("ann", auto)
		w.peerWrites(3)
		w.settle()
		w.ack(1)
	}},
	{"AUTO is gone, MANUAL is held", everywhere, func(w *world) {
		w.on("ann", auto)
		w.peerWrites(3)
		w.settle()
		w.on("ann")
		w.peerWrites(3)
		w.settle()
		w.on("ann", auto)
		w.settle()
		w.on("ann", receiveFrom(6))
	}},
	{"held bytes outlive a holder", everywhere, func(w *world) {
		w.on("ann")
		w.peerWrites(10)
		w.settle()
		w.on("bob", steal, receiveFrom(4))
		w.settle()
		w.cut()
		w.on("cy", receiveFrom(4))
		w.settle()
	}},
	{"cut while data is on its way", everywhere, func(w *world) {
		for range 20 {
			w.on("ann")
			w.peerWrites(5)
			w.cut()
			w.on("ann")
			w.settle()
			w.ack(w.m.read.hi - 2)
		}
	}},
	{"a client that takes nothing", everywhere, func(w *world) {
		w.on("ann")
		w.live.pause(true)
		w.paused = true
		w.peerWrites(20)
		w.sends(3)
		w.on("ann", func(a *farsockv1.Attach) { a.ReceiveFrom = nil })
		w.settle()
	}},
	{"a window out of range, and one with AUTO", everywhere, func(w *world) {
		w.off("ann", window(4095))
		w.off("ann", window(0))
		w.off("ann", auto, window(4096))
		w.off("ann", epoch(0))
		w.on("ann", window(1<<20))
	}},
	{"closed with a byte that nobody got", tcpOnly, func(w *world) {
		w.peerWrites(4)
		w.m.read.widen(4)
		w.poll("the agent has them, and nobody else", func(s *farsockv1.Socket) bool {
			w.elapsed(10)
			return s.GetHeldBytes() == 4
		})
		w.seen()
	}},
	{"closed with a byte that the agent never read", tcpOnly, func(w *world) {
		w.on("ann", window(4096))
		w.peerWrites(4097)
		w.settle()
	}},
	{"closed with everything received", tcpOnly, func(w *world) {
		w.on("ann")
		w.peerWrites(9)
		w.settle()
	}},
}
