//go:build linux

package sock

import "sync/atomic"

// Budget bounds a number of bytes shared by many sockets. Its methods may be
// called concurrently; a nil Budget allows nothing.
type Budget struct {
	max  int64        // immutable
	used atomic.Int64 // never above max
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

// Give returns n bytes taken before.
func (b *Budget) Give(n int64) {
	if b != nil && n > 0 {
		b.used.Add(-n)
	}
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
