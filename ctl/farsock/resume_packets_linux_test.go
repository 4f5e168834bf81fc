package farsock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Datagrams over cuts, both ways at once, by sockets that drop none: each
// arrives once and in order, and a refusal is told once, to its writer.
func TestPacketConnResumes(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	c, s := cutSession(t, 30*time.Second)
	dir := filepath.Dir(socketPath(t))
	near := must[*net.UnixConn](t)(net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "near"), Net: "unixgram"}))
	defer near.Close()
	far := must[*PacketConn](t)(s.ListenPacket(context.Background(), "unixgram", filepath.Join(dir, "far")))
	var mu sync.Mutex
	c.planned(func() (int64, cutKind) {
		mu.Lock()
		defer mu.Unlock()
		return 8000 + r.Int64N(30_000), cutKind(r.IntN(2))
	})
	c.cut(cutFIN)
	const count = 600
	text := func(from string, i int) []byte {
		return append(fmt.Appendf(nil, "%s %d ", from, i), bytes.Repeat([]byte{byte(i)}, i%3000)...)
	}
	read := func(from string, conn net.PacketConn) {
		b := make([]byte, 4000)
		for i := range count {
			_ = conn.SetReadDeadline(time.Now().Add(60 * time.Second))
			n, _, err := conn.ReadFrom(b)
			if err != nil || !bytes.Equal(b[:n], text(from, i)) {
				t.Errorf("%s's %d: %d bytes, %.20q, %v", from, i, n, b[:n], err)
				return
			}
		}
	}
	var all sync.WaitGroup
	all.Go(func() { read("near", far) })
	all.Go(func() { read("far", near) })
	all.Go(func() {
		for i := range count {
			if _, err := near.WriteTo(text("near", i), far.LocalAddr()); err != nil {
				t.Errorf("the peer's WriteTo = %v", err)
				return
			}
		}
	})
	nobody := &net.UnixAddr{Name: filepath.Join(dir, "nobody"), Net: "unixgram"}
	refused := 0
	for i := range count {
		if _, err := far.WriteTo(text("far", i), near.LocalAddr()); err != nil {
			t.Errorf("WriteTo = %v", err)
			break
		}
		if i%7 == 0 {
			if _, err := far.WriteTo([]byte("x"), nobody); !errors.Is(err, syscall.ENOENT) {
				t.Errorf("WriteTo nobody = %v", err)
			}
			refused++
		}
	}
	all.Wait()
	c.planned(nil)
	t.Logf("%d cuts, %d refused", c.cuts.Load(), refused)
	if c.cuts.Load() < 5 {
		t.Errorf("only %d cuts", c.cuts.Load())
	}
	a := far.h.attached
	a.mu.Lock()
	if a.outbox.applied != count+int64(refused) || a.outbox.refused != int64(refused) {
		t.Errorf("%d passed and %d refused, of %d and %d", a.outbox.applied, a.outbox.refused, count+refused, refused)
	}
	a.mu.Unlock()
	if err := far.Close(); err != nil {
		t.Error(err)
	}
}
