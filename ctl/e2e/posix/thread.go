//go:build linux

package posix

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// Thread is an operating-system thread with a network namespace and a user of
// its own. Sockets made on it, and processes started on it, live there.
type Thread struct {
	work chan func()
	done chan struct{} // closed when the goroutine has ended
	// Path names the namespace while the thread lives. Immutable.
	Path string
	// stamps is a socket that wants timestamps; -1 is none. Set before use.
	stamps int
}

// stamp has the kernel note when packets arrive as long as the thread lives. It
// begins and ends with that a while after a socket of the host's asked for it.
func (t *Thread) stamp() (err error) {
	if t.stamps, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err == nil {
		err = unix.SetsockoptInt(t.stamps, unix.SOL_SOCKET, soTimestampNS, 1)
	}
	return err
}

// NewThread starts a thread in a new, empty network namespace; with a path, in
// that one. A uid above 0 is taken on for good. The caller closes it.
func NewThread(namespace string, uid int) (*Thread, error) {
	t := &Thread{work: make(chan func()), done: make(chan struct{}), stamps: -1}
	ready := make(chan error)
	go t.run(namespace, uid, ready)
	if err := <-ready; err != nil {
		<-t.done
		return nil, err
	}
	return t, nil
}

func (t *Thread) run(namespace string, uid int, ready chan<- error) {
	defer close(t.done)
	// Never unlocked: the thread ends with the goroutine, since its namespace
	// and user are no use to others.
	runtime.LockOSThread()
	t.Path = fmt.Sprintf("/proc/%d/task/%d/ns/net", unix.Getpid(), unix.Gettid())
	err := enter(namespace)
	if err == nil && uid > 0 {
		err = become(uid)
	}
	ready <- err
	if err != nil {
		return
	}
	for f := range t.work {
		f()
	}
}

func enter(namespace string) error {
	if namespace == "" {
		return unix.Unshare(unix.CLONE_NEWNET)
	}
	fd, err := unix.Open(namespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	return unix.Setns(fd, unix.CLONE_NEWNET)
}

// become changes this thread's user alone: the raw system calls, unlike those
// of package syscall, which speak for all threads.
func become(uid int) error {
	if _, _, e := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); e != 0 {
		return e
	}
	id := uintptr(uid)
	if _, _, e := unix.RawSyscall(unix.SYS_SETRESGID, id, id, id); e != 0 {
		return e
	}
	if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, id, id, id); e != 0 {
		return e
	}
	return nil
}

// Do runs f on the thread and waits for it.
func (t *Thread) Do(f func()) {
	over := make(chan struct{})
	t.work <- func() { defer close(over); f() }
	<-over
}

// Close ends the thread and waits for it. Not to be called twice.
func (t *Thread) Close() {
	if t.stamps >= 0 {
		_ = unix.Close(t.stamps)
	}
	close(t.work)
	<-t.done
}
