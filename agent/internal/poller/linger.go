//go:build linux

package poller

import (
	"context"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxLingering bounds the goroutines that sit in a lingering close(2).
	maxLingering = 64
	// lingerBound is how long Poller.Close waits for close(2) calls before it
	// interrupts them, and stuckBound how long after that.
	lingerBound = 5 * time.Second
	stuckBound  = time.Second
)

// Discard closes fd, which is not registered and of which nobody else has a
// copy. With SO_LINGER on, close(2) blocks even on a non-blocking socket: then
// it runs in a goroutine of its own and Discard returns when it ended or ctx
// did, whichever is first. At most 64 such goroutines exist; beyond them, and
// while the poller closes, the option is switched off first, which on Linux
// changes how long close(2) takes and not what the peer sees.
//
// A unix socket takes along what lies in its queue, which may linger too. It
// has a goroutine likewise, but what lingers there is cut short: see Prompt.
func (p *Poller) Discard(ctx context.Context, fd int) error {
	prompt := isUnix(fd)
	switch {
	case prompt && (!holds(fd) || !p.takeSlot()):
		return closePromptly(fd)
	case !prompt && !lingers(fd):
		return closeFD(fd)
	case !prompt && !p.takeSlot():
		// Nothing to be done if it fails: close(2) then takes its time.
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{})
		return closeFD(fd)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.linger(fd, prompt) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

// linger is close(2) with a slot taken, which it gives back.
func (p *Poller) linger(fd int, prompt bool) error {
	n := lock()
	defer n.unlock()
	p.mu.Lock()
	p.lingering[n] = struct{}{}
	impatient := p.impatient
	p.mu.Unlock()
	if prompt || impatient {
		n.after(patience)
	}
	err := closeFD(fd)
	p.mu.Lock()
	delete(p.lingering, n)
	p.mu.Unlock()
	<-p.slots
	return err
}

func (p *Poller) takeSlot() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	select {
	case p.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

// awaitLingering takes all slots, interrupting who has them after lingerBound.
// It returns how many it did not get.
func (p *Poller) awaitLingering() int {
	left := p.takeSlots(maxLingering, lingerBound)
	if left == 0 {
		return 0
	}
	p.mu.Lock()
	p.impatient = true
	for n := range p.lingering {
		n.after(0)
	}
	p.mu.Unlock()
	return p.takeSlots(left, stuckBound)
}

func (p *Poller) takeSlots(n int, within time.Duration) (left int) {
	bound := time.NewTimer(within)
	defer bound.Stop()
	for ; n > 0; n-- {
		select {
		case p.slots <- struct{}{}:
		case <-bound.C:
			return n
		}
	}
	return 0
}

func lingers(fd int) bool {
	l, err := getLinger(fd)
	return err == nil && l.Onoff != 0 && l.Linger > 0
}

func isUnix(fd int) bool {
	domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	return err == nil && domain == unix.AF_UNIX
}

// holds reports whether a unix socket has something queued, or may have.
func holds(fd int) bool {
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN | unix.POLLPRI}}
	n, err := unix.Poll(p, 0)
	return n != 0 || err != nil
}

// closeFD is close(2). After EINTR the number is free too, so it never repeats.
func closeFD(fd int) error {
	err := unix.Close(fd)
	if err == unix.EINTR {
		return nil
	}
	return err
}

func closePromptly(fd int) (err error) {
	Prompt(func() { err = closeFD(fd) })
	return err
}
