//go:build linux

package poller

import (
	"sync"

	"golang.org/x/sys/unix"
)

// Events is a set of conditions.
type Events uint8

// The conditions. Failed and HungUp are always watched for and wake whoever
// waits for anything.
const (
	Readable  Events = 1 << iota // POLLIN
	Writable                     // POLLOUT
	Urgent                       // POLLPRI
	Failed                       // POLLERR
	HungUp                       // POLLHUP
	ReadEnded                    // POLLRDHUP: the peer sends no more, or neither side does
)

func (e Events) mask() uint32 {
	if e == 0 {
		return 0
	}
	m := uint32(unix.EPOLLERR) // always reported; says that something is watched
	if e&Readable != 0 {
		m |= unix.EPOLLIN
	}
	if e&Writable != 0 {
		m |= unix.EPOLLOUT
	}
	if e&Urgent != 0 {
		m |= unix.EPOLLPRI
	}
	if e&ReadEnded != 0 {
		m |= unix.EPOLLRDHUP
	}
	return m
}

func fromMask(m uint32) Events {
	var e Events
	if m&unix.EPOLLIN != 0 {
		e |= Readable
	}
	if m&unix.EPOLLOUT != 0 {
		e |= Writable
	}
	if m&unix.EPOLLPRI != 0 {
		e |= Urgent
	}
	if m&unix.EPOLLERR != 0 {
		e |= Failed
	}
	if m&unix.EPOLLHUP != 0 {
		e |= HungUp
	}
	if m&unix.EPOLLRDHUP != 0 {
		e |= ReadEnded
	}
	return e
}

// waiter is one wait for one descriptor. All fields but ready are guarded by
// the descriptor's mutex.
type waiter struct {
	prev, next *waiter
	queued     bool
	observer   bool
	news       bool
	events     Events        // immutable while queued
	ready      chan struct{} // capacity 1; shared by the waiters of one WaitAny
}

func (w *waiter) wake() {
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

var waiters = sync.Pool{New: func() any { return &waiter{ready: make(chan struct{}, 1)} }}

// list is a FIFO queue of waiters.
type list struct{ head, tail *waiter }

func (l *list) push(w *waiter) {
	w.prev, w.next, w.queued = l.tail, nil, true
	if l.tail != nil {
		l.tail.next = w
	} else {
		l.head = w
	}
	l.tail = w
}

func (l *list) remove(w *waiter) {
	if !w.queued {
		return
	}
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		l.head = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		l.tail = w.prev
	}
	w.prev, w.next, w.queued = nil, nil, false
}

// wakeAll removes and wakes everyone whom ev concerns.
func (l *list) wakeAll(ev Events) {
	for w := l.head; w != nil; {
		next := w.next
		if w.events != 0 && (w.events&ev != 0 || ev&(Failed|HungUp) != 0) {
			l.remove(w)
			w.wake()
		}
		w = next
	}
}

// wake removes and wakes every observer that ev concerns, and of the others
// the first one for each condition: more would only find it used up. An error
// or a hang-up concerns all who wait for a condition.
func (l *list) wake(ev Events) {
	all := ev&(Failed|HungUp) != 0
	left := ev
	for w := l.head; w != nil; {
		next := w.next
		switch {
		case w.events == 0:
		case all, w.observer && w.events&ev != 0:
			l.remove(w)
			w.wake()
		case !w.observer && w.events&left != 0:
			left &^= w.events
			l.remove(w)
			w.wake()
		}
		w = next
	}
}
