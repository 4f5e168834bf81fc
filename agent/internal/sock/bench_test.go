//go:build linux

package sock

import (
	"io"
	"net"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// BenchmarkIdleSocket reports what a socket costs in user space while nobody
// calls it, after it has carried a byte and waited once.
func BenchmarkIdleSocket(b *testing.B) {
	env := newEnv(b)
	const n = 2000
	sockets := make([]*Socket, 0, n)
	var before, after runtime.MemStats
	goroutines := runtime.NumGoroutine()
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range n / 2 {
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			b.Fatal(err)
		}
		for _, fd := range fds {
			s, err := newSocket(env, fd, Unix, Stream, 0)
			if err != nil {
				b.Fatal(err)
			}
			sockets = append(sockets, s)
		}
	}
	for i, s := range sockets {
		if _, err := s.Send(bg, SendRequest{Data: []byte("x")}, For(0)); err != nil {
			b.Fatal(err)
		}
		if got, err := sockets[i^1].Receive(bg, ReceiveRequest{Max: 10}, soon()); err != nil || len(got.Data) != 1 {
			b.Fatal(got, err)
		}
	}
	runtime.GC()
	runtime.GC() // twice: pools are emptied by the second
	runtime.ReadMemStats(&after)
	extra := runtime.NumGoroutine() - goroutines
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "bytes/socket")
	b.ReportMetric(float64(extra)/n, "goroutines/socket")
	b.ReportMetric(0, "ns/op")
	for _, s := range sockets {
		s.Close(bg, false)
	}
}

// BenchmarkRoundTrip compares 64-byte round trips over TCP loopback with those
// of package net; the echo is net's both times.
func BenchmarkRoundTrip(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	echoed := make(chan struct{})
	go func() {
		defer close(echoed)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			echo(c)
			c.Close()
		}
	}()
	defer func() { l.Close(); <-echoed }()
	addr := l.Addr().(*net.TCPAddr)
	buf := make([]byte, 64)
	b.Run("net", func(b *testing.B) {
		c, err := net.Dial("tcp", addr.String())
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		for b.Loop() {
			if _, err := c.Write(buf); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(c, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("sock", func(b *testing.B) {
		on := Option{Kind: OptNoDelay, Bool: true} // as package net has it
		s := open(b, newEnv(b), Spec{Family: Inet, Type: Stream, Options: []Option{on}, Connect: &Address{Family: Inet, Host: "127.0.0.1", Port: addr.Port}})
		defer s.Close(bg, false)
		for b.Loop() {
			if sent, err := s.Send(bg, SendRequest{Data: buf}, Forever()); err != nil || !sent.Outcome.OK() {
				b.Fatal(sent, err)
			}
			if got, err := s.Receive(bg, ReceiveRequest{Max: 64, Until: Until{Exactly: 64}}, Forever()); err != nil || len(got.Data) != 64 {
				b.Fatal(got, err)
			}
		}
	})
}
