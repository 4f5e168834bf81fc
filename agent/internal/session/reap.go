package session

import "time"

// look reads the table's clock; t.mu is held.
func (t *Table[S]) look() time.Duration { return t.clock.look(t.liveCount > 0) }

// reap fires the agenda's events when they are due, until Close. While a session
// lives it looks at the clock every beat; with none it sleeps until the next
// event.
func (t *Table[S]) reap() {
	defer close(t.reaped)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if wait, ok := t.sweep(); ok {
			timer.Reset(wait)
		} else {
			timer.Stop()
		}
		select {
		case <-timer.C:
		case <-t.wake:
		case <-t.stop:
			return
		}
	}
}

// sweep fires what is due, and says for how long the reaper may sleep; not ok:
// until it is woken.
func (t *Table[S]) sweep() (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.look()
	if rest := t.clock.stands(); rest > 0 {
		return min(t.clock.beat, rest), true
	}
	next, ok := t.agenda.due(now)
	switch watched := t.liveCount > 0; {
	case watched && ok:
		return min(t.clock.beat, t.clock.until(next)), true
	case watched: // calls under way hold every session
		return t.clock.beat, true
	}
	return t.clock.until(next), ok
}

// schedule puts e on the agenda; t.mu is held.
func (t *Table[S]) schedule(e *event, at time.Duration) {
	if t.agenda.set(e, at) {
		t.rouse()
	}
}

// rouse has the reaper look at the agenda again.
func (t *Table[S]) rouse() {
	select {
	case t.wake <- struct{}{}:
	default: // a wake-up is on its way already
	}
}
