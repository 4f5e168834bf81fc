package farsock

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// cutKind is how a connection is cut.
type cutKind int

const (
	cutRST cutKind = iota
	cutFIN
	cutSilent // nothing passes any more, and nothing says so
)

// cutter is the way from clients to an agent, by TCP, and cuts it.
type cutter struct {
	agent string // path of its socket
	l     net.Listener
	loops sync.WaitGroup

	mu      sync.Mutex
	plan    func() (after int64, how cutKind) // guarded by mu; of the next connection; nil: none is cut
	refused bool                              // guarded by mu; connections end as they begin
	open    map[*link]struct{}                // guarded by mu

	cuts  atomic.Int64
	dials atomic.Int64
}

// link is one connection through a cutter.
type link struct {
	c         *cutter
	near, far net.Conn // the client's end, and the agent's
	left      atomic.Int64
	how       cutKind
	once      sync.Once
	silent    atomic.Bool
}

// newCutter stands before an agent until the test ends.
func newCutter(t testing.TB, agent string) *cutter {
	t.Helper()
	c := &cutter{agent: agent, l: listenLocal(t, "tcp4", "127.0.0.1:0"), open: map[*link]struct{}{}}
	c.loops.Go(c.accept)
	t.Cleanup(func() {
		_ = c.l.Close()
		c.cut(cutRST)
		c.loops.Wait()
	})
	return c
}

// dial is for WithDialer.
func (c *cutter) dial(ctx context.Context) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp4", c.l.Addr().String())
}

func (c *cutter) accept() {
	for {
		near, err := c.l.Accept()
		if err != nil {
			return
		}
		c.dials.Add(1)
		far, err := net.Dial("unix", c.agent)
		c.mu.Lock()
		if err != nil || c.refused {
			c.mu.Unlock()
			_ = near.Close()
			if err == nil {
				_ = far.Close()
			}
			continue
		}
		k := &link{c: c, near: near, far: far}
		k.left.Store(1 << 62)
		if c.plan != nil {
			after, how := c.plan()
			k.left.Store(after)
			k.how = how
		}
		c.open[k] = struct{}{}
		c.mu.Unlock()
		c.loops.Go(func() { k.forward(near, far) })
		c.loops.Go(func() { k.forward(far, near) })
	}
}

// forward copies up to the byte at which the connection is cut.
func (k *link) forward(from, to net.Conn) {
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		if k.silent.Load() {
			if err != nil {
				return
			}
			continue
		}
		left := k.left.Add(-int64(n)) + int64(n)
		if pass := min(int64(n), max(left, 0)); pass > 0 {
			if _, failed := to.Write(buf[:pass]); failed != nil {
				err = failed
			}
		}
		if left <= int64(n) && n > 0 {
			k.cut(k.how)
			continue
		}
		if err != nil {
			k.end()
			return
		}
	}
}

// cut cuts it once.
func (k *link) cut(how cutKind) {
	k.once.Do(func() {
		k.c.cuts.Add(1)
		switch how {
		case cutSilent:
			k.silent.Store(true)
			return
		case cutRST:
			_ = k.near.(*net.TCPConn).SetLinger(0)
		}
		k.end()
	})
}

func (k *link) end() {
	_ = k.near.Close()
	_ = k.far.Close()
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	delete(k.c.open, k)
}

// cut cuts every connection that is open.
func (c *cutter) cut(how cutKind) {
	c.mu.Lock()
	var open []*link
	for k := range c.open {
		open = append(open, k)
	}
	c.mu.Unlock()
	for _, k := range open {
		k.cut(how)
		if c.stopped() {
			k.end()
		}
	}
}

func (c *cutter) stopped() bool {
	err := c.l.(*net.TCPListener).SetDeadline(time.Time{})
	return errors.Is(err, net.ErrClosed)
}

// refuse cuts every connection and lets none pass, or lets them pass again.
func (c *cutter) refuse(refused bool) {
	c.mu.Lock()
	c.refused = refused
	c.mu.Unlock()
	if refused {
		c.cut(cutRST)
	}
}

// planned has later connections cut by a plan; nil ends that.
func (c *cutter) planned(plan func() (int64, cutKind)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plan = plan
}

// seeded is a source of random numbers whose seed is told; FARSOCK_SEED repeats
// a run.
func seeded(t testing.TB) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("FARSOCK_SEED"); text != "" {
		seed = must[uint64](t)(strconv.ParseUint(text, 0, 64))
	}
	t.Logf("FARSOCK_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// cutSession is a session behind a cutter, on an agent of its own.
func cutSession(t testing.TB, ttl time.Duration, opts ...Option) (*cutter, *Session) {
	t.Helper()
	socket := socketPath(t)
	agent := startAgent(t, socket)
	c := newCutter(t, socket)
	client := dialAgent(t, agent.endpoint, append(opts, WithDialer(c.dial))...)
	s := must[*Session](t)(client.OpenSession(context.Background(), SessionConfig{TTL: ttl, KeepAlive: true}))
	t.Cleanup(func() { _ = s.Close(context.Background()) }) // the way may be cut
	return c, s
}

// noise is a reader of n random bytes.
func noise(r *rand.Rand, n int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{byte(r.Uint32()), byte(r.Uint32())}), n)
}
