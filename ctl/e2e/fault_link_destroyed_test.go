//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/farsock/farsock/ctl/farsock"
)

// destroy has `ss -K` destroy the one connection of a namespace that goes from
// local to remote.
func destroy(t testing.TB, namespace string, local, remote net.Addr) {
	t.Helper()
	args := []string{"ss", "-H", "-K", "-t", "-n", "state", "established", "src", local.String(), "dst", remote.String()}
	if namespace != "" {
		args = append([]string{"ip", "netns", "exec", namespace}, args...)
	}
	if out := must(t, "", args[0], args[1:]...); strings.Count(out, "\n") != 1 {
		t.Fatalf("%v destroyed %q", args, out)
	}
}

// endAfter reads a connection to its end and fails the test unless size bytes of
// the seed came before it, and the end is the errno, 0 being an orderly one.
func endAfter(t testing.TB, conn net.Conn, count *faultCount, seed uint64, size int64, want syscall.Errno) {
	t.Helper()
	got := newCheckedBytes(seed, size)
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, err := io.Copy(writerOnly{got}, readerOnly{conn})
	var said syscall.Errno
	if errors.As(err, &said); said != want || (err != nil) != (want != 0) {
		t.Errorf("the end is %v, want %v", err, want)
	}
	if err := got.verdict(count); err != nil {
		t.Error(err)
	}
	t.Logf("%d bytes of %d, sha256 %s..., and then: %v", got.n.Load(), size, got.sum(), err)
}

// TestFaultDataDestroyed: `ss -K` destroys the data connection while the control
// connection is destroyed as well: the client, attached again, gets every byte
// that had come and then what the kernel says, ECONNABORTED of its own end's
// destruction and ECONNRESET of the peer's.
func TestFaultDataDestroyed(t *testing.T) {
	t.Parallel()
	needSS(t)
	random, count := faultRandom(t), countFaults(t, "data connection: ss -K")
	a := startAgent(t, "", "")
	proxy := startProxy(t, a, "", proxyPlan{Network: "tcp", Listen: "127.0.0.1:0"})
	direct := connectTo(t, a.endpoint())
	s, l := lease(t, direct), peerListener(t)
	for _, row := range []struct {
		name string
		kill func(t testing.TB, near, far net.Addr)
		want syscall.Errno
	}{
		{"the agent's end", func(t testing.TB, near, far net.Addr) { destroy(t, "", far, near) }, syscall.ECONNABORTED},
		{"the peer's end", func(t testing.TB, near, far net.Addr) { destroy(t, "", near, far) }, syscall.ECONNRESET},
	} {
		t.Run(row.name, func(t *testing.T) {
			// Some held, some in the kernel, which on a host short of memory for TCP
			// has room for little.
			seed, size := random.Uint64(), int64(1<<20+random.IntN(2000))
			data := connect(t, direct, s, l)
			c, control := connectWatched(t, proxy)
			conn, err := c.Conn(t.Context(), data.name)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			// The first byte says that the Conn is attached.
			if _, err := data.peer.Write([]byte{1}); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			arrive(t, direct, data, chanceBytes(seed, size), size+1)
			row.kill(t, data.peer.LocalAddr(), data.peer.RemoteAddr())
			control.destroy(t)
			count.faults.Add(2)
			endAfter(t, conn, count, seed, size, row.want)
		})
	}
}

// arrive sends what the agent's kernel and the agent can hold, with nobody
// reading, and returns once total bytes have come there.
func arrive(t testing.TB, c *farsock.Client, conn connection, data io.Reader, total int64) {
	t.Helper()
	if err := conn.peer.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(writerOnly{conn.peer}, data); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		if s := get(t, c, conn.name); s.GetReadOffset()+s.GetReceiveQueue() != total {
			return fmt.Errorf("%d bytes were sent; %v", total, s)
		}
		return nil
	})
}

// controlWatch knows a client's latest control connection over TCP.
type controlWatch struct {
	mu            sync.Mutex
	local, remote net.Addr // guarded by mu
}

// connectWatched connects the SDK to a proxy on TCP in the test's own namespace.
func connectWatched(t testing.TB, p *runningProxy) (*farsock.Client, *controlWatch) {
	t.Helper()
	w := new(controlWatch)
	return connectBy(t, farsock.WithDialer(func(ctx context.Context) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, p.network, p.address)
		if err == nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.local, w.remote = conn.LocalAddr(), conn.RemoteAddr()
		}
		return conn, err
	})), w
}

// destroy has `ss -K` destroy the client's end.
func (w *controlWatch) destroy(t testing.TB) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	destroy(t, "", w.local, w.remote)
}
