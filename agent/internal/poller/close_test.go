//go:build linux

package poller

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestCloseWakesAll(t *testing.T) {
	p := newPoller(t)
	d, _ := pair(t, p)
	const n = 6
	done := make(chan error, n)
	for i := range n {
		in := Interest{Events: Readable, Observer: i%2 == 0}
		if i == n-1 {
			in.Events = 0
		}
		go func() { done <- d.Wait(within(t), in) }()
	}
	queued(t, d, n)
	if err := d.Close(within(t)); err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := <-done; !errors.Is(err, ErrClosed) {
			t.Fatalf("got %v, want ErrClosed", err)
		}
	}
	if err := d.Close(within(t)); !errors.Is(err, ErrClosed) {
		t.Fatalf("second Close: %v", err)
	}
	if err := d.Do(func(int) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Fatalf("Do: %v", err)
	}
	if err := d.Wait(within(t), Interest{Events: Readable}); !errors.Is(err, ErrClosed) {
		t.Fatalf("Wait: %v", err)
	}
	if n := p.Len(); n != 0 {
		t.Fatalf("%d descriptors left", n)
	}
}

func TestCloseWaitsForCalls(t *testing.T) {
	p := newPoller(t)
	d, _ := pair(t, p)
	in, out := make(chan int), make(chan struct{})
	go d.Do(func(fd int) error { in <- fd; <-out; return nil })
	fd := <-in
	closed := make(chan error, 1)
	go func() { closed <- d.Close(within(t)) }()
	for {
		d.mu.Lock()
		c := d.closed
		d.mu.Unlock()
		if c {
			break
		}
		runtime.Gosched()
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		t.Fatalf("the number was freed under a call: %v", err)
	}
	select {
	case <-closed:
		t.Fatal("Close returned under a call")
	default:
	}
	close(out)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
}

func TestPollerCloseEndsWaits(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	d, _ := pair(t, p)
	done := make(chan error, 1)
	go func() { done <- d.Wait(within(t), Interest{Events: Readable}) }()
	queued(t, d, 1)
	for range 2 {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Fatalf("got %v", err)
	}
	if _, err := p.Register(0); !errors.Is(err, ErrClosed) {
		t.Fatalf("Register: %v", err)
	}
}

// tcpPair returns two ends of a TCP connection, the first one registered.
func tcpPair(t testing.TB, p *Poller) (*Desc, int) {
	t.Helper()
	l, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(l)
	if err := unix.Bind(l, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(l, 1); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(l)
	if err != nil {
		t.Fatal(err)
	}
	c, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Connect(c, sa); err != nil {
		t.Fatal(err)
	}
	peer, _, err := unix.Accept4(l, unix.SOCK_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(peer) })
	if err := unix.SetNonblock(c, true); err != nil {
		t.Fatal(err)
	}
	d, err := p.Register(c)
	if err != nil {
		t.Fatal(err)
	}
	return d, peer
}

// A lingering close(2) with unsent data takes its second, but not the caller's.
func TestLingeringCloseIsBounded(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	d, _ := tcpPair(t, p)
	err = d.Do(func(fd int) error {
		if err := unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: 1}); err != nil {
			return err
		}
		for {
			if _, err := unix.Write(fd, make([]byte, 1<<16)); err != nil {
				return nil
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := d.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 800*time.Millisecond {
		t.Errorf("Close took %v", took)
	}
	if err := p.Close(); err != nil { // waits for it
		t.Fatal(err)
	}
	if took := time.Since(start); took < 800*time.Millisecond {
		t.Errorf("the lingering close was not waited for: %v", took)
	}
}

// Readers, pollers, cancels and closes at random: every byte arrives, nothing
// hangs, no number is used after it was freed.
func TestStress(t *testing.T) {
	before := openFDs(t)
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	rounds := 60
	if testing.Short() {
		rounds = 15
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range rounds {
				stressOnce(t, p)
			}
		})
	}
	all.Wait()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if after := openFDs(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func stressOnce(t *testing.T, p *Poller) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Error(err)
		return
	}
	defer unix.Close(fds[1])
	d, err := p.Register(fds[0])
	if err != nil {
		t.Error(err)
		return
	}
	const bytes = 40
	got := make(chan struct{}, bytes)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.IntN(3000))*time.Microsecond)
				err := receive(ctx, d)
				cancel()
				switch {
				case err == nil:
					got <- struct{}{}
				case errors.Is(err, ErrClosed):
					return
				case !errors.Is(err, context.DeadlineExceeded):
					t.Errorf("receive: %v", err)
					return
				}
			}
		})
	}
	readers.Go(func() {
		for {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			_ = WaitAny(ctx, []Interest{{Desc: d, Events: Readable}})
			cancel()
			if d.Do(func(int) error { return nil }) != nil {
				return
			}
		}
	})
	for range bytes {
		if _, err := unix.Write(fds[1], []byte{1}); err != nil {
			t.Error(err)
		}
		if rand.IntN(3) == 0 {
			runtime.Gosched()
		}
	}
	for range bytes {
		select {
		case <-got:
		case <-time.After(20 * time.Second):
			t.Error("a byte was lost")
		}
	}
	if err := d.Close(context.Background()); err != nil {
		t.Error(err)
	}
	readers.Wait()
}

func openFDs(t testing.TB) int {
	t.Helper()
	dir, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(dir)
}
