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
	// lingerBound is how long Poller.Close waits for them.
	lingerBound = 5 * time.Second
)

// Discard closes fd, which is not registered. With SO_LINGER on, close(2)
// blocks even on a non-blocking socket: then it runs in a goroutine of its own
// and Discard returns when it ended or ctx did, whichever is first. At most 64
// such goroutines exist; beyond them, and while the poller closes, the option
// is switched off first, which on Linux changes how long close(2) takes and not
// what the peer sees.
func (p *Poller) Discard(ctx context.Context, fd int) error {
	if !lingers(fd) {
		return closeFD(fd)
	}
	if !p.takeSlot() {
		// Nothing to be done if it fails: close(2) then takes its time.
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{})
		return closeFD(fd)
	}
	ended := make(chan error, 1)
	go func() {
		err := closeFD(fd)
		<-p.slots
		ended <- err
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
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

// awaitLingering takes all slots, or gives up after lingerBound.
func (p *Poller) awaitLingering() {
	bound := time.NewTimer(lingerBound)
	defer bound.Stop()
	for range maxLingering {
		select {
		case p.slots <- struct{}{}:
		case <-bound.C:
			return
		}
	}
}

func lingers(fd int) bool {
	l, err := getLinger(fd)
	return err == nil && l.Onoff != 0 && l.Linger > 0
}

// closeFD is close(2). After EINTR the number is free too, so it never repeats.
func closeFD(fd int) error {
	err := unix.Close(fd)
	if err == unix.EINTR {
		return nil
	}
	return err
}
