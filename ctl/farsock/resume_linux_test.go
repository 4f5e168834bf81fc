package farsock

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// bothWays sends n bytes in each direction at once, ends both orderly, and
// compares.
func bothWays(t *testing.T, far *Conn, near net.Conn, up, down io.Reader) {
	t.Helper()
	type half struct {
		n   int64
		sum [32]byte
		err error
	}
	run := func(to io.Writer, from io.Reader) (h half) {
		sum := sha256.New()
		h.n, h.err = io.Copy(struct{ io.Writer }{to}, io.TeeReader(from, sum))
		copy(h.sum[:], sum.Sum(nil))
		return h
	}
	drain := func(from io.Reader) half { return run(io.Discard, from) }
	var sentUp, gotUp, sentDown, gotDown half
	var all sync.WaitGroup
	all.Go(func() {
		sentUp = run(far, up)
		if err := far.CloseWrite(); err != nil {
			t.Errorf("CloseWrite = %v", err)
		}
	})
	all.Go(func() { gotDown = drain(far) })
	all.Go(func() {
		sentDown = run(near, down)
		_ = near.(*net.TCPConn).CloseWrite()
	})
	all.Go(func() { gotUp = drain(near) })
	all.Wait()
	for name, h := range map[string][2]half{"up": {sentUp, gotUp}, "down": {sentDown, gotDown}} {
		if h[0] != h[1] {
			t.Errorf("%s: sent %d bytes, %v; got %d, %v; equal sums %v", name, h[0].n, h[0].err, h[1].n, h[1].err, h[0].sum == h[1].sum)
		}
	}
}

// Cuts at random bytes, by RST and FIN in turn, while both directions are busy.
func TestConnResumes(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	c, s := cutSession(t, 30*time.Second)
	far, near := pair(t, s)
	up, down := noise(r, resumeBytes), noise(r, resumeBytes)
	var mu sync.Mutex
	c.planned(func() (int64, cutKind) {
		mu.Lock()
		defer mu.Unlock()
		return 1 + r.Int64N(2*resumeBytes/resumeCuts), cutKind(r.IntN(2))
	})
	c.cut(cutRST)
	bothWays(t, far, near, up, down)
	c.planned(nil)
	t.Logf("%d cuts, %d connections", c.cuts.Load(), c.dials.Load())
	if c.cuts.Load() < resumeCuts/4 {
		t.Errorf("only %d cuts", c.cuts.Load())
	}
	if err := far.Close(); err != nil {
		t.Error(err)
	}
}

// Cuts within HTTP/2's handshake, between attach and attached, and right after:
// every connection gets a few bytes further than the one before.
func TestConnCutWhileItAttaches(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	c, s := cutSession(t, 30*time.Second)
	far, near := pair(t, s)
	after, step := int64(r.IntN(100)), int64(100+r.IntN(100))
	c.planned(func() (int64, cutKind) {
		after += step // one at a time: the cutter's own goroutine asks
		return after, cutKind(after % 2)
	})
	c.cut(cutFIN)
	soon(t, "the exchange", func() {
		bothWays(t, far, near, noise(r, 300), noise(r, 200))
	})
	t.Logf("step %d: %d connections", step, c.dials.Load())
}

// A way that goes silent is found out by the session's keep-alive, early enough
// for the session to live.
func TestConnResumesAfterSilence(t *testing.T) {
	t.Parallel()
	c, s := cutSession(t, wire.MinTTL)
	far, near := pair(t, s)
	if _, err := far.Write([]byte("before")); err != nil {
		t.Fatal(err)
	}
	c.cut(cutSilent)
	if _, err := near.Write([]byte("meanwhile")); err != nil {
		t.Fatal(err)
	}
	soon(t, "Read", func() {
		b := make([]byte, 9)
		if _, err := io.ReadFull(far, b); err != nil || string(b) != "meanwhile" {
			t.Errorf("Read = %q, %v", b, err)
		}
	})
	if _, err := far.Write([]byte(" and after")); err != nil {
		t.Fatal(err)
	}
	if err := far.Close(); err != nil {
		t.Error(err)
	}
	readAll(t, near, "before and after")
	if err := s.Err(); err != nil {
		t.Error(err)
	}
}

// While there is no way deadlines hold, and what timed out goes on later.
func TestConnDeadlinesInAnOutage(t *testing.T) {
	c, s := cutSession(t, 30*time.Second)
	far, near := pair(t, s)
	var mu sync.Mutex
	var told []bool
	if err := far.NotifyLink(func(broken error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, broken == nil)
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Write([]byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := far.NotifyLink(nil); !errors.Is(err, syscall.EISCONN) {
		t.Errorf("NotifyLink = %v", err)
	}
	c.refuse(true)
	_ = far.SetDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := far.Read(make([]byte, 1)); !isTimeout(err) || n != 0 {
		t.Errorf("Read = %d, %v", n, err)
	}
	n, err := far.Write([]byte("b"))
	if !isTimeout(err) {
		t.Errorf("Write = %d, %v", n, err)
	}
	_ = far.SetDeadline(time.Time{})
	c.refuse(false)
	if _, err := far.Write([]byte("bc"[n:])); err != nil {
		t.Errorf("Write = %v", err)
	}
	if err := far.CloseWrite(); err != nil {
		t.Errorf("CloseWrite = %v", err)
	}
	readAll(t, near, "abc")
	mu.Lock()
	defer mu.Unlock()
	if len(told) != 2 || told[0] || !told[1] {
		t.Errorf("told %v", told)
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// A CloseWrite that is cut is repeated; the peer's end and reset are told after
// all data, whenever the way was cut.
func TestConnEndsOverCuts(t *testing.T) {
	c, s := cutSession(t, 30*time.Second)
	reset, resets := pair(t, s)
	far, near := pair(t, s)
	if _, err := far.Write([]byte("question")); err != nil {
		t.Fatal(err)
	}
	c.refuse(true)
	closed := make(chan error, 1)
	go func() { closed <- far.CloseWrite() }()
	if _, err := near.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	_ = near.(*net.TCPConn).CloseWrite()
	c.refuse(false)
	if err := <-closed; err != nil {
		t.Errorf("CloseWrite = %v", err)
	}
	readAll(t, near, "question")
	c.cut(cutRST)
	readAll(t, far, "answer")
	if _, err := far.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write = %v", err)
	}

	if _, err := reset.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	c.refuse(true)
	_ = resets.(*net.TCPConn).SetLinger(0)
	_ = resets.Close()
	c.refuse(false)
	for range 2 {
		if n, err := reset.Read(make([]byte, 8)); n != 0 || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("Read = %d, %v", n, err)
		}
		c.cut(cutFIN)
	}
}

// Detach leaves what was not read, and what was given back, to the next.
func TestConnDetachesOverCuts(t *testing.T) {
	c, s := cutSession(t, 30*time.Second)
	far, near := pair(t, s)
	if _, err := near.Write([]byte("one two three")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4)
	if _, err := io.ReadFull(far, b); err != nil || string(b) != "one " {
		t.Fatalf("Read = %q, %v", b, err)
	}
	c.cut(cutRST)
	if _, err := io.ReadFull(far, b[:3]); err != nil || string(b[:3]) != "two" {
		t.Fatalf("Read = %q, %v", b, err)
	}
	if err := far.Unread(4); err == nil {
		t.Error("more was given back than was read")
	}
	if err := far.Unread(2); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(far, b[:1]); err != nil || b[0] != 'w' {
		t.Fatalf("Read = %q, %v", b, err)
	}
	c.cut(cutFIN)
	if err := far.Detach(); err != nil {
		t.Fatal(err)
	}
	again := must[*Conn](t)(s.client.Conn(context.Background(), far.h.resource))
	defer again.Close()
	m := must[*farsockv1.Attached](t)(again.Attach(context.Background()))
	if m.GetReceiveBegin() != 6 {
		t.Errorf("receiving begins at %d", m.GetReceiveBegin())
	}
	_ = near.Close()
	readAll(t, again, "o three")
}
