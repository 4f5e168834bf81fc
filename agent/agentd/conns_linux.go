package agentd

import (
	"log/slog"
	"net"
	"sync"
	"time"
)

// connections counts what is open over all endpoints, so that it is bounded
// and an idle agent knows that it is idle.
type connections struct {
	max int          // immutable
	log *slog.Logger // immutable

	mu      sync.Mutex
	open    int       // guarded by mu
	changed time.Time // guarded by mu; when open last changed
	ended   bool      // guarded by mu; no more are taken
	told    time.Time // guarded by mu; when a refusal was last logged
}

func newConnections(max int, log *slog.Logger) *connections {
	return &connections{max: max, log: log, changed: time.Now()}
}

// count is how many are open.
func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

// idleSince says since when none has been open; false while one is.
func (c *connections) idleSince() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed, c.open == 0
}

// endIfIdle takes no more connections, unless one is open: then it changes
// nothing and returns false. Idle exit and a client that just connects thus
// cannot miss each other.
func (c *connections) endIfIdle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open > 0 {
		return false
	}
	c.ended = true
	return true
}

func (c *connections) take() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	now := time.Now()
	if c.open >= c.max {
		if now.Sub(c.told) >= time.Second {
			c.told = now
			c.log.Warn("connection refused: too many are open", "max", c.max)
		}
		return false
	}
	c.open++
	c.changed = now
	return true
}

func (c *connections) give() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	c.changed = time.Now()
}

// listener hands out connections within the bound and closes the others at
// once: a client that waits in the backlog would not know why.
type listener struct {
	*net.UnixListener
	conns *connections
}

// Accept is net.Listener's.
func (l listener) Accept() (net.Conn, error) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if l.conns.take() {
			return &conn{UnixConn: c, conns: l.conns}, nil
		}
		c.Close()
	}
}

// conn gives its place back when it is closed. It stays a *net.UnixConn so that
// the kernel can be asked who is at the other end.
type conn struct {
	*net.UnixConn
	conns *connections
	once  sync.Once // guards giving back
}

// Close is net.Conn's.
func (c *conn) Close() error {
	c.once.Do(c.conns.give)
	return c.UnixConn.Close()
}
