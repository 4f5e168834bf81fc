//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"testing"
	"time"
)

// killedStreams is how often TestFaultStreamKilledAnywhere kills `ctl stream`.
func killedStreams() int {
	switch {
	case full:
		return 200
	case testing.Short():
		return 4
	}
	return 20
}

const (
	streamRecord = 8       // "%07d\n": any two in a row say where they stand
	streamLife   = 300_000 // bytes that one ctl prints at most before it is killed
)

// TestFaultStreamKilledAnywhere kills `ctl stream` with -9 after a number of bytes
// that the seed decides, and starts it again: what they all printed is what the
// peer sent, from the first byte to the last. Some is printed twice, namely what
// stdout had taken and nobody had acknowledged yet.
func TestFaultStreamKilledAnywhere(t *testing.T) {
	t.Parallel()
	row := countFaults(t, "kill -9 of ctl stream")
	random := faultRandom(t)
	kills := killedStreams()
	u := newUser(t)
	u.setenv("FARSOCK_AGENT", startAgent(t, "", "").endpoint())
	l := peerListener(t)
	u.ctl(t, "dial", "tcp", l.Addr().String(), "--as", "d").want(t, 0)
	peer := acceptPeer(t, l)
	var sent bytes.Buffer
	for n := 0; sent.Len() < (kills+1)*streamLife; n++ {
		fmt.Fprintf(&sent, "%07d\n", n)
	}
	written := make(chan error, 1)
	go func() {
		_, err := peer.Write(sent.Bytes())
		written <- errors.Join(err, peer.CloseWrite())
	}()
	covered, again := 0, 0
	for life := range kills + 1 {
		p, stdin, out := u.streamInto(t, "d")
		var got bytes.Buffer
		if life < kills {
			if _, err := io.CopyN(&got, out, 2*streamRecord+random.Int64N(streamLife)); err != nil {
				t.Fatalf("life %d: %v after %d bytes: %s", life, err, got.Len(), p.stderr.String())
			}
			p.kill()
			row.faults.Add(1)
		} else if err := stdin.Close(); err != nil { // it ends with both directions
			t.Fatal(err)
		}
		if _, err := io.Copy(&got, out); err != nil { // what stdout took
			t.Fatal(err)
		}
		if r := p.wait(t, patience); life == kills {
			r.want(t, 0)
		}
		row.moved.Add(int64(got.Len()))
		if got.Len() == 0 {
			continue // the last had nothing left to print
		}
		at := streamOffset(t, got.Bytes())
		if at > covered {
			row.lost.Add(int64(at - covered))
		}
		if !bytes.Equal(got.Bytes(), sent.Bytes()[at:min(at+got.Len(), sent.Len())]) {
			t.Fatalf("life %d: what was printed from %d is not what was sent", life, at)
		}
		again += max(0, covered-at)
		covered = max(covered, at+got.Len())
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	row.lost.Add(int64(sent.Len() - covered))
	row.says("all of %d bytes printed, %d of them twice, as it has to be", sent.Len(), again)
}

// streamInto starts `ctl stream NAME` between two pipes. Its stdin is closed with
// the process at the latest, its stdout with the test.
func (u *user) streamInto(t testing.TB, name string) (p *process, stdin io.Closer, out io.Reader) {
	t.Helper()
	cmd := u.command(t, "stream", name)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	reader, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	if err := reader.SetReadDeadline(time.Now().Add(2 * patience)); err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = stdout
	p = startProcess(t, cmd)
	_ = stdout.Close() // ours; ctl has its own
	return p, stdin, reader
}

// streamOffset is where in the stream of records b begins.
func streamOffset(t testing.TB, b []byte) int {
	t.Helper()
	end := bytes.IndexByte(b, '\n') + 1
	if end == 0 || len(b) < end+streamRecord {
		t.Fatalf("%d bytes do not say where they stand: %q", len(b), b[:min(len(b), 3*streamRecord)])
	}
	n, err := strconv.Atoi(string(b[end : end+streamRecord-1]))
	if err != nil {
		t.Fatalf("no record at %d: %v", end, err)
	}
	return n*streamRecord - end
}
