//go:build linux

package poller

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// reluctant returns a TCP socket whose close(2) takes a minute: it lingers, and
// its peer reads nothing of what it sent.
func reluctant(t *testing.T) int {
	t.Helper()
	p := newPoller(t)
	d, _ := tcpPair(t, p)
	fd := -1
	if err := d.Do(func(n int) (err error) { fd, err = unix.Dup(n); return err }); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := unix.Write(fd, make([]byte, 1<<16)); err != nil {
			break
		}
	}
	if err := d.Close(context.Background()); err != nil { // fd is the last
		t.Fatal(err)
	}
	if err := unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: 60}); err != nil {
		t.Fatal(err)
	}
	return fd
}

// poisoned returns a unix datagram socket with the last reference to fd in its
// queue.
func poisoned(t *testing.T, fd int) int {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(p[1])
	if err := unix.Sendmsg(p[1], []byte("x"), unix.UnixRights(fd), nil, 0); err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
	return p[0]
}

// quick fails if f takes long.
func quick(t *testing.T, what string, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("%s took %v", what, took)
	}
}

func TestDiscardIsNotHeldUpByWhatIsQueued(t *testing.T) {
	for name, depth := range map[string]int{"direct": 1, "nested": 2} {
		t.Run(name, func(t *testing.T) {
			for _, closed := range []bool{false, true} {
				p, err := New()
				if err != nil {
					t.Fatal(err)
				}
				fd := reluctant(t)
				for range depth {
					fd = poisoned(t, fd)
				}
				if closed { // takes no slot any more
					quick(t, "closing the poller", func() { p.Close() })
				}
				quick(t, "Discard", func() {
					if err := p.Discard(context.Background(), fd); err != nil {
						t.Error(err)
					}
				})
				quick(t, "closing the poller", func() {
					if err := p.Close(); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

// Descriptors that others sent: nobody waits for them, and their options stay.
func TestDrop(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	shared := reluctant(t)
	copied, err := unix.Dup(shared)
	if err != nil {
		t.Fatal(err)
	}
	fds := []int{copied, poisoned(t, reluctant(t))}
	for range 20 {
		fds = append(fds, reluctant(t))
	}
	start := time.Now()
	p.Drop(fds)
	if took := time.Since(start); took > patience {
		t.Errorf("Drop took %v", took)
	}
	quick(t, "closing the poller", func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if l, err := getLinger(shared); err != nil || l.Onoff != 1 || l.Linger != 60 {
		t.Errorf("the sender's own copy lingers %+v, %v", l, err)
	}
	quick(t, "close", func() { _ = closePromptly(shared) })
}

// Goroutines that nothing moves: there is room for so many descriptors and no
// more.
func TestDropIsBounded(t *testing.T) {
	p := newPoller(t)
	d := &p.drops
	d.mu.Lock()
	d.at, d.closing = maxDroppers, maxDroppers // none of them comes back
	d.mu.Unlock()
	n := 0
	for ; p.Room(); n++ {
		if n > 10*maxDropped {
			t.Fatal("there is room for ever")
		}
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		p.Drop([]int{fd})
	}
	if n != maxDropped-maxDroppers {
		t.Errorf("room for %d", n)
	}
	if left := d.await(time.Millisecond); left != maxDropped {
		t.Errorf("%d are left", left)
	}
	d.mu.Lock()
	d.closing = 0
	d.mu.Unlock()
	for range maxDroppers { // they do come back
		d.run()
	}
	if left := d.await(time.Millisecond); left != 0 || !p.Room() {
		t.Errorf("then %d are left", left)
	}
}

// What recvmsg(2) without room drops is cut short too.
func TestPrompt(t *testing.T) {
	fd := poisoned(t, reluctant(t))
	defer unix.Close(fd)
	quick(t, "recvmsg", func() {
		Prompt(func() {
			n, _, flags, _, err := unix.Recvmsg(fd, make([]byte, 8), nil, 0)
			if n != 1 || flags&unix.MSG_CTRUNC == 0 || err != nil {
				t.Errorf("%d, %x, %v", n, flags, err)
			}
		})
	})
}

// With the poller a lingering close ends.
func TestPollerCloseCutsLingeringShort(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 5 s")
	}
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Discard(ctx, reluctant(t)); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took < lingerBound || took > lingerBound+stuckBound {
		t.Errorf("it took %v", took)
	}
}

func BenchmarkPrompt(b *testing.B) {
	for b.Loop() {
		Prompt(func() {})
	}
}
