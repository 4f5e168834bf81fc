//go:build linux

package poller

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Desc is one descriptor and those who wait for it. Its methods may be called
// concurrently.
type Desc struct {
	p    *Poller       // immutable
	key  uint64        // immutable; never used twice
	mark atomic.Uint64 // raised under mu

	mu     sync.Mutex
	fd     int           // guarded by mu; -1 once handed to close(2)
	refs   int           // guarded by mu; system calls under way
	closed bool          // guarded by mu
	idle   chan struct{} // guarded by mu; made by Close, closed when refs is 0
	added  bool          // guarded by mu; epoll knows the descriptor
	armed  uint32        // guarded by mu; what the registration waits for
	news   bool          // guarded by mu; it is edge-triggered, and not one-shot
	queue  list          // guarded by mu
}

// Do calls f with the descriptor's number, which stays valid meanwhile: Close
// waits for f. f must not block and must not call Close.
func (d *Desc) Do(f func(fd int) error) error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return ErrClosed
	}
	d.refs++
	fd := d.fd
	d.mu.Unlock()
	defer d.unref()
	jitter()
	err := f(fd)
	jitter()
	return err
}

func (d *Desc) unref() {
	d.mu.Lock()
	d.refs--
	if d.refs == 0 && d.idle != nil {
		close(d.idle)
		d.idle = nil
	}
	d.mu.Unlock()
}

// Close ends all waits with ErrClosed, waits for running Do calls, and closes
// the descriptor. ctx bounds only how long a lingering close(2) is waited for;
// if it ends first, that goes on and Close returns nil. A second Close returns
// ErrClosed.
func (d *Desc) Close(ctx context.Context) error {
	fd, ok := d.shutDown()
	if !ok {
		return ErrClosed
	}
	return d.p.Discard(ctx, fd)
}

// shut is Close for the closing poller, which never lingers.
func (d *Desc) shut() {
	if fd, ok := d.shutDown(); ok {
		_ = d.p.Discard(context.Background(), fd)
	}
}

// shutDown makes the descriptor nobody's and returns it.
func (d *Desc) shutDown() (fd int, ok bool) {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return 0, false
	}
	d.closed = true
	for w := d.queue.head; w != nil; w = d.queue.head {
		d.queue.remove(w)
		w.wake()
	}
	var idle chan struct{}
	if d.refs > 0 {
		idle = make(chan struct{})
		d.idle = idle
	}
	d.mu.Unlock()
	if idle != nil {
		<-idle
	}

	d.mu.Lock()
	fd, d.fd = d.fd, -1
	if d.added {
		// Its own copies may exist elsewhere (a child, SCM_RIGHTS), so closing
		// alone would not take it out.
		_ = unix.EpollCtl(d.p.epfd, unix.EPOLL_CTL_DEL, fd, nil)
	}
	d.mu.Unlock()

	d.p.mu.Lock()
	delete(d.p.descs, d.key)
	d.p.mu.Unlock()
	d.p.open.Done()
	return fd, true
}

// arm makes epoll watch for all that the queue wants and is not watched yet.
// The caller holds d.mu, and d is not closed.
func (d *Desc) arm() error {
	var want uint32
	news := d.news
	for w := d.queue.head; w != nil; w = w.next {
		want |= w.events.mask()
		news = news || w.news
	}
	if want&^d.armed == 0 && news == d.news {
		return nil
	}
	return d.register(want|d.armed, news)
}

// register has epoll report want once, or every time that there is news of it.
func (d *Desc) register(want uint32, news bool) error {
	ev := unix.EpollEvent{
		Events: want | unix.EPOLLONESHOT,
		Fd:     int32(uint32(d.key)),
		Pad:    int32(uint32(d.key >> 32)),
	}
	if news {
		ev.Events = want | unix.EPOLLET
	}
	op := unix.EPOLL_CTL_MOD
	if !d.added {
		op = unix.EPOLL_CTL_ADD
	}
	if err := unix.EpollCtl(d.p.epfd, op, d.fd, &ev); err != nil {
		return err
	}
	d.added = true
	d.armed, d.news = want, news
	return nil
}

// deliver wakes those whom an epoll event concerns, and watches on for the
// others: the event is reported again at once if the woken did not use it up.
func (d *Desc) deliver(events uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	var err error
	if d.news {
		err = d.deliverNews(events)
	} else {
		d.armed = 0
		d.queue.wake(fromMask(events))
		err = d.arm()
	}
	if err != nil {
		// Without a registration nobody would ever wake them: let them look
		// for themselves, and get the error from their next Wait.
		for w := d.queue.head; w != nil; w = d.queue.head {
			d.queue.remove(w)
			w.wake()
		}
	}
}

// deliverNews is deliver while the registration stays. The event is not
// reported again, so it is for everyone, and those who are just about to wait
// see by the mark that they have to look once more. With nobody waiting the
// registration becomes an idle one-shot again.
func (d *Desc) deliverNews(events uint32) error {
	if d.queue.head == nil {
		err := d.register(0, false)
		d.armed = 0
		return err
	}
	d.mark.Add(1)
	d.queue.wakeAll(fromMask(events))
	return nil
}

func getLinger(fd int) (unix.Linger, error) {
	l, err := unix.GetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER)
	if err != nil {
		return unix.Linger{}, err
	}
	return *l, nil
}
