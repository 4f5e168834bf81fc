//go:build linux

package sock

import (
	"slices"
	"sync"
)

// turn lets one operation at a time do its work, in the order of asking.
type turn struct {
	mu    sync.Mutex
	taken bool            // guarded by mu
	queue []chan struct{} // guarded by mu; closed when the turn is theirs
}

// try takes the turn if nobody has it or waits for it.
func (t *turn) try() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken {
		return false
	}
	t.taken = true
	return true
}

// take waits for the turn. It returns errElapsed or ErrClosed if that ends
// first, and then the turn passes by.
func (t *turn) take(c *clock, closed <-chan struct{}) error {
	if t.try() {
		return nil
	}
	if !c.blocks() {
		return errElapsed
	}
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	t.queue = append(t.queue, mine)
	t.mu.Unlock()

	err := errElapsed
	select {
	case <-mine:
		return nil
	case <-closed:
		err = ErrClosed
	case <-c.context().Done():
	}
	t.mu.Lock()
	i := slices.Index(t.queue, mine)
	if i >= 0 {
		t.queue = slices.Delete(t.queue, i, i+1)
	}
	t.mu.Unlock()
	if i < 0 {
		t.pass() // it came at the same moment
	}
	return err
}

// pass gives the turn to the next.
func (t *turn) pass() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		t.taken = false
		t.queue = nil
		return
	}
	next := t.queue[0]
	t.queue = slices.Delete(t.queue, 0, 1)
	close(next)
}
