package agentd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// heapInUse asks an agent for the bytes of its live objects after collecting.
// More than once: pools let go of what they keep only at the second collection.
// (HeapInuse counts whole spans, and so everything else's gaps.)
func heapInUse(t *testing.T, debug string) int64 {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	var heap int64
	for range 3 {
		resp, err := (&http.Client{Transport: transport}).Get("http://" + debug + "/debug/pprof/heap?gc=1&debug=1")
		must(t, err)
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		must(t, err)
		m := regexp.MustCompile(`(?m)^# HeapAlloc = (\d+)$`).FindSubmatch(body)
		if m == nil {
			t.Fatal("the heap profile does not say HeapAlloc")
		}
		heap, err = strconv.ParseInt(string(m[1]), 10, 64)
		must(t, err)
	}
	return heap
}

// flooded is a TCP peer that sends until its window is closed.
type flooded struct {
	ln      *net.TCPListener
	mu      sync.Mutex
	stalled int // guarded by mu; connections that the other side has stopped
	all     sync.WaitGroup
}

func flood(t *testing.T) *flooded {
	t.Helper()
	ln, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	f := &flooded{ln: ln}
	ctx, cancel := context.WithCancel(context.Background())
	f.all.Go(func() {
		for {
			c, err := ln.AcceptTCP()
			if err != nil {
				return
			}
			f.all.Go(func() { f.fill(ctx, c) })
		}
	})
	t.Cleanup(func() {
		cancel()
		ln.Close()
		f.all.Wait()
	})
	return f
}

// fill writes until nothing has gone for a while, and then holds on.
func (f *flooded) fill(ctx context.Context, c *net.TCPConn) {
	defer c.Close()
	chunk := make([]byte, 64<<10)
	for {
		if err := c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
			return
		}
		n, err := c.Write(chunk)
		if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
	}
	f.mu.Lock()
	f.stalled++
	f.mu.Unlock()
	<-ctx.Done()
}

func (f *flooded) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stalled
}

// TestStalledStreamIsCheap: a client that does not read its streams stops the
// peers through TCP, and costs the agent less than 128 KiB each.
func TestStalledStreamIsCheap(t *testing.T) {
	const streams, most = 20, 128 << 10
	path, debug := filepath.Join(t.TempDir(), "a.sock"), freePort(t)
	serving(t, path, "--debug-listen", debug)
	c := dial(t, path)
	f := flood(t)
	ctx := t.Context()
	s, err := c.sessions.CreateSession(ctx, &farsockv1.CreateSessionRequest{})
	must(t, err)
	port := int32(f.ln.Addr().(*net.TCPAddr).Port)
	stall := func(holder string) {
		o, err := c.sockets.Open(ctx, &farsockv1.OpenRequest{
			Session: s.GetSession().GetName(), Family: farsockv1.Family_FAMILY_INET,
			Type: farsockv1.SocketType_SOCKET_TYPE_STREAM, Connect: inet("127.0.0.1", port),
		})
		if err != nil || o.GetSocket() == nil {
			t.Fatalf("Open: %v %v", err, o)
		}
		stream, err := c.sockets.Stream(ctx)
		must(t, err)
		must(t, stream.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: &farsockv1.Attach{
			Socket: "sockets/" + o.GetSocket().GetUid(), Holder: holder, Epoch: 1,
		}}}))
		first, err := stream.Recv()
		must(t, err)
		if first.GetAttached() == nil {
			t.Fatalf("first message: %v", first)
		}
	}
	stall("first") // what is made once is not what a stream costs
	until(t, "the first peer is stopped", func() bool { return f.count() == 1 })
	before := heapInUse(t, debug)
	for i := range streams {
		stall(fmt.Sprint("h", i))
	}
	until(t, "every peer is stopped", func() bool { return f.count() == 1+streams })
	each := (heapInUse(t, debug) - before) / streams
	t.Logf("a stalled stream costs %d KiB of heap in use", each>>10)
	if each >= most {
		t.Errorf("%d bytes each, the bound is %d", each, most)
	}
}

// freePort is a loopback address that was free a moment ago, and none of those
// that the kernel gives to whoever asks for any (ip_local_port_range).
func freePort(t *testing.T) string {
	t.Helper()
	var taken error
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", itoa(10_000+rand.IntN(20_000)))
		ln, err := net.Listen("tcp", address)
		if err == nil {
			ln.Close()
			return address
		}
		taken = err
	}
	t.Fatal(taken)
	return ""
}
