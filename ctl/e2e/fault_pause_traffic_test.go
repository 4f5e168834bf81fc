//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"time"
)

// traffic is `ctl stream` with bytes under way in both directions.
type traffic struct {
	ctl      *process
	size     int64         // each way; immutable
	up, down *checkedBytes // what the peer gets, and what ctl's stdout gets
	failed   chan error    // one for each of its four ends, nil if all was well
	row      *faultCount
}

// startTraffic dials the listener as the name given, streams size bytes each
// way and ends both directions in order.
func startTraffic(t testing.TB, u *user, name string, l *net.TCPListener, random *rand.Rand, size int64, row *faultCount) *traffic {
	t.Helper()
	u.ctl(t, "dial", "tcp", l.Addr().String(), "--as", name).want(t, 0)
	peer := acceptPeer(t, l)
	seeds := [2]uint64{random.Uint64(), random.Uint64()}
	f := &traffic{size: size, up: newCheckedBytes(seeds[0], size), down: newCheckedBytes(seeds[1], size), failed: make(chan error, 4), row: row}
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
	carry := func(what string, to io.Writer, from io.Reader, end func() error) {
		_, err := io.Copy(to, from)
		if err = errors.Join(err, end()); err != nil {
			err = fmt.Errorf("%s: %w", what, err)
		}
		f.failed <- err
	}
	go carry("stdin", stdin, chanceBytes(seeds[0], size), stdin.Close)
	go carry("the peer's sending", peer, chanceBytes(seeds[1], size), peer.CloseWrite)
	go carry("the peer's receiving", f.up, peer, func() error { return nil })
	go carry("stdout", f.down, out, out.Close)
	return f
}

// arrived is how many bytes have, both directions together.
func (f *traffic) arrived() int64 { return f.up.n.Load() + f.down.n.Load() }

// reach waits until so many bytes have arrived.
func (f *traffic) reach(t testing.TB, bytes int64) {
	t.Helper()
	limit := time.Now().Add(patience)
	for f.arrived() < bytes {
		select {
		case <-f.ctl.done:
			t.Fatalf("ctl stream ended: %s", f.ctl.stderr.String())
		default:
		}
		if time.Now().After(limit) {
			t.Fatalf("%d bytes arrived, not %d within %v", f.arrived(), bytes, patience)
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
			}
		case <-limit.C:
			t.Fatalf("%d and %d bytes arrived, of %d each", f.up.n.Load(), f.down.n.Load(), f.size)
		}
	}
	if err := errors.Join(f.up.verdict(f.row), f.down.verdict(f.row)); err != nil {
		t.Errorf("%v; ctl stream said: %s", err, f.ctl.stderr.String())
	}
	f.ctl.wait(t, patience).want(t, 0)
}
