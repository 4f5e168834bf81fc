//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// flow is one direction of a transfer: bytes that its seed decides and that
// never repeat, so that a byte that comes twice or not at all shifts the rest.
type flow struct {
	size int64        // immutable
	seed [32]byte     // immutable
	got  atomic.Int64 // what arrived and was right
}

func newFlow(random *rand.Rand, size int64) *flow {
	f := &flow{size: size}
	for i := range f.seed {
		f.seed[i] = byte(random.Uint32())
	}
	return f
}

// write sends all of it.
func (f *flow) write(w io.Writer) error {
	source, chunk := rand.NewChaCha8(f.seed), make([]byte, 32<<10)
	for at := int64(0); at < f.size; {
		b := chunk[:min(int64(len(chunk)), f.size-at)]
		_, _ = source.Read(b) // never fails
		n, err := w.Write(b)
		at += int64(n)
		if err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", at, f.size, err)
		}
	}
	return nil
}

// read reads to the end and counts what is lost or came again.
func (f *flow) read(r io.Reader, row *faultCount) error {
	source := rand.NewChaCha8(f.seed)
	chunk, want := make([]byte, 32<<10), make([]byte, 32<<10)
	for at := int64(0); ; {
		n, err := r.Read(chunk)
		_, _ = source.Read(want[:n]) // never fails
		if !bytes.Equal(chunk[:n], want[:n]) {
			return fmt.Errorf("other bytes came between %d and %d than were sent", at, at+int64(n))
		}
		at += int64(n)
		f.got.Store(at)
		row.moved.Add(int64(n))
		if errors.Is(err, io.EOF) {
			row.lost.Add(max(0, f.size-at))
			row.repeated.Add(max(0, at-f.size))
			if at != f.size {
				return fmt.Errorf("the end after %d bytes of %d", at, f.size)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", at, f.size, err)
		}
	}
}

// traffic is `ctl stream` with bytes under way in both directions.
type traffic struct {
	ctl      *process
	up, down *flow        // from ctl's stdin to the peer, and back
	failed   chan error   // one for each of its four ends, nil if all was well
	peer     *net.TCPConn // the other end
}

// startTraffic dials the listener as the name given, streams size bytes each
// way and ends both directions in order.
func startTraffic(t testing.TB, u *user, name string, l *net.TCPListener, random *rand.Rand, size int64, row *faultCount) *traffic {
	t.Helper()
	u.ctl(t, "dial", "tcp", l.Addr().String(), "--as", name).want(t, 0)
	f := &traffic{up: newFlow(random, size), down: newFlow(random, size), failed: make(chan error, 4), peer: acceptPeer(t, l)}
	cmd := u.command(t, "stream", name)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = stdout
	f.ctl = startProcess(t, cmd)
	_ = stdout.Close() // ours; ctl has its own
	go func() { f.failed <- describe("stdin", errors.Join(f.up.write(stdin), stdin.Close())) }()
	go func() {
		f.failed <- describe("the peer's sending", errors.Join(f.down.write(f.peer), f.peer.CloseWrite()))
	}()
	go func() { f.failed <- describe("the peer's receiving", f.up.read(f.peer, row)) }()
	go func() { f.failed <- describe("stdout", errors.Join(f.down.read(out, row), out.Close())) }()
	return f
}

func describe(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// reach waits until so many bytes have arrived, both directions together.
func (f *traffic) reach(t testing.TB, bytes int64) {
	t.Helper()
	limit := time.Now().Add(patience)
	for f.up.got.Load()+f.down.got.Load() < bytes {
		select {
		case <-f.ctl.done:
			t.Fatalf("ctl stream ended: %s", f.ctl.stderr.String())
		default:
		}
		if time.Now().After(limit) {
			t.Fatalf("%d bytes arrived, not %d within %v", f.up.got.Load()+f.down.got.Load(), bytes, patience)
		}
		<-time.After(100 * time.Microsecond)
	}
}

// finish waits until all has arrived and ctl has ended in order.
func (f *traffic) finish(t testing.TB) {
	t.Helper()
	limit := time.NewTimer(2 * patience)
	defer limit.Stop()
	for range cap(f.failed) {
		select {
		case err := <-f.failed:
			if err != nil {
				t.Errorf("%v; ctl stream said: %s", err, f.ctl.stderr.String())
				return
			}
		case <-limit.C:
			t.Fatalf("%d and %d bytes arrived, of %d each", f.up.got.Load(), f.down.got.Load(), f.up.size)
		}
	}
	f.ctl.wait(t, patience).want(t, 0)
}
