package farsock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// halfCloser is what *net.TCPConn and *Conn have in common.
type halfCloser interface {
	net.Conn
	CloseWrite() error
}

// resultOf is what errors.Is finds.
func resultOf(err error) string {
	for _, known := range []error{io.EOF, os.ErrDeadlineExceeded, net.ErrClosed, syscall.EPIPE, syscall.ECONNRESET} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return fmt.Sprint(err)
}

// endOps are what a program may do about a connection's end; for "late" ones the
// deadline has passed before.
var endOps = map[string]func(c halfCloser) error{
	"write": func(c halfCloser) error {
		_, err := c.Write([]byte("x"))
		return err
	},
	"late write":  late(func(c halfCloser) error { _, err := c.Write([]byte("x")); return err }),
	"empty write": func(c halfCloser) error { _, err := c.Write(nil); return err },
	"end":         func(c halfCloser) error { return c.CloseWrite() },
	"late end": late(func(c halfCloser) error {
		if err := c.CloseWrite(); !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		return nil // package net's does not wait
	}),
	"read":       func(c halfCloser) error { _, err := c.Read(make([]byte, 1)); return err },
	"late read":  late(func(c halfCloser) error { _, err := c.Read(make([]byte, 1)); return err }),
	"empty read": late(func(c halfCloser) error { _, err := c.Read(nil); return err }),
	"close": func(c halfCloser) error {
		_ = c.Close() // a second one of ours is no error
		return c.SetDeadline(time.Now())
	},
}

func late(op func(halfCloser) error) func(halfCloser) error {
	return func(c halfCloser) error {
		_ = c.SetDeadline(time.Now().Add(-time.Second)) // it may be closed
		defer func() { _ = c.SetDeadline(time.Time{}) }()
		return op(c)
	}
}

// Whatever a program does in whichever order, it sees what package net shows, and
// so does its peer.
func TestConnEndsAsPackageNets(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	var names []string
	for name := range endOps {
		names = append(names, name)
	}
	run := func(c halfCloser, near net.Conn, ops ...string) (results []string) {
		if _, err := near.Write([]byte("0123456789")); err != nil {
			t.Fatal(err)
		}
		for _, op := range ops {
			results = append(results, op+": "+resultOf(endOps[op](c)))
		}
		if !strings.Contains(strings.Join(ops, " "), "close") {
			got := make(chan error, 1)
			_ = c.CloseWrite()
			go func() { _, err := io.Copy(io.Discard, near); got <- err }()
			results = append(results, "peer: "+resultOf(<-got))
		}
		return results
	}
	local := listenLocal(t, "tcp4", "127.0.0.1:0")
	for _, first := range names {
		for _, second := range names {
			for _, third := range []string{"write", "late write", "end", "read", "empty read"} {
				far, near := pair(t, s)
				got := run(far, near, first, second, third)
				_ = far.Close()
				_ = near.Close()
				real := must[net.Conn](t)(net.Dial("tcp4", local.Addr().String()))
				near = must[net.Conn](t)(local.Accept())
				want := run(real.(*net.TCPConn), near, first, second, third)
				_ = real.Close()
				_ = near.Close()
				if strings.Join(got, "; ") != strings.Join(want, "; ") {
					t.Errorf("got  %v\nwant %v", got, want)
				}
			}
		}
	}
}

// A Write and then CloseWrite that meet their deadlines lose nothing: later
// Writes are EPIPE at once, everything that was counted arrives, then the end,
// and the peer's answer can be read.
func TestConnCloseWriteStaysUnderWay(t *testing.T) {
	t.Parallel()
	for _, cut := range []bool{false, true} {
		t.Run(fmt.Sprint("cut ", cut), func(t *testing.T) {
			t.Parallel()
			c, s := cutSession(t, 30*time.Second)
			far, near := pair(t, s)
			var counted int64
			for err := error(nil); err == nil; {
				var n int
				_ = far.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
				n, err = far.Write(make([]byte, 30_000))
				counted += int64(n)
				if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatal(err)
				}
			}
			if cut {
				c.refuse(true)
			}
			_ = far.SetWriteDeadline(time.Now())
			for range 2 {
				if err := far.CloseWrite(); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("CloseWrite = %v", err)
				}
			}
			_ = far.SetWriteDeadline(time.Time{})
			soon(t, "the writes", func() {
				for range 20 {
					if n, err := far.Write(make([]byte, 100_000)); n != 0 || !errors.Is(err, syscall.EPIPE) {
						t.Errorf("Write = %d, %v", n, err)
					}
				}
				if n, err := far.ReadFrom(strings.NewReader("more")); n != 0 || !errors.Is(err, syscall.EPIPE) {
					t.Errorf("ReadFrom = %d, %v", n, err)
				}
			})
			c.refuse(false)
			peer := make(chan error, 1)
			go func() {
				n, err := io.Copy(io.Discard, near)
				if n != counted {
					err = fmt.Errorf("%d of %d bytes arrived: %w", n, counted, err)
				}
				_, _ = near.Write([]byte("answer"))
				_ = near.Close()
				peer <- err
			}()
			soon(t, "the end", func() {
				if err := far.CloseWrite(); err != nil {
					t.Errorf("CloseWrite = %v", err)
				}
				if err := <-peer; err != nil {
					t.Error(err)
				}
				readAll(t, far, "answer")
			})
		})
	}
}

// CloseWrite does not wait for a Write that is under way, which ends with EPIPE
// and what was sent before.
func TestConnCloseWriteWhileAWriteWaits(t *testing.T) {
	t.Parallel()
	far, near := pair(t, newSession(t))
	written := make(chan int, 1)
	go func() {
		n, err := far.Write(make([]byte, 32<<20))
		if !errors.Is(err, syscall.EPIPE) {
			t.Errorf("Write = %v", err)
		}
		written <- n
	}()
	eventually(t, "the Write", func() bool {
		res, err := far.h.client.Sockets.GetSocket(context.Background(), &farsockv1.GetSocketRequest{Name: far.h.resource})
		return err == nil && res.GetSocket().GetSendOffset() > 0
	})
	_ = far.SetWriteDeadline(time.Now().Add(time.Hour))
	ended := make(chan error, 1)
	go func() { ended <- far.CloseWrite() }()
	soon(t, "the end", func() {
		got, err := io.Copy(io.Discard, near)
		if n := <-written; err != nil || int64(n) != got || n == 32<<20 {
			t.Errorf("%d bytes were written, %d arrived, %v", n, got, err)
		}
		if err := <-ended; err != nil {
			t.Errorf("CloseWrite = %v", err)
		}
	})
}
