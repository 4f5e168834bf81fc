//go:build linux

package sock

import (
	"sync"
	"sync/atomic"
)

// Budget bounds a number of bytes shared by many sockets. Its methods may be
// called concurrently; a nil Budget allows nothing.
type Budget struct {
	max     int64        // immutable
	used    atomic.Int64 // above max only by what Force took
	awaited atomic.Bool  // freed is not nil

	mu    sync.Mutex
	freed chan struct{} // guarded by mu; closed by the next Give; nil while nobody asked
}

// NewBudget returns a budget of max bytes.
func NewBudget(max int64) *Budget { return &Budget{max: max} }

// Take takes n bytes, or none and returns a *BudgetError if fewer are left.
func (b *Budget) Take(n int64) error {
	if n <= 0 {
		return nil
	}
	if b == nil {
		return &BudgetError{}
	}
	for {
		used := b.used.Load()
		if used+n > b.max {
			return &BudgetError{Max: b.max, Used: used, Asked: n}
		}
		if b.used.CompareAndSwap(used, used+n) {
			return nil
		}
	}
}

// Force takes n bytes, also if fewer are left: of what is there already, and of
// the little that every socket may hold.
func (b *Budget) Force(n int64) {
	if b != nil && n > 0 {
		b.used.Add(n)
	}
}

// Give returns n bytes taken before, and wakes those who wait for some.
func (b *Budget) Give(n int64) {
	if b == nil || n <= 0 {
		return
	}
	b.used.Add(-n)
	if !b.awaited.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.freed != nil {
		close(b.freed)
		b.freed = nil
		b.awaited.Store(false)
	}
}

// Freed returns a channel that the next Give closes. Whoever waits for room
// calls it, tries once more, and then waits. A nil Budget's never closes.
func (b *Budget) Freed() <-chan struct{} {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.freed == nil {
		b.freed = make(chan struct{})
		b.awaited.Store(true)
	}
	return b.freed
}

// Used returns how many bytes are taken.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	return b.used.Load()
}

// Max returns the bound in bytes.
func (b *Budget) Max() int64 {
	if b == nil {
		return 0
	}
	return b.max
}
