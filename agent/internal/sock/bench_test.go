//go:build linux

package sock

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
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

// BenchmarkAttachmentRead is a stream's way from the kernel to gRPC, with AUTO and
// with MANUAL, whose acks come behind.
func BenchmarkAttachmentRead(b *testing.B) {
	const chunk = 16 << 10
	for _, behind := range []int64{-1, chunk, 256 << 10} {
		b.Run(fmt.Sprint("acks behind ", behind), func(b *testing.B) {
			s, c := connected(b, newEnv(b))
			a, err := s.Attach(bg, AttachRequest{Holder: "h", Epoch: 1, Manual: behind >= 0})
			if err != nil {
				b.Fatal(err)
			}
			defer a.Detach()
			var flood sync.WaitGroup
			defer flood.Wait()
			defer c.Close()
			flood.Go(func() {
				buf := make([]byte, 64<<10)
				for {
					if _, err := c.Write(buf); err != nil {
						return
					}
				}
			})
			b.ReportAllocs()
			n := int64(0)
			for b.Loop() {
				got, err := a.Read(bg, chunk)
				if err != nil {
					b.Fatal(err)
				}
				n += int64(len(got.Data))
				if at := got.Offset - behind; behind >= 0 && at > 0 {
					if err := a.Ack(at); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "MB/s")
		})
	}
}
