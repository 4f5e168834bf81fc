//go:build linux

package sock

import "sync/atomic"

// chosenPort tells whether a TCP socket still has the port that getsockname(2)
// names: one that the kernel chose is free for others as soon as the TCP state
// is CLOSE again, yet the name stays. No system call says which it is.
type chosenPort struct {
	asked atomic.Bool // the user's bind named it, so that it stays
	used  atomic.Bool // the TCP state has been another than CLOSE since bind
}

// bound says that bind(2) succeeded.
func (p *chosenPort) bound(port int) {
	p.asked.Store(port != 0)
	p.used.Store(false)
}

// use says that the TCP state leaves CLOSE.
func (p *chosenPort) use() { p.used.Store(true) }

// gone reports whether the port is lost, the TCP state being CLOSE.
func (p *chosenPort) gone() bool { return p.used.Load() && !p.asked.Load() }
