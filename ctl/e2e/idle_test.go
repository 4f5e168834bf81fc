//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

const (
	idleMost  = 8 << 10 // bytes of live heap for each connection: no room for a buffer
	idleAbove = 200     // descriptors that the agent and this process need besides
)

func idleConnections() int {
	if testing.Short() && !full {
		return 500
	}
	return 5000
}

// idleHerd is many connections that an agent accepted and nobody uses.
type idleHerd struct {
	peers []net.Conn

	mu    sync.Mutex
	names map[string]string // the agent's ends by their peer's address; guarded by mu while they are opened
}

// acceptIdle lets package net dial n connections and the agent accept them, a
// few at a time.
func acceptIdle(t testing.TB, c *farsock.Client, s *farsock.Session, n int) *idleHerd {
	t.Helper()
	l, err := s.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	listener := wire.SocketUID(l.Socket().GetUid())
	herd := &idleHerd{names: make(map[string]string, n), peers: make([]net.Conn, n)}
	t.Cleanup(func() {
		for _, peer := range herd.peers {
			if peer != nil {
				_ = peer.Close()
			}
		}
	})
	one := func(i int) error {
		peer, err := net.DialTimeout("tcp4", l.Addr().String(), patience)
		if err != nil {
			return err
		}
		herd.peers[i] = peer
		accepted, err := c.Sockets.Accept(t.Context(), &farsockv1.AcceptRequest{
			Socket: listener, RequestId: uuid.NewString(), Wait: durationpb.New(20 * time.Second)})
		if err = errors.Join(err, farsock.OutcomeErr("accept", accepted.GetOutcome())); err != nil {
			return err
		}
		// Not always this peer's: a few are opened at once.
		herd.mu.Lock()
		defer herd.mu.Unlock()
		herd.names[wire.FormatAddress(accepted.GetSocket().GetPeer())] = wire.SocketUID(accepted.GetSocket().GetUid())
		return nil
	}
	const workers = 4
	failed := make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < n && failed[w] == nil; i += workers {
				failed[w] = one(i)
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
	return herd
}

// idleCost is what idle connections cost an agent.
type idleCost struct {
	before, after int // goroutines
	each          heap
	resident      int64 // bytes of RAM for each
}

// measureIdle opens n idle connections and measures.
func measureIdle(t testing.TB, a *agentProcess, c *farsock.Client, s *farsock.Session, n int) (*idleHerd, idleCost) {
	t.Helper()
	acceptIdle(t, c, s, 50) // what is made once is not what a connection costs
	goroutines, memory, resident := a.atRest(t).goroutines, a.heap(t), a.resident(t)
	herd := acceptIdle(t, c, s, n)
	cost := idleCost{before: goroutines, after: a.atRest(t).goroutines}
	cost.each = a.heap(t).since(memory, n)
	cost.resident = (a.resident(t) - resident) / int64(n)
	return herd, cost
}

// TestIdleConnections: thousands of idle connections cost no goroutine each,
// and a table's row of memory; they are all there, and end with their session.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	n := idleConnections()
	needDescriptors(t, n+idleAbove)
	a := startAgent(t, "", "127.0.0.1:"+freePort(t))
	c := connectTo(t, a.endpoint())
	s, err := c.OpenSession(t.Context(), farsock.SessionConfig{KeepAlive: true})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	herd, cost := measureIdle(t, a, c, s, n)
	t.Logf("%d idle connections, opened in %v: %d goroutines before, %d after; each %d bytes of live heap (HeapAlloc), %d of spans (HeapInuse), %d resident",
		n, time.Since(start).Round(time.Millisecond), cost.before, cost.after, cost.each.live, cost.each.spans, cost.resident)
	if cost.after > cost.before+3 {
		t.Errorf("goroutines: %d before, %d after", cost.before, cost.after)
		t.Log(a.debugPage(t, "/debug/pprof/goroutine?debug=1"))
	}
	if cost.each.live >= idleMost {
		t.Errorf("%d bytes of live heap each, the bound is %d", cost.each.live, idleMost)
	}
	for i := 0; i < n; i += n / 50 { // they live
		from := herd.peers[i].LocalAddr().String()
		sent, err := c.Sockets.Send(t.Context(), &farsockv1.SendRequest{Socket: herd.names[from], Data: []byte(from)})
		if err != nil || farsock.OutcomeErr("send", sent.GetOutcome()) != nil {
			t.Fatal(err, sent)
		}
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, peer := range herd.peers {
		if err := peer.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		want := ""
		if i%(n/50) == 0 {
			want = peer.LocalAddr().String()
		}
		if got, err := io.ReadAll(peer); err != nil || string(got) != want {
			t.Fatalf("peer %d: %q, %v; want %q and the end", i, got, err, want)
		}
	}
}

// BenchmarkIdleConnection reports what one idle connection costs the agent.
func BenchmarkIdleConnection(b *testing.B) {
	const n = 5000
	needDescriptors(b, n+idleAbove)
	a := startAgent(b, "", "127.0.0.1:"+freePort(b))
	c := connectTo(b, a.endpoint())
	_, cost := measureIdle(b, a, c, lease(b, c), n)
	b.ReportMetric(float64(cost.each.live), "heap-B/conn")
	b.ReportMetric(float64(cost.resident), "resident-B/conn")
	b.ReportMetric(float64(cost.after-cost.before)/n, "goroutines/conn")
	b.ReportMetric(0, "ns/op") // the figures above are the result
}

// needDescriptors skips the test where a process may not have that many; in CI
// that is a failure.
func needDescriptors(t testing.TB, n int) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Max >= uint64(n) {
		return
	}
	reason := fmt.Sprintf("needs %d descriptors, ulimit -Hn is %d", n, limit.Max)
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
