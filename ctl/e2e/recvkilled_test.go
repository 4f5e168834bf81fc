//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// TestRecvKilledAtStdout kills `ctl recv` after the agent has read the bytes
// from the kernel, and while its stdout, a pipe that nobody reads, has taken
// only some of them. The next `ctl recv` prints them all.
func TestRecvKilledAtStdout(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.setenv("FARSOCK_AGENT", startAgent(t, "", "").endpoint())
	l := peerListener(t)
	u.ctl(t, "dial", "tcp", l.Addr().String(), "--as", "d").want(t, 0)
	peer := acceptPeer(t, l)
	want := noise(5)[:200_000] // more than a pipe holds
	written := make(chan error, 1)
	go func() {
		_, err := peer.Write(want)
		written <- errors.Join(err, peer.CloseWrite())
	}()

	stuck, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stuck.Close() }()
	cmd := u.command(t, "recv", "d", "--exactly", strconv.Itoa(len(want)))
	cmd.Stdout = stdout
	recv := startProcess(t, cmd)
	_ = stdout.Close() // ours; recv has its own
	size, err := unix.FcntlInt(stuck.Fd(), unix.F_GETPIPE_SZ, 0)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error { // full: the response is there, and recv in its write
		if n, err := unix.IoctlGetInt(int(stuck.Fd()), unix.TIOCINQ); err != nil || n < size {
			return fmt.Errorf("%d of %d bytes in the pipe: %v", n, size, err)
		}
		return nil
	})
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	show := func() *farsockv1.Socket {
		return answer(t, u.ctl(t, "-o", "json", "show", "d").want(t, 0), new(farsockv1.GetSocketResponse)).GetSocket()
	}
	s := show()
	if s.GetReadOffset() != int64(len(want)) || s.GetAckedOffset() != 0 || s.GetHeldBytes() != int64(len(want)) {
		t.Errorf("the agent read %d, acknowledged %d, holds %d", s.GetReadOffset(), s.GetAckedOffset(), s.GetHeldBytes())
	}
	recv.kill()
	recv.wait(t, patience).want(t, 137)
	t.Logf("killed with %d bytes in its stdout; the agent had read %d and holds %d", size, s.GetReadOffset(), s.GetHeldBytes())

	same(t, u.ctl(t, "recv", "d", "--exactly", strconv.Itoa(len(want))).want(t, 0).stdout, want)
	if s := show(); s.GetHeldBytes() != 0 || s.GetAckedOffset() != int64(len(want)) {
		t.Errorf("then it holds %d, acknowledged %d", s.GetHeldBytes(), s.GetAckedOffset())
	}
	u.ctl(t, "recv", "d").want(t, 7)
}

// TestRecvKilledAnywhere kills `ctl recv` at random moments of its life. Each
// byte of the stream is a printed one: the next may repeat what a killed one
// printed, and never leaves a gap.
func TestRecvKilledAnywhere(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.setenv("FARSOCK_AGENT", startAgent(t, "", "").endpoint())
	l := peerListener(t)
	u.ctl(t, "dial", "tcp", l.Addr().String(), "--as", "d").want(t, 0)
	peer := acceptPeer(t, l)
	const record, piece = 8, 4096 // the bytes say where they stand
	rounds := killedRounds()
	var want bytes.Buffer
	for i := range 4 * rounds * piece / record {
		fmt.Fprintf(&want, "%07d\n", i)
	}
	written := make(chan error, 1)
	go func() {
		_, err := peer.Write(want.Bytes())
		written <- err
	}()

	covered, repeated, killed := 0, 0, 0
	printed := func(out string) {
		t.Helper()
		if out == "" {
			return
		}
		if len(out) < record {
			t.Fatalf("printed %q, not a whole record", out)
		}
		number, err := strconv.Atoi(out[:record-1])
		at := number * record
		if err != nil || at > covered {
			t.Fatalf("printed from %q (%v); everything before %d had been printed", out[:record], err, covered)
		}
		if out != want.String()[at:at+len(out)] {
			t.Fatalf("what was printed from %d is not what was sent", at)
		}
		if at < covered {
			repeated++
		}
		covered = max(covered, at+len(out))
	}
	first := u.ctl(t, "recv", "d", "--exactly", strconv.Itoa(piece)).want(t, 0)
	printed(first.stdout)
	life := first.took // followed, so that the machine's load does not decide how many are hit
	for killed < rounds && covered+2*piece < want.Len() {
		p := u.start(t, "recv", "d", "--exactly", strconv.Itoa(piece))
		timer := time.NewTimer(life/2 + time.Duration(rand.Int64N(int64(life/2))))
		select {
		case <-p.done:
			life = max(life*9/10, time.Millisecond)
		case <-timer.C:
			killed++
			life = life * 21 / 20
			p.kill()
			<-p.done
		}
		timer.Stop()
		printed(p.stdout.String())
	}
	for covered < want.Len() {
		printed(u.ctl(t, "recv", "d", "--exactly", strconv.Itoa(min(want.Len()-covered, wire.MaxUnaryBytes))).want(t, 0).stdout)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if killed < rounds/2 {
		t.Errorf("only %d killed", killed)
	}
	t.Logf("killed %d: all %d bytes were printed; %d times some were printed again", killed, covered, repeated)
}
