//go:build linux

package sock

import (
	"container/list"
	"sync"
	"sync/atomic"
)

// Budget bounds a number of bytes shared by many sockets. Its methods may be
// called concurrently; a nil Budget allows nothing.
type Budget struct {
	max     int64        // immutable
	used    atomic.Int64 // above max only by what Force took
	awaited atomic.Bool  // somebody is in the queue

	mu    sync.Mutex
	queue list.List // guarded by mu; of *roomWaiter, who came first stands first
}

// roomWaiter is one that waits until a budget has room for it.
type roomWaiter struct {
	want  int64         // immutable
	ready chan struct{} // closed, under Budget.mu, with leaving the queue
	place *list.Element // guarded by Budget.mu; nil when it has left
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

// Give returns n bytes taken before, and wakes the first of those who wait, as
// many as there is room for now: to wake others too would cost every stream that
// goes on as much as all that wait.
func (b *Budget) Give(n int64) {
	if b == nil || n <= 0 {
		return
	}
	b.used.Add(-n)
	b.wake()
}

// await stands a caller in line who wants n bytes. It then tries once more, since
// what was given back before wakes nobody, and waits for ready to be closed; it
// calls leave in any case. With a nil Budget nobody is ever woken.
func (b *Budget) await(n int64) *roomWaiter {
	w := &roomWaiter{want: n, ready: make(chan struct{})}
	if b == nil {
		return w
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	w.place = b.queue.PushBack(w)
	b.awaited.Store(true)
	return w
}

// Repaid returns a channel that is closed once no more than the bound is taken,
// for who has taken more. The caller calls leave. It goes before those who wait for
// room, since it takes none.
func (b *Budget) Repaid() (repaid <-chan struct{}, leave func()) {
	w := &roomWaiter{ready: make(chan struct{})}
	if b != nil {
		b.mu.Lock()
		w.place = b.queue.PushFront(w)
		b.awaited.Store(true)
		b.mu.Unlock()
		b.wake()
	}
	return w.ready, func() { b.leave(w) }
}

// leave ends a wait: after the one try that follows being woken, or without. The
// room that w did not take is then for those behind it.
func (b *Budget) leave(w *roomWaiter) {
	if b == nil {
		return
	}
	b.mu.Lock()
	if w.place != nil {
		b.remove(w)
	}
	b.mu.Unlock()
	b.wake()
}

// wake wakes the first in line that there is room for, without what is then left.
func (b *Budget) wake() {
	if !b.awaited.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	room := b.max - b.used.Load()
	for e := b.queue.Front(); e != nil; e = b.queue.Front() {
		w := e.Value.(*roomWaiter)
		if room -= w.want; room < 0 {
			return
		}
		b.remove(w)
		close(w.ready)
	}
}

// remove takes w out of the queue; mu is held.
func (b *Budget) remove(w *roomWaiter) {
	b.queue.Remove(w.place)
	w.place = nil
	if b.queue.Len() == 0 {
		b.awaited.Store(false)
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
