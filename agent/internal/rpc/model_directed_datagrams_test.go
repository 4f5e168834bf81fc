//go:build linux

package rpc_test

var directedDatagrams = []directed{
	{"a window that is full of datagrams", udpOnly, func(w *world) {
		w.on("ann", window(4096))
		w.peerWrites(20)
		w.settle()
		for w.m.acked.hi < w.m.wrote {
			w.ack(w.m.acked.hi + 1)
			w.settle()
		}
	}},
	{"the last batch is cut, and comes again", udpOnly, func(w *world) {
		for range 5 {
			w.on("ann")
			w.peerWrites(10)
			w.settle()
			w.ack(w.m.read.hi - 5)
			w.cut()
		}
		w.on("ann", receiveFrom(w.m.wrote-5))
		w.settle()
	}},
	{"refused datagrams are told again", udpOnly, func(w *world) {
		w.on("ann")
		for w.m.planned < 160 {
			w.sends(20)
		}
		w.cut()
		for _, from := range []int64{150, 100, 0} {
			w.on("ann", sendFrom(from))
			w.data(from, min(from+20, 160))
			w.settle()
		}
		if w.refusalsTold == 0 {
			w.Fatalf("no datagram was refused")
		}
	}},
	{"refused datagrams of a holder that was stolen from", udpOnly, func(w *world) {
		w.on("ann")
		for w.m.planned < 100 {
			w.sends(20)
		}
		w.on("bob", steal)
		w.on("ann", steal, sendFrom(0))
		w.settle()
	}},
	{"an error is an item, and is held", udpOnly, func(w *world) {
		w.errorAt = 3
		w.on("ann")
		w.peerWrites(3)
		w.settle()
		w.must(w.peer.close(false))
		w.gone = true
		w.data(0, 1) // answered by ICMP
		w.m.wrote = 4
		w.m.flows()
		for _, from := range []int64{0, 2, 3, 4} {
			w.settle()
			w.on("ann", receiveFrom(from))
		}
	}},
}
