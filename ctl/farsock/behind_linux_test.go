package farsock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// fallBehind has the peer send until nothing more is taken, and the Conn not
// read. It returns how much was sent.
func fallBehind(t *testing.T, far *Conn, near net.Conn) int64 {
	t.Helper()
	if _, err := far.h.attachment(); err != nil {
		t.Fatal(err)
	}
	var sent int64
	block := make([]byte, 64<<10)
	for {
		_ = near.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		n, err := near.Write(block)
		sent += int64(n)
		if err != nil {
			break
		}
	}
	_ = near.SetWriteDeadline(time.Time{})
	return sent
}

// One goroutine that reads and writes in turn echoes more than all buffers
// hold.
func TestConnEchoesInOneGoroutine(t *testing.T) {
	t.Parallel()
	far, near := pair(t, newSession(t))
	payload := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := io.CopyBuffer(struct{ io.Writer }{far}, struct{ io.Reader }{far}, make([]byte, 20_000)); err != nil {
			t.Errorf("echo: %v", err)
		}
		if err := far.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	both.Go(func() {
		_, _ = near.Write(payload)
		_ = near.(*net.TCPConn).CloseWrite()
	})
	soon(t, "the echo", func() {
		got, err := io.ReadAll(near)
		if err != nil || !bytes.Equal(got, payload) {
			t.Errorf("%d of %d bytes came back, %v", len(got), len(payload), err)
		}
	})
	both.Wait()
}

// Write returns when the kernel has the bytes, however much lies unread; and
// what was written arrives, also when the Conn is closed right after it caught up.
func TestConnWritesWhileBehind(t *testing.T) {
	far, near := pair(t, newSession(t))
	sent := fallBehind(t, far, near)
	question := bytes.Repeat([]byte("q"), 200_000)
	soon(t, "Write", func() {
		if n, err := far.Write(question); n != len(question) || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
		res := must[*farsockv1.GetSocketResponse](t)(far.h.client.Sockets.GetSocket(context.Background(), &farsockv1.GetSocketRequest{Name: far.h.resource}))
		if got := res.GetSocket().GetSendOffset(); got != int64(len(question)) {
			t.Errorf("the kernel has %d bytes of %d", got, len(question))
		}
		if err := far.CloseWrite(); err != nil {
			t.Errorf("CloseWrite = %v", err)
		}
	})
	if _, err := io.CopyN(io.Discard, far, sent); err != nil {
		t.Fatal(err)
	}
	if err := far.Close(); err != nil {
		t.Error(err)
	}
	readAll(t, near, string(question))
}

// A peer that reads nothing before all of its own was read: acknowledgements are
// not held up by the bytes that wait for it.
func TestConnReadsWhileAWriteWaits(t *testing.T) {
	far, near := pair(t, newSession(t))
	up, down := make([]byte, 8<<20), make([]byte, 16<<20)
	var both sync.WaitGroup
	both.Go(func() {
		if n, err := far.Write(up); n != len(up) || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
	})
	both.Go(func() {
		if _, err := near.Write(down); err != nil {
			t.Errorf("the peer's Write = %v", err)
		}
		if _, err := io.CopyN(io.Discard, near, int64(len(up))); err != nil {
			t.Errorf("the peer's Read = %v", err)
		}
	})
	soon(t, "both", func() {
		if _, err := io.CopyN(io.Discard, far, int64(len(down))); err != nil {
			t.Errorf("Read = %v", err)
		}
		both.Wait()
	})
}

// Datagrams that nobody reads do not stop the sender.
func TestPacketConnWritesWhileBehind(t *testing.T) {
	s := newSession(t)
	far := must[*PacketConn](t)(s.ListenPacket(context.Background(), "udp", "127.0.0.1:0"))
	defer far.Close()
	near := must[*net.UDPConn](t)(net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	defer near.Close()
	a, err := far.h.attachment()
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the window to fill", func() bool {
		for range 64 {
			if _, err := near.WriteTo(make([]byte, 8000), far.LocalAddr()); err != nil {
				t.Fatal(err)
			}
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.inbox.charged > streamAhead-9000
	})
	b := make([]byte, 100)
	soon(t, "the writes", func() {
		for i := range 200 {
			text := fmt.Sprint(i)
			if _, err := far.WriteTo([]byte(text), near.LocalAddr()); err != nil {
				t.Errorf("WriteTo = %v", err)
				return
			}
			if n, _, err := near.ReadFrom(b); err != nil || string(b[:n]) != text {
				t.Errorf("ReadFrom = %q, %v", b[:n], err)
				return
			}
		}
	})
	if _, err := far.WriteTo(make([]byte, 65508), near.LocalAddr()); !errors.Is(err, syscall.EMSGSIZE) {
		t.Errorf("WriteTo = %v", err)
	}
	if _, err := far.WriteTo([]byte("after"), near.LocalAddr()); err != nil {
		t.Errorf("WriteTo = %v", err)
	}
}

// io.Copy into a Conn: all of it arrives, an error of the reader is told as it
// is, and a slow reader holds nothing back.
func TestConnReadFrom(t *testing.T) {
	far, near := pair(t, newSession(t))
	r, w := io.Pipe()
	copied := make(chan error, 1)
	go func() {
		n, err := io.Copy(far, r)
		if n != 5+1<<20 {
			t.Errorf("%d bytes were copied", n)
		}
		copied <- err
	}()
	b := make([]byte, 1<<20)
	if _, err := w.Write([]byte("first")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(near, b[:5]); err != nil || string(b[:5]) != "first" {
		t.Errorf("%q, %v", b[:5], err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	_ = w.CloseWithError(errors.ErrUnsupported)
	if _, err := io.ReadFull(near, b); err != nil {
		t.Error(err)
	}
	if err := <-copied; err != errors.ErrUnsupported {
		t.Errorf("Copy = %v", err)
	}
	_ = near.(*net.TCPConn).SetLinger(0)
	_ = near.Close()
	_, _ = far.Read(b)
	soon(t, "the failure", func() {
		n, err := far.ReadFrom(bytes.NewReader(make([]byte, 1<<20)))
		if err == nil || n == 1<<20 {
			t.Errorf("ReadFrom = %d, %v", n, err)
		}
	})
}
