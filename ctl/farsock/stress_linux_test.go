//go:build full

package farsock

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
)

// Hundreds of connections at once, each echoing through both ends, some closed
// in the middle; every byte is compared and no socket is left.
func TestManyConns(t *testing.T) {
	s := newSession(t)
	l := must[*Listener](t)(s.Listen(context.Background(), "tcp", "127.0.0.1:0"))
	const conns = 300
	// A full accept queue (128) drops handshakes, and a client that closed before
	// its handshake came through is never accepted: the 60 that close in the
	// middle and these together stay below it.
	slots := make(chan struct{}, 64)
	var all sync.WaitGroup
	all.Go(func() {
		for range conns {
			conn, err := l.Accept()
			if err != nil {
				t.Errorf("Accept = %v", err)
				return
			}
			all.Go(func() {
				_, _ = io.CopyBuffer(struct{ io.Writer }{conn}, struct{ io.Reader }{conn}, make([]byte, 1+rand.IntN(40_000)))
				_ = conn.Close()
			})
		}
	})
	for i := range conns {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			conn, err := s.Dial(context.Background(), "tcp", l.Addr().String())
			if err != nil {
				t.Errorf("Dial = %v", err)
				return
			}
			defer conn.Close()
			payload := bytes.Repeat([]byte{byte(i), byte(i >> 8), 7}, rand.IntN(100_000))
			if i%5 == 0 {
				_, _ = conn.Write(payload)
				return
			}
			echo(t, conn, payload)
		})
	}
	all.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if left := sockets(t, s); len(left) != 0 {
		t.Errorf("%d sockets are left", len(left))
	}
}

func echo(t *testing.T, conn net.Conn, payload []byte) {
	var writer sync.WaitGroup
	writer.Go(func() {
		for rest := payload; len(rest) > 0; {
			n, err := conn.Write(rest[:min(len(rest), 1+rand.IntN(70_000))])
			if err != nil {
				t.Errorf("Write = %v", err)
				break
			}
			rest = rest[n:]
		}
		if err := conn.(*Conn).CloseWrite(); err != nil {
			t.Errorf("CloseWrite = %v", err)
		}
	})
	got, err := io.ReadAll(conn)
	if err != nil || !bytes.Equal(got, payload) {
		t.Errorf("%d of %d bytes came back, %v", len(got), len(payload), err)
	}
	writer.Wait()
}
