package farsock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// packets connects the SDK's Conn to package net's over unixpacket, the SDK
// dialing or accepting.
func packets(t *testing.T, s *Session, dial bool) (*Conn, net.Conn) {
	t.Helper()
	path := filepath.Join(filepath.Dir(socketPath(t)), "p")
	var far, near net.Conn
	if dial {
		l := listenLocal(t, "unixpacket", path)
		far = must[net.Conn](t)(s.Dial(context.Background(), "unixpacket", path))
		near = must[net.Conn](t)(l.Accept())
	} else {
		l := must[*Listener](t)(s.Listen(context.Background(), "unixpacket", path))
		near = must[net.Conn](t)(net.Dial("unixpacket", path))
		far = must[net.Conn](t)(l.Accept())
		_ = l.Close()
	}
	t.Cleanup(func() {
		_ = far.Close()
		_ = near.Close()
	})
	return far.(*Conn), near
}

// Boundaries survive in both directions, what does not fit is cut, and the end
// is the end.
func TestUnixPacket(t *testing.T) {
	s := newSession(t)
	for _, dial := range []bool{true, false} {
		far, near := packets(t, s, dial)
		if far.LocalAddr().Network() != "unixpacket" || far.RemoteAddr().Network() != "unixpacket" {
			t.Errorf("the ends are %v and %v", far.LocalAddr(), far.RemoteAddr())
		}
		for i, size := range []int{1, 1000, 100_000, 3} {
			sent := bytes.Repeat([]byte{byte('a' + i)}, size)
			for from, to := range map[net.Conn]net.Conn{far: near, near: far} {
				if n, err := from.Write(sent); n != size || err != nil {
					t.Fatalf("Write = %d, %v", n, err)
				}
				b := make([]byte, 128<<10)
				if n, err := to.Read(b); err != nil || !bytes.Equal(b[:n], sent) {
					t.Fatalf("Read = %d of %d bytes, %v", n, size, err)
				}
			}
		}
		for _, data := range []string{"too long", "next"} {
			_, _ = io.WriteString(near, data)
		}
		for _, want := range []string{"too ", "next"} {
			b := make([]byte, 4)
			if n, err := far.Read(b); err != nil || string(b[:n]) != want {
				t.Errorf("Read = %q, %v", b[:n], err)
			}
		}
		if err := far.CloseWrite(); err != nil {
			t.Errorf("CloseWrite = %v", err)
		}
		if n, err := near.Read(make([]byte, 9)); n != 0 || err != io.EOF {
			t.Errorf("after CloseWrite the peer reads %d, %v", n, err)
		}
		if _, err := far.Write([]byte("more")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("Write after CloseWrite = %v", err)
		}
		_, _ = io.WriteString(near, "last")
		_ = near.Close()
		b := make([]byte, 9)
		if n, err := far.Read(b); err != nil || string(b[:n]) != "last" {
			t.Errorf("Read = %q, %v", b[:n], err)
		}
		for range 2 {
			if n, err := far.Read(b); n != 0 || err != io.EOF {
				t.Errorf("at the end Read = %d, %v", n, err)
			}
		}
	}
}

// An empty packet is no end.
func TestUnixPacketEmpty(t *testing.T) {
	far, near := packets(t, newSession(t), true)
	for _, data := range []string{"a", "", "", "b", ""} {
		if n, err := near.(*net.UnixConn).WriteTo([]byte(data), nil); n != len(data) || err != nil {
			// package net's Write of nothing sends nothing.
			if _, _, err := near.(*net.UnixConn).WriteMsgUnix([]byte(data), nil, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = near.Close()
	for _, want := range []string{"a", "", "", "b", ""} {
		b := make([]byte, 9)
		if n, err := far.Read(b); err != nil || string(b[:n]) != want {
			t.Fatalf("Read = %q, %v, want %q", b[:n], err, want)
		}
	}
	if n, err := far.Read(make([]byte, 9)); n != 0 || err != io.EOF {
		t.Errorf("at the end Read = %d, %v", n, err)
	}
}

func TestUnixPacketMessages(t *testing.T) {
	far, near := packets(t, newSession(t), false)
	if err := far.WriteMsg(&farsockv1.Datagram{Data: []byte("there")}); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 9)
	if n, err := near.Read(b); err != nil || string(b[:n]) != "there" {
		t.Errorf("Read = %q, %v", b[:n], err)
	}
	_, _ = io.WriteString(near, "and back")
	if d, err := far.ReadMsg(); err != nil || string(d.GetData()) != "and back" || d.GetFullLength() != 8 || d.GetTruncated() {
		t.Errorf("ReadMsg = %v, %v", d, err)
	}
	_ = near.Close()
	if d, err := far.ReadMsg(); d != nil || err != io.EOF {
		t.Errorf("ReadMsg at the end = %v, %v", d, err)
	}
	stream, _ := pair(t, newSession(t))
	if _, err := stream.ReadMsg(); !errors.Is(err, syscall.EOPNOTSUPP) {
		t.Errorf("ReadMsg of a stream = %v", err)
	}
	if err := stream.WriteMsg(&farsockv1.Datagram{}); !errors.Is(err, syscall.EOPNOTSUPP) {
		t.Errorf("WriteMsg on a stream = %v", err)
	}
}

// A writer that waits for room waits for its packet alone.
func TestUnixPacketBackPressure(t *testing.T) {
	far, near := packets(t, newSession(t), true)
	const count, size = 200, 5000
	var writing sync.WaitGroup
	writing.Go(func() {
		for i := range count {
			if _, err := far.Write(bytes.Repeat([]byte{byte(i)}, size)); err != nil {
				t.Errorf("Write = %v", err)
				return
			}
		}
		_ = far.CloseWrite()
	})
	b := make([]byte, 2*size)
	for i := range count {
		if n, err := near.Read(b); err != nil || !bytes.Equal(b[:n], bytes.Repeat([]byte{byte(i)}, size)) {
			t.Fatalf("packet %d: %d bytes, %v", i, n, err)
		}
	}
	if n, err := near.Read(b); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	writing.Wait()
}
