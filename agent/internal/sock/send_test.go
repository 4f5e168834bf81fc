//go:build linux

package sock

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestSendAll(t *testing.T) {
	s, c := connected(t, newEnv(t))
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // more than any buffer takes
	got := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(c)
		got <- b
	}()
	sent, err := s.Send(bg, SendRequest{Data: data}, soon())
	if err != nil || !sent.Outcome.OK() || sent.Applied != int64(len(data)) || sent.Offset != int64(len(data)) {
		t.Fatalf("got %+v, %v", sent, err)
	}
	if out, err := s.Shutdown(ShutWrite); err != nil || !out.OK() {
		t.Fatal(err)
	}
	if !bytes.Equal(<-got, data) {
		t.Fatal("other bytes arrived")
	}
	sent, err = s.Send(bg, SendRequest{Data: []byte("x")}, soon())
	if err != nil || sent.Outcome.Code != BrokenPipe || sent.Applied != 0 {
		t.Fatalf("after shutdown: %+v, %v", sent, err)
	}
	if i := info(t, s); !i.WriteShutDown || i.ReadShutDown {
		t.Errorf("got %+v", i)
	}
}

func TestSendElapsedSaysWhatItApplied(t *testing.T) {
	s, c := connected(t, newEnv(t))
	data := make([]byte, 16<<20)
	for i := range data {
		data[i] = byte(i * 7)
	}
	sent, err := s.Send(bg, SendRequest{Data: data}, For(50*time.Millisecond))
	if err != nil || sent.Outcome.Code != WaitElapsed || sent.Applied <= 0 || sent.Applied >= int64(len(data)) {
		t.Fatalf("got %+v, %v", sent.Outcome, err)
	}
	got := make([]byte, sent.Applied)
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, data[:sent.Applied]) {
		t.Fatalf("other bytes arrived: %v", err)
	}
	c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if n, _ := c.Read(got); n > 0 {
		t.Fatalf("%d bytes more than were applied", n)
	}
}

// Bytes of two Sends never mix, and don't-wait never queues behind one.
func TestSendsDoNotMix(t *testing.T) {
	s, c := connected(t, newEnv(t))
	const size = 8 << 20
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			sent, err := s.Send(bg, SendRequest{Data: bytes.Repeat([]byte{byte('a' + i)}, size)}, soon())
			if err != nil || !sent.Outcome.OK() {
				t.Errorf("got %+v, %v", sent.Outcome, err)
			}
		})
	}
	until(t, func() bool { return s.send.turn.count() == 3 })
	if sent, err := s.Send(bg, SendRequest{Data: []byte("x"), DontWait: true}, Forever()); err != nil || sent.Outcome.Code != WouldBlock {
		t.Fatalf("got %+v, %v", sent, err)
	}
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if sent, err := s.Send(ctx, SendRequest{Data: []byte("x")}, Forever()); err != nil || sent.Outcome.Code != WaitElapsed || sent.Applied != 0 {
		t.Fatalf("got %+v, %v", sent, err)
	}
	b := make([]byte, size)
	seen := map[byte]bool{}
	for range 3 {
		if _, err := io.ReadFull(c, b); err != nil {
			t.Fatal(err)
		}
		if bytes.Count(b, b[:1]) != size || seen[b[0]] {
			t.Fatal("bytes of two Sends are mixed")
		}
		seen[b[0]] = true
	}
	wg.Wait()
}

func TestSendToADeadPeer(t *testing.T) {
	s, c := connected(t, newEnv(t))
	c.SetLinger(0)
	c.Close()
	until(t, func() bool { return info(t, s).TCPState == "CLOSE" })
	for _, want := range []Code{Reset, BrokenPipe} {
		if sent, err := s.Send(bg, SendRequest{Data: []byte("x")}, soon()); err != nil || sent.Outcome.Code != want {
			t.Fatalf("got %+v, %v, want %v", sent, err, want)
		}
	}
}

func TestOutOfBand(t *testing.T) {
	env := newEnv(t)
	a, c := connected(t, env)
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan []Ready, 1)
	go func() {
		r, _, err := Poll(bg, []PollItem{{Socket: a, Urgent: true}}, soon())
		if err != nil {
			t.Error(err)
		}
		ready <- r
	}()
	raw.Write(func(fd uintptr) bool { err = unix.Sendto(int(fd), []byte("!"), unix.MSG_OOB, nil); return true })
	if err != nil {
		t.Fatal(err)
	}
	if r := <-ready; len(r) != 1 || !r[0].Urgent || r[0].Readable {
		t.Fatalf("got %+v", r)
	}
	if sent, err := a.Send(bg, SendRequest{Data: []byte("?"), OutOfBand: true}, soon()); err != nil || !sent.Outcome.OK() {
		t.Fatalf("got %+v, %v", sent, err)
	}
	b := make([]byte, 1)
	raw.Read(func(fd uintptr) bool {
		_, _, err = unix.Recvfrom(int(fd), b, unix.MSG_OOB)
		return err != unix.EINVAL && err != unix.EAGAIN
	})
	if err != nil || b[0] != '?' {
		t.Fatalf("got %q, %v", b, err)
	}
}
