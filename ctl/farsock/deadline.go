package farsock

import (
	"sync"
	"time"
)

// deadline is a point in time that can be moved while others wait for it.
type deadline struct {
	mu     sync.Mutex
	timer  *time.Timer   // guarded by mu; nil if no deadline is to come
	turn   int           // guarded by mu; tells a stopped timer that fired anyway
	passed chan struct{} // guarded by mu; closed when the deadline has passed
}

func newDeadline() *deadline { return &deadline{passed: make(chan struct{})} }

// set moves the deadline; the zero time means none.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.turn++
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	select {
	case <-d.passed:
		d.passed = make(chan struct{})
	default:
	}
	if t.IsZero() {
		return
	}
	left := time.Until(t)
	if left <= 0 {
		close(d.passed)
		return
	}
	turn := d.turn
	d.timer = time.AfterFunc(left, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.turn == turn {
			close(d.passed)
		}
	})
}

// done returns a channel that is closed when the deadline passes. It stays
// right when the deadline moves, until it has passed.
func (d *deadline) done() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.passed
}

// expired says whether the deadline has passed.
func (d *deadline) expired() bool {
	select {
	case <-d.done():
		return true
	default:
		return false
	}
}
