package cli

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// gate is a way to a person's agent that can be cut.
type gate struct {
	endpoint string
	l        net.Listener
	loops    sync.WaitGroup

	mu   sync.Mutex
	shut bool
	open map[net.Conn]struct{} // both ends of each connection
}

// newGate stands before the agent until the test ends.
func newGate(t *testing.T, p *person) *gate {
	t.Helper()
	path := filepath.Join(p.dir, "gate.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{endpoint: "unix://" + path, l: l, open: map[net.Conn]struct{}{}}
	g.loops.Go(func() { g.accept(p.socket) })
	t.Cleanup(func() {
		_ = l.Close()
		g.close(true)
		g.loops.Wait()
	})
	return g
}

func (g *gate) accept(agent string) {
	for {
		near, err := g.l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("unix", agent)
		g.mu.Lock()
		if err != nil || g.shut {
			g.mu.Unlock()
			_ = near.Close()
			if err == nil {
				_ = far.Close()
			}
			continue
		}
		g.open[near], g.open[far] = struct{}{}, struct{}{}
		g.mu.Unlock()
		forward := func(to, from net.Conn) {
			_, _ = io.Copy(to, from) // its end is the connection's
			_, _ = to.Close(), from.Close()
			g.mu.Lock()
			defer g.mu.Unlock()
			delete(g.open, to)
			delete(g.open, from)
		}
		g.loops.Go(func() { forward(near, far) })
		g.loops.Go(func() { forward(far, near) })
	}
}

// close cuts all that is open; with shut nothing passes from then on.
func (g *gate) close(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
	for c := range g.open {
		_ = c.Close()
	}
}

// reopen lets connections pass again.
func (g *gate) reopen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = false
}

// brokenAfter takes so many bytes and then fails as a pipe without a reader.
type brokenAfter struct {
	left int
	got  strings.Builder
}

func (w *brokenAfter) Write(b []byte) (int, error) {
	n := min(len(b), w.left)
	w.left -= n
	w.got.Write(b[:n])
	if n < len(b) {
		return n, &os.PathError{Op: "write", Path: "stdout", Err: syscall.EPIPE}
	}
	return n, nil
}

// output keeps what was written, for readers that look meanwhile.
type output struct {
	mu  sync.Mutex
	buf strings.Builder // guarded by mu
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
