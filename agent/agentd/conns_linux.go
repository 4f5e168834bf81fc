package agentd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/farsock/farsock/proto/creds"
	"github.com/farsock/farsock/proto/wire"
)

// connections counts what is open over all endpoints and what comes over it, so
// that it is bounded and an idle agent knows that it is idle.
type connections struct {
	max Limits       // immutable; defaults filled in
	log *slog.Logger // immutable

	calls   atomic.Int64 // under way, of all
	wire    atomic.Int64 // under way or answered and not fetched, of all
	transit atomic.Int64 // bytes in transit, of all

	mu      sync.Mutex
	open    map[*conn]struct{}   // guarded by mu; those within the bounds
	over    int                  // guarded by mu; open beyond them, to be told so
	clients map[uint32]*identity // guarded by mu; who has a connection, by uid
	changed time.Time            // guarded by mu; when open last changed
	ended   bool                 // guarded by mu; no more are taken
	told    time.Time            // guarded by mu; when a refusal was last logged
}

// identity is one identity's share. It is there while it has a connection.
type identity struct {
	uid   uint32
	open  int          // guarded by connections.mu; its connections
	calls atomic.Int64 // under way
}

// maxOver is how many connections over the bound are kept for a while
// (creds.RefusedLife), so that their calls are answered with the reason. The
// rest are closed at once: descriptors are few.
const maxOver = 4

func newConnections(max Limits, log *slog.Logger) *connections {
	return &connections{max: max, log: log, changed: time.Now(),
		open: map[*conn]struct{}{}, clients: map[uint32]*identity{}}
}

// count is how many are open.
func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

// idleSince says since when none has been open; false while one is.
func (c *connections) idleSince() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed, len(c.open) == 0
}

// endIfIdle takes no more connections, unless one is open: then it changes
// nothing and returns false. Idle exit and a client that just connects thus
// cannot miss each other.
func (c *connections) endIfIdle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) > 0 {
		return false
	}
	c.ended = true
	return true
}

// take makes a connection of what was accepted, or returns nil: there is no
// room even to say why.
func (c *connections) take(raw *net.UnixConn, uid uint32) *conn {
	taken, kept, tell := c.place(raw, uid)
	if tell {
		c.log.Warn("connection refused: too many are open", "limit", taken.over, "max", taken.most(), "uid", uid)
	}
	if !kept {
		return nil
	}
	if taken.over != "" {
		taken.life = time.AfterFunc(creds.RefusedLife, func() { taken.UnixConn.Close() })
	}
	return taken
}

// place finds a connection its place. tell: its refusal belongs in the log,
// which takes one a second.
func (c *connections) place(raw *net.UnixConn, uid uint32) (taken *conn, kept, tell bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil, false, false
	}
	who := c.clients[uid]
	if who == nil {
		who = &identity{uid: uid}
	}
	taken = &conn{UnixConn: raw, conns: c, who: who, transit: newTransit(c), over: c.exceeded(who), parted: make(chan struct{})}
	now := time.Now()
	if taken.over == "" {
		c.open[taken] = struct{}{}
		c.changed = now
		who.open++
		c.clients[uid] = who
		return taken, true, false
	}
	if tell = now.Sub(c.told) >= time.Second; tell {
		c.told = now
	}
	if kept = c.over < maxOver; kept {
		c.over++
	}
	return taken, kept, tell
}

// exceeded is the name of the bound that one more connection would pass, or "";
// c.mu is locked.
func (c *connections) exceeded(who *identity) string {
	switch {
	case len(c.open) >= c.max.Connections:
		return wire.LimitConnections
	case who.open >= c.max.ConnectionsPerIdentity:
		return wire.LimitConnectionsPerIdentity
	}
	return ""
}

func (c *connections) give(one *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one.over != "" {
		c.over--
		return
	}
	delete(c.open, one)
	c.changed = time.Now()
	who := one.who
	if who.open--; who.open == 0 {
		delete(c.clients, who.uid)
	}
}

// relieve closes the connections with most in transit until all of them
// together are within the bound.
func (c *connections) relieve() {
	for c.transit.Load() > c.max.TransitBytes {
		worst, bytes := c.worst()
		if worst == nil {
			return
		}
		worst.end(wire.LimitTransitBytes, c.max.TransitBytes, "bytes", bytes)
	}
}

// worst is the connection with most in transit, which no longer counts; nil if
// another goroutine has brought all of them within the bound.
func (c *connections) worst() (worst *conn, bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.transit.Load() <= c.max.TransitBytes {
		return nil, 0
	}
	for one := range c.open {
		if n := one.transit.size(); n > bytes {
			worst, bytes = one, n
		}
	}
	if worst != nil {
		worst.transit.finish()
	}
	return worst, bytes
}

// enter says whether one more call may begin on a connection, and counts it
// until ctx, which is the call's, ends. The error is a status.
func (c *connections) enter(ctx context.Context, on net.Conn) error {
	one, ok := on.(*conn)
	if !ok {
		return nil
	}
	if one.over != "" {
		return wire.LimitExceeded(one.over, one.most(), "no more connections; close one, or wait for one to end")
	}
	leave := func() {
		c.calls.Add(-1)
		one.who.calls.Add(-1)
	}
	all, own := c.calls.Add(1), one.who.calls.Add(1)
	switch most := int64(c.max.Calls); {
	// Clients that fetch no answers are bounded more widely: what gRPC keeps of
	// such a call is little.
	case all > most, c.wire.Load() > 2*most:
		leave()
		return wire.LimitExceeded(wire.LimitCalls, most, "no more calls at once; wait for some to end")
	case own > int64(c.max.CallsPerIdentity):
		leave()
		return wire.LimitExceeded(wire.LimitCallsPerIdentity, int64(c.max.CallsPerIdentity),
			"no more calls of yours at once; wait for some to end")
	}
	context.AfterFunc(ctx, leave)
	return nil
}

// listener hands connections out and counts them.
type listener struct {
	*net.UnixListener
	conns *connections
}

// Accept is net.Listener's. Where descriptors have run out its error is
// temporary, and gRPC waits before it asks again.
func (l listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.AcceptUnix()
		if err != nil {
			if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
				l.conns.log.Error("no descriptor for a connection", "error", err)
			}
			return nil, err
		}
		who, err := creds.PeerOf(raw)
		if err != nil {
			l.conns.log.Warn("connection closed: the kernel does not say whose it is", "error", err)
			raw.Close()
			continue
		}
		if taken := l.conns.take(raw, who.UID); taken != nil {
			return taken, nil
		}
		raw.Close()
	}
}
