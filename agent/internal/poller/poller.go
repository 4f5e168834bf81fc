//go:build linux

// Package poller tells many waiters when a descriptor is ready, with one epoll
// instance and one goroutine for all descriptors.
package poller

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// ErrClosed: the descriptor or the poller was closed, before the call or under
// it.
var ErrClosed = errors.New("descriptor is closed")

// Poller watches descriptors. Its methods may be called concurrently.
type Poller struct {
	epfd  int            // immutable; valid until every Desc is closed
	file  *os.File       // immutable; owns epfd
	ended chan struct{}  // closed when the loop has ended
	slots chan struct{}  // one element for each close that may take its time
	open  sync.WaitGroup // one for each Desc that may still use epfd

	drops dropping

	mu        sync.Mutex
	closed    bool                // guarded by mu
	last      uint64              // guarded by mu; the last key given out
	descs     map[uint64]*Desc    // guarded by mu
	lingering map[*nudge]struct{} // guarded by mu; who has a slot
	impatient bool                // guarded by mu; the time for lingering is over
}

// New starts a poller: an epoll instance, which Go's own poller watches, and
// the goroutine that serves it. The caller closes it.
func New() (*Poller, error) {
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	// os.NewFile only hands non-blocking descriptors to Go's poller.
	if err := unix.SetNonblock(epfd, true); err != nil {
		unix.Close(epfd)
		return nil, fmt.Errorf("epoll: %w", err)
	}
	p := &Poller{
		epfd:  epfd,
		file:  os.NewFile(uintptr(epfd), "epoll"),
		ended: make(chan struct{}),
		slots: make(chan struct{}, maxLingering),
		descs: make(map[uint64]*Desc),

		lingering: make(map[*nudge]struct{}),
	}
	conn, err := p.file.SyscallConn()
	if err != nil {
		p.file.Close()
		return nil, fmt.Errorf("epoll: %w", err)
	}
	go func() {
		defer close(p.ended)
		events := make([]unix.EpollEvent, 256)
		// Ends with the file: Read then returns os.ErrClosed.
		_ = conn.Read(func(uintptr) bool { return p.drain(events) })
	}()
	return p, nil
}

// drain delivers what is ready. It answers false, 'wait for more', once nothing
// is: Go's poller reports edges, so nothing may be left behind.
func (p *Poller) drain(events []unix.EpollEvent) bool {
	for {
		n, err := unix.EpollWait(p.epfd, events, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return true
		}
		if n == 0 {
			return false
		}
		for _, ev := range events[:n] {
			key := uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32
			p.mu.Lock()
			d := p.descs[key]
			p.mu.Unlock()
			if d != nil {
				d.deliver(ev.Events)
			}
		}
	}
}

// Register takes ownership of fd, which has to be non-blocking; on an error it
// is still the caller's.
func (p *Poller) Register(fd int) (*Desc, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	p.last++
	d := &Desc{p: p, key: p.last, fd: fd}
	p.descs[d.key] = d
	p.open.Add(1)
	return d, nil
}

// Len returns how many descriptors are registered.
func (p *Poller) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.descs)
}

// Close closes every descriptor that is still open, ends all waits with
// ErrClosed, and returns after the poller's goroutines ended. Lingering closes
// are waited for at most 5 s, then cut short. One that nothing ends in a second
// more is left behind, with an *UnclosedError. It may be called twice.
func (p *Poller) Close() error {
	p.mu.Lock()
	first := !p.closed
	p.closed = true
	left := make([]*Desc, 0, len(p.descs))
	for _, d := range p.descs {
		left = append(left, d)
	}
	p.mu.Unlock()
	if !first {
		<-p.ended
		return nil
	}
	for _, d := range left {
		d.shut()
	}
	p.open.Wait()
	err := p.file.Close()
	<-p.ended
	if n := p.awaitLingering() + p.drops.await(stuckBound); n > 0 {
		err = errors.Join(err, &UnclosedError{Descriptors: n})
	}
	return err
}

// UnclosedError is of descriptors whose close(2) has not ended.
type UnclosedError struct{ Descriptors int }

func (e *UnclosedError) Error() string {
	return fmt.Sprintf("close of %d descriptors has not ended", e.Descriptors)
}
