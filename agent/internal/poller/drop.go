//go:build linux

package poller

import (
	"sync"
	"time"
)

const (
	// maxDropped is how many descriptors may wait for their close(2), those in
	// it included, when more are received: a message for each receive that is
	// under way then, of 253 at most.
	maxDropped = 512
	// maxDroppers bounds the goroutines that close them.
	maxDroppers = 8
)

// dropping is the closing of descriptors that others sent. What they are is the
// sender's choice, and its copies are the sender's: no option of theirs is
// changed, and nobody waits for their close(2), which the sender may be able to
// hold up in ways that no signal ends (a file system of its own).
type dropping struct {
	mu      sync.Mutex
	queue   []int         // guarded by mu
	closing int           // guarded by mu; descriptors in close(2)
	at      int           // guarded by mu; goroutines
	ended   chan struct{} // guarded by mu; made by await, closed when at is 0
}

// Drop closes descriptors that came by SCM_RIGHTS, and may have copies
// elsewhere, soon after it returned. Ask for Room before receiving them.
func (p *Poller) Drop(fds []int) {
	d := &p.drops
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue = append(d.queue, fds...)
	for range min(len(fds), maxDroppers-d.at) {
		d.at++
		go d.run()
	}
}

// Room reports whether more descriptors may be received: fewer than 512 that
// came before wait for their close(2). While there is none, receive without
// room for them: the kernel then drops them, and says so.
func (p *Poller) Room() bool {
	d := &p.drops
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.queue)+d.closing < maxDropped
}

// run closes what is queued; its errors are not ours to report on.
func (d *dropping) run() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.queue) > 0 {
		fd := d.queue[0]
		d.queue = d.queue[1:]
		d.closing++
		d.mu.Unlock()
		_ = closePromptly(fd)
		d.mu.Lock()
		d.closing--
	}
	d.queue = nil
	d.at--
	if d.at == 0 && d.ended != nil {
		close(d.ended)
		d.ended = nil
	}
}

// await waits for the goroutines, at most for within, and returns how many
// descriptors are left.
func (d *dropping) await(within time.Duration) int {
	d.mu.Lock()
	if d.at == 0 {
		d.mu.Unlock()
		return 0
	}
	ended := make(chan struct{})
	d.ended = ended
	d.mu.Unlock()
	bound := time.NewTimer(within)
	defer bound.Stop()
	select {
	case <-ended:
		return 0
	case <-bound.C:
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.queue) + d.closing
}
