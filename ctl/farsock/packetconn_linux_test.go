package farsock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Boundaries, empty datagrams and the largest ones survive, both ways, and the
// source is the real one.
func TestPacketConn(t *testing.T) {
	s := newSession(t)
	dir := filepath.Dir(socketPath(t))
	for _, c := range []struct {
		network, far, near string
		largest            int
	}{
		{"udp", "127.0.0.1:0", "127.0.0.1:0", 65507},
		{"udp6", "[::1]:0", "[::1]:0", 65507},
		{"unixgram", filepath.Join(dir, "far"), filepath.Join(dir, "near"), 100_000},
	} {
		t.Run(c.network, func(t *testing.T) {
			near := must[net.PacketConn](t)(net.ListenPacket(c.network, c.near))
			defer near.Close()
			far := must[*PacketConn](t)(s.ListenPacket(context.Background(), c.network, c.far))
			for i, size := range []int{0, 1, 1000, c.largest, 0} {
				sent := bytes.Repeat([]byte{byte('a' + i)}, size)
				exchange(t, far, near, sent)
				exchange(t, near, far, sent)
			}
			if err := far.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func exchange(t *testing.T, from, to net.PacketConn, sent []byte) {
	t.Helper()
	if n, err := from.WriteTo(sent, to.LocalAddr()); n != len(sent) || err != nil {
		t.Fatalf("WriteTo = %d, %v", n, err)
	}
	_ = to.SetReadDeadline(time.Now().Add(20 * time.Second))
	b := make([]byte, 128<<10)
	n, addr, err := to.ReadFrom(b)
	if err != nil || !bytes.Equal(b[:n], sent) || addr.String() != from.LocalAddr().String() {
		t.Fatalf("ReadFrom = %d bytes of %d, from %v, %v", n, len(sent), addr, err)
	}
}

func TestPacketConnCutsAsPackageNetDoes(t *testing.T) {
	s := newSession(t)
	far := must[*PacketConn](t)(s.ListenPacket(context.Background(), "udp", "127.0.0.1:0"))
	defer far.Close()
	near := must[net.Conn](t)(net.Dial("udp4", far.LocalAddr().String()))
	defer near.Close()
	for _, data := range []string{"too long", "next"} {
		if _, err := near.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"too ", "next"} {
		b := make([]byte, 4)
		if n, _, err := far.ReadFrom(b); err != nil || string(b[:n]) != want {
			t.Errorf("ReadFrom = %q, %v", b[:n], err)
		}
	}
}

func TestPacketConnRefusals(t *testing.T) {
	s := newSession(t)
	far := must[*PacketConn](t)(s.ListenPacket(context.Background(), "udp", "127.0.0.1:0"))
	defer far.Close()
	near := must[net.PacketConn](t)(net.ListenPacket("udp4", "127.0.0.1:0"))
	defer near.Close()
	for _, c := range []struct {
		size int
		to   net.Addr
		is   error // nil: an address error
	}{
		{65508, near.LocalAddr(), syscall.EMSGSIZE},
		{2 << 20, near.LocalAddr(), syscall.EMSGSIZE},
		{1, &net.UDPAddr{IP: net.IPv6loopback, Port: 1}, nil},
		{1, &net.UnixAddr{Name: "/x", Net: "unixgram"}, nil},
		{1, nil, nil},
	} {
		_, err := far.WriteTo(make([]byte, c.size), c.to)
		var address *net.AddrError
		if c.is != nil && !errors.Is(err, c.is) || c.is == nil && !errors.As(err, &address) {
			t.Errorf("%d bytes to %v: %v", c.size, c.to, err)
		}
	}
	exchange(t, far, near, []byte("still well"))
}

// Writers side by side share messages, and every datagram arrives once.
func TestPacketConnConcurrentWriters(t *testing.T) {
	s := newSession(t)
	dir := filepath.Dir(socketPath(t))
	// unix datagrams are not dropped: a full receiver makes the sender wait.
	near := must[net.PacketConn](t)(net.ListenPacket("unixgram", filepath.Join(dir, "near")))
	defer near.Close()
	far := must[*PacketConn](t)(s.ListenPacket(context.Background(), "unixgram", filepath.Join(dir, "far")))
	const writers, each = 16, 20
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				if _, err := far.WriteTo(fmt.Appendf(nil, "%d.%d", w, i), near.LocalAddr()); err != nil {
					t.Errorf("WriteTo = %v", err)
				}
			}
		})
	}
	seen := map[string]bool{}
	b := make([]byte, 100)
	for len(seen) < writers*each {
		_ = near.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, _, err := near.ReadFrom(b)
		if err != nil || seen[string(b[:n])] {
			t.Fatalf("after %d: %q, %v", len(seen), b[:n], err)
		}
		seen[string(b[:n])] = true
	}
	writing.Wait()
	if err := far.Close(); err != nil {
		t.Error(err)
	}
}

func TestPacketConnDeadlineAndClose(t *testing.T) {
	s := newSession(t)
	far := must[*PacketConn](t)(s.ListenPacket(context.Background(), "udp", "127.0.0.1:0"))
	_ = far.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, _, err := far.ReadFrom(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("ReadFrom = %v", err)
	}
	_ = far.SetReadDeadline(time.Time{})
	var reading sync.WaitGroup
	reading.Go(func() {
		if _, _, err := far.ReadFrom(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the blocked ReadFrom = %v", err)
		}
	})
	eventually(t, "the reader", func() bool { return len(far.h.reading) == 1 })
	if err := far.Close(); err != nil {
		t.Error(err)
	}
	reading.Wait()
}

// A connected datagram socket is a Conn: a refusal that comes back is an error
// and not the end.
func TestConnOfDatagrams(t *testing.T) {
	s := newSession(t)
	near := must[*net.UDPConn](t)(net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	at := near.LocalAddr().(*net.UDPAddr)
	far := must[net.Conn](t)(s.Dial(context.Background(), "udp", at.String())).(*Conn)
	defer far.Close()
	say := func(near *net.UDPConn) {
		t.Helper()
		if _, err := far.Write([]byte("ping")); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 16)
		n, from, err := near.ReadFromUDP(b)
		if err != nil || string(b[:n]) != "ping" || from.String() != far.LocalAddr().String() {
			t.Fatalf("the peer got %q from %v, %v", b[:n], from, err)
		}
		for _, data := range []string{"pong", ""} {
			if _, err := near.WriteToUDP([]byte(data), from); err != nil {
				t.Fatal(err)
			}
			if n, err := far.Read(b); err != nil || string(b[:n]) != data {
				t.Fatalf("Read = %q, %v", b[:n], err)
			}
		}
	}
	say(near)
	_ = near.Close()
	var refused error
	eventually(t, "the refusal", func() bool {
		_, refused = far.Write([]byte("anyone?"))
		if refused == nil {
			_ = far.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			_, refused = far.Read(make([]byte, 16))
		}
		return !errors.Is(refused, os.ErrDeadlineExceeded)
	})
	if !errors.Is(refused, syscall.ECONNREFUSED) {
		t.Errorf("refusal = %v", refused)
	}
	_ = far.SetReadDeadline(time.Time{})
	again := must[*net.UDPConn](t)(net.ListenUDP("udp4", at))
	defer again.Close()
	say(again)
}
