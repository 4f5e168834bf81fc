//go:build linux

package poller

import (
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// patience is how long a system call that should not sleep may last before
	// it is interrupted.
	patience = 10 * time.Millisecond
	// nudgeEvery is how often it is interrupted from then on.
	nudgeEvery = time.Millisecond
)

// Prompt runs f, which makes a system call that should not sleep and may do so
// all the same: whatever drops a descriptor that lies in a unix socket's queue
// may drop the last reference to a socket that lingers, which sleeps as long
// as its sender chose. Such a sleep ends with a signal, and what it waited for
// goes on without it, as with SO_LINGER off. The signal is SIGURG, which the Go
// runtime sends to its threads itself. f may get EINTR from calls that give it.
func Prompt(f func()) {
	n := lock()
	defer n.unlock()
	n.after(patience)
	f()
}

// nudge interrupts what one thread does.
type nudge struct {
	tid int // immutable

	mu    sync.Mutex
	over  bool        // guarded by mu; the thread is not ours any more
	timer *time.Timer // guarded by mu; nil until something is to be interrupted
}

// lock binds the calling goroutine to its thread until unlock.
func lock() *nudge {
	runtime.LockOSThread()
	return &nudge{tid: unix.Gettid()}
}

func (n *nudge) unlock() {
	n.mu.Lock()
	n.over = true
	if n.timer != nil {
		n.timer.Stop()
	}
	n.mu.Unlock()
	runtime.UnlockOSThread()
}

// after has the thread interrupted from d on, again and again: a signal that
// comes before the sleep ends nothing.
func (n *nudge) after(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.timer == nil && !n.over {
		n.timer = time.AfterFunc(d, n.now)
	}
}

func (n *nudge) now() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.over {
		_ = unix.Tgkill(os.Getpid(), n.tid, unix.SIGURG)
		n.timer.Reset(nudgeEvery)
	}
}
