//go:build linux

package poller

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// stuck returns a UDP socket whose error queue is not empty, registered, and its
// peer: epoll reports an error of it without end.
func stuck(t *testing.T, p *Poller) (*Desc, int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	peer, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(peer) })
	for _, one := range []int{fd, peer} {
		if err := unix.Bind(one, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
	}
	name, err := unix.Getsockname(peer)
	if err != nil {
		t.Fatal(err)
	}
	own, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Connect(peer, own); err != nil {
		t.Fatal(err)
	}
	// A timestamp of something sent waits in the error queue.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING, unix.SOF_TIMESTAMPING_TX_SOFTWARE|unix.SOF_TIMESTAMPING_SOFTWARE); err != nil {
		t.Fatal(err)
	}
	if err := unix.Sendto(fd, []byte("x"), 0, name); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; {
		pfd := []unix.PollFd{{Fd: int32(fd)}}
		if _, err := unix.Poll(pfd, 100); err == nil && pfd[0].Revents&unix.POLLERR != 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("no error is pending")
		}
	}
	d, err := p.Register(fd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close(context.Background()) })
	return d, peer
}

// patient is what a user does who knows of the error: it waits for news, and
// counts how often there were any.
func patient(ctx context.Context, d *Desc) (wakes int, err error) {
	for {
		mark := d.Mark()
		if err := read1(d); err != unix.EAGAIN {
			return wakes, err
		}
		if err := d.Wait(ctx, Interest{Events: Readable, Mark: mark, News: true}); err != nil {
			return wakes, err
		}
		wakes++
	}
}

func TestNewsDoesNotSpin(t *testing.T) {
	p := newPoller(t)
	d, _ := stuck(t, p)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	wakes, err := patient(ctx, d)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if wakes > 3 {
		t.Errorf("woken %d times by one old error", wakes)
	}
	// With nobody waiting what comes is announced once and then not watched.
	settled(t, d)
}

// settled waits until epoll watches d no more than an idle one.
func settled(t *testing.T, d *Desc) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		// Any report finds that nobody waits.
		d.deliver(unix.EPOLLERR)
		d.mu.Lock()
		idle := !d.news && d.armed == 0
		d.mu.Unlock()
		if idle {
			return
		}
		if time.Now().After(end) {
			t.Fatal("still watched")
		}
	}
}

// What comes is still told, to everyone: two datagrams may make one report.
func TestNewsArrives(t *testing.T) {
	p := newPoller(t)
	d, peer := stuck(t, p)
	const n = 4
	type result struct {
		wakes int
		err   error
	}
	for round := range 50 {
		results := make(chan result, n)
		for range n {
			go func() {
				wakes, err := patient(within(t), d)
				results <- result{wakes, err}
			}()
		}
		if round%2 == 0 {
			queued(t, d, n)
		}
		for range n {
			write(t, peer, "x")
		}
		for range n {
			if r := <-results; r.err != nil {
				t.Fatalf("round %d: %v", round, r.err)
			}
		}
	}
}

// Those who wait for a condition as it holds do so beside those who wait for
// news, and afterwards.
func TestNewsBesideOthers(t *testing.T) {
	p := newPoller(t)
	d, peer := pair(t, p)
	defer d.Close(context.Background())
	got := make(chan error, 2)
	go func() { _, err := patient(within(t), d); got <- err }()
	queued(t, d, 1)
	if err := d.Wait(within(t), Interest{Events: Writable, Mark: d.Mark()}); err != nil {
		t.Fatal(err)
	}
	go func() { got <- receive(within(t), d) }()
	write(t, peer, "xy")
	for range 2 {
		if err := <-got; err != nil {
			t.Fatal(err)
		}
	}
	settled(t, d)
	go func() { got <- receive(within(t), d) }()
	queued(t, d, 1)
	write(t, peer, "z")
	if err := <-got; err != nil {
		t.Fatal(err)
	}
}

func TestNewsEndsWithTheDescriptor(t *testing.T) {
	p := newPoller(t)
	d, _ := stuck(t, p)
	ended := make(chan error, 1)
	go func() { _, err := patient(within(t), d); ended <- err }()
	queued(t, d, 1)
	if err := d.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
}

func TestReadEnded(t *testing.T) {
	p := newPoller(t)
	d, peer := tcpPair(t, p)
	defer d.Close(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Wait(within(t), Interest{Events: ReadEnded}) }()
	queued(t, d, 1)
	write(t, peer, "x") // is no end
	if err := d.Wait(within(t), Interest{Events: Readable}); err != nil {
		t.Fatal(err)
	}
	queued(t, d, 1)
	if err := unix.Shutdown(peer, unix.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
