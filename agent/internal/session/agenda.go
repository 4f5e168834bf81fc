package session

import (
	"container/heap"
	"time"
)

// event is something that happens to the table at a time. It stands in an
// agenda at most once; all fields are guarded by Table.mu.
type event struct {
	at    time.Duration // by the table's clock
	index int           // in the heap plus one; 0: not there
	// fire runs under Table.mu when at is reached and the event has left the
	// agenda; it may put it back.
	fire func(now time.Duration)
}

// agenda is a heap of events, the earliest first.
type agenda []*event

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at < a[j].at }
func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].index, a[j].index = i+1, j+1
}

// Push is for package heap.
func (a *agenda) Push(x any) {
	e := x.(*event)
	*a = append(*a, e)
	e.index = len(*a)
}

// Pop is for package heap.
func (a *agenda) Pop() any {
	old := *a
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*a = old[:len(old)-1]
	e.index = 0
	return e
}

// set puts e at the given time, wherever it stood before, and reports whether
// it is now the first.
func (a *agenda) set(e *event, at time.Duration) (first bool) {
	e.at = at
	if e.index == 0 {
		heap.Push(a, e)
	} else {
		heap.Fix(a, e.index-1)
	}
	return e.index == 1
}

// drop takes e out, if it is there.
func (a *agenda) drop(e *event) {
	if e.index != 0 {
		heap.Remove(a, e.index-1)
	}
}

// due fires every event whose time has come and says when the next one comes.
func (a *agenda) due(now time.Duration) (next time.Duration, ok bool) {
	for len(*a) > 0 {
		first := (*a)[0]
		if first.at > now {
			return first.at, true
		}
		heap.Pop(a)
		first.fire(now)
	}
	return 0, false
}
