//go:build linux

package poller

import "context"

// Interest is what to wait for on one descriptor.
type Interest struct {
	Desc   *Desc
	Events Events
	// Mark is what Desc.Mark returned before the caller last looked and found
	// nothing.
	Mark uint64
	// Observer waiters are woken beside the others and never instead of one.
	Observer bool
	// News waits for what the kernel announces from now on rather than for
	// what holds: the caller has found that an error or a hang-up, which would
	// end every wait at once, is no help to it. What came between the Mark and
	// the Wait counts as news.
	News bool
}

// Mark returns a number that rises with every Signal. Read it first, then look
// whether there is something to do, then Wait with it: a Signal between the two
// is not lost.
func (d *Desc) Mark() uint64 { return d.mark.Load() }

// Signal wakes waiters as if the kernel had reported ev, for what happens
// outside of it.
func (d *Desc) Signal(ev Events) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mark.Add(1)
	d.queue.wake(ev)
}

// Wait returns nil once one of in's conditions may hold, in the order of
// waiting; the caller tries and waits again if it found nothing. It returns
// ctx's error if ctx ended first, in which case the next waiter gets the turn,
// and ErrClosed once the descriptor is closed. With no Events it waits only for
// those two.
func (d *Desc) Wait(ctx context.Context, in Interest) error {
	w := waiters.Get().(*waiter)
	w.events, w.observer, w.news = in.Events, in.Observer, in.News
	queued, err := d.join(w, in.Mark)
	if !queued {
		waiters.Put(w)
		return err
	}
	ended := false
	select {
	case <-w.ready:
	case <-ctx.Done():
		ended = true
	}
	d.mu.Lock()
	still := w.queued
	d.queue.remove(w)
	closed := d.closed
	d.mu.Unlock()
	// Out of the queue nobody wakes it any more, so it may serve again.
	select {
	case <-w.ready:
	default:
	}
	waiters.Put(w)
	switch {
	case closed:
		return ErrClosed
	case ended && still:
		return ctx.Err()
	}
	return nil
}

// join queues w and has epoll watch for it. It answers false and nil if the
// mark is old.
func (d *Desc) join(w *waiter, mark uint64) (queued bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false, ErrClosed
	}
	if w.events != 0 && d.mark.Load() != mark {
		return false, nil
	}
	d.queue.push(w)
	if err := d.arm(); err != nil {
		d.queue.remove(w)
		return false, err
	}
	return true, nil
}

// WaitAny waits for several descriptors at once and returns nil when one of
// the conditions may hold or one of the descriptors was closed. It returns
// ctx's error if ctx ended first. All its waits are as observers.
func WaitAny(ctx context.Context, in []Interest) error {
	ready := make(chan struct{}, 1)
	joined := make([]waiter, len(in))
	n := 0
	defer func() {
		for i := range n {
			d := in[i].Desc
			d.mu.Lock()
			d.queue.remove(&joined[i])
			d.mu.Unlock()
		}
	}()
	for i, one := range in {
		w := &joined[i]
		w.events, w.observer, w.ready = one.Events, true, ready
		if w.events == 0 {
			// Errors and hang-ups alone: any armed registration reports them.
			w.events = Failed
		}
		queued, err := one.Desc.join(w, one.Mark)
		if err == ErrClosed {
			return nil
		}
		if !queued {
			return err
		}
		n++
	}
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
