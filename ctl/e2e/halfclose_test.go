//go:build linux

package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

const halfCloseBytes = 4 << 20

// TestHalfClose: each side in turn ends its direction first, with megabytes
// before it, and the other then sends megabytes of its own; every byte arrives.
// Both sides are `ctl stream`.
func TestHalfClose(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, row := range []struct{ name, first, second, address string }{
		{"the dialer first", "d", "c", "10.77.0.1:8101"},
		{"the acceptor first", "c", "d", "10.77.0.1:8102"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			ends := l.pair(t, row.address, "half-"+row.first)
			first, second := ends[row.first], ends[row.second]
			early, late := noise(1), noise(2)

			reader := second.stream(t)
			writer := first.stream(t)
			writer.write(t, early)
			writer.closeInput(t)
			eventually(t, func() error { return reader.has(len(early)) })
			eventually(t, second.endSeen(t))
			reader.write(t, late)
			reader.closeInput(t)

			same(t, reader.wait(t, patience).want(t, 0).stdout, early)
			same(t, writer.wait(t, patience).want(t, 0).stdout, late)
		})
	}
}

// TestHalfCloseUnary is the same with one command a step: send, shutdown,
// receive to the end, and then the other direction.
func TestHalfCloseUnary(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ends := l.pair(t, "10.77.0.1:8103", "unary")
	for i, way := range [][2]end{{ends["d"], ends["c"]}, {ends["c"], ends["d"]}} {
		from, to := way[0], way[1]
		data := noise(uint64(10 + i))
		send := from.ctlStart(t, data, "send", from.name, "--wait", "forever")
		var got bytes.Buffer
		for got.Len() < len(data) {
			got.WriteString(to.ctl(t, "recv", to.name, "--exactly", "262144").want(t, 0).stdout)
		}
		send.wait(t, patience).want(t, 0)
		from.ctl(t, "shutdown", from.name, "write").want(t, 0)
		same(t, got.String(), data)
		to.ctl(t, "recv", to.name).want(t, 7)
	}
}

// end is one socket of a connection, and who holds it.
type end struct {
	lab         *lab
	agent, name string
}

// pair connects host b ("d") to host a ("c") and returns both ends.
func (l *lab) pair(t testing.TB, address, name string) map[string]end {
	t.Helper()
	l.user.ctl(t, "--agent", "a", "listen", "tcp", address, "--as", name).want(t, 0)
	l.user.ctl(t, "--agent", "b", "dial", "tcp", address, "--as", name+"-d").want(t, 0)
	l.user.ctl(t, "--agent", "a", "accept", name, "--as", name+"-c").want(t, 0)
	return map[string]end{"d": {l, "b", name + "-d"}, "c": {l, "a", name + "-c"}}
}

func (e end) ctl(t testing.TB, args ...string) result {
	t.Helper()
	return e.lab.user.ctl(t, append([]string{"--agent", e.agent}, args...)...)
}

func (e end) ctlStart(t testing.TB, input []byte, args ...string) *process {
	t.Helper()
	cmd := e.lab.user.command(t, append([]string{"--agent", e.agent}, args...)...)
	cmd.Stdin = bytes.NewReader(input)
	return startProcess(t, cmd)
}

// show is the socket as `ctl show` has it.
func (e end) show(t testing.TB) *farsockv1.Socket {
	t.Helper()
	return answer(t, e.ctl(t, "show", e.name, "-o", "json").want(t, 0), new(farsockv1.GetSocketResponse)).GetSocket()
}

func (e end) endSeen(t testing.TB) func() error {
	return func() error {
		if !e.show(t).GetEndSeen() {
			return fmt.Errorf("%s has not seen the end", e.name)
		}
		return nil
	}
}

// stream starts `ctl stream` with a pipe for its stdin.
func (e end) stream(t testing.TB) *piped {
	t.Helper()
	cmd := e.lab.user.command(t, "--agent", e.agent, "stream", e.name)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	return &piped{process: startProcess(t, cmd), in: in}
}

// piped is a process whose stdin the test writes.
type piped struct {
	*process
	in io.WriteCloser
}

func (p *piped) write(t testing.TB, data []byte) {
	t.Helper()
	if _, err := p.in.Write(data); err != nil {
		t.Fatalf("%v\nstderr: %s", err, p.stderr.String())
	}
}

func (p *piped) closeInput(t testing.TB) {
	t.Helper()
	if err := p.in.Close(); err != nil {
		t.Fatal(err)
	}
}

func (p *piped) has(n int) error {
	if got := len(p.stdout.String()); got < n {
		return fmt.Errorf("%d of %d bytes", got, n)
	}
	return nil
}

// noise is halfCloseBytes of what a seed gives.
func noise(seed uint64) []byte {
	r := rand.NewChaCha8([32]byte{byte(seed)})
	b := make([]byte, halfCloseBytes)
	_, _ = r.Read(b) // never fails
	return b
}

// same compares by checksum, so that a failure does not print megabytes.
func same(t testing.TB, got string, want []byte) {
	t.Helper()
	g, w := sha256.Sum256([]byte(got)), sha256.Sum256(want)
	if g != w {
		t.Errorf("%d bytes with sha256 %x, want %d with %x", len(got), g, len(want), w)
		return
	}
	t.Logf("%d bytes, sha256 %x... on both ends", len(got), g[:4])
}
