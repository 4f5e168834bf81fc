//go:build linux

package rpc_test

// Who wrote what, when others wrote behind it.
var directedWriters = []directed{
	{"a repeat of one's own before another's", everywhere, func(w *world) {
		w.unarySend("ann", 0, 5)
		own := w.m.applied.lo
		w.unarySend("", 0, 3)
		w.unarySend("ann", 0, own)
		w.unarySend("ann", own-1, own)
		w.unarySend("ann", 0, own-1)
		w.unarySend("ann", 0, own+1)
		w.unarySend("ann", own-1, w.m.applied.lo+2)
		w.unarySend("bob", 0, own)
		w.on("ann")
		w.data(0, own)
		w.settle()
		w.data(own-1, own)
		w.sends(4)
		w.data(0, own)
		w.data(w.m.begun+1, w.m.begun+4)
		w.settle()
		w.data(own-1, own+1)
		w.on("ann")
		w.data(own-1, w.m.planned+2)
		w.off("ann", sendFrom(0))
		w.on("bob", steal)
		w.data(0, 1)
	}},
	{"one's own between two others'", everywhere, func(w *world) {
		for _, who := range []string{"bob", "ann", "cy"} {
			w.on(who, steal)
			w.sends(4)
		}
		w.on("ann", steal)
		w.data(4, 8)
		w.data(5, 6)
		w.settle()
		w.sends(2)
		w.data(4, 9)
		w.on("ann")
		w.data(3, 8)
		w.on("cy", steal)
		w.data(8, 12)
		w.settle()
		w.data(8, 14)
	}},
	{"sixteen writers are remembered", everywhere, func(w *world) {
		var own []int64
		for range 12 {
			own = append(own, w.m.applied.lo)
			w.unarySend("ann", w.m.applied.lo, w.m.applied.lo+1)
			w.unarySend("", 0, 1)
		}
		for _, at := range own {
			w.unarySend("ann", at, at+1)
		}
		w.on("ann")
		w.data(own[11], own[11]+1)
		w.data(own[4], own[4]+1)
		w.settle()
		w.data(own[3], own[3]+1)
	}},
	{"send_from is answered on a datagram socket, refused or not", udpOnly, func(w *world) {
		w.on("ann", sendFrom(0)) // what follows attached every attach looks at
		w.sends(3)
		w.on("ann", sendFrom(3))
		w.on("ann", sendFrom(0))
		w.settle()
	}},
}
