package agentd

import (
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/farsock/farsock/proto/wire"
)

// conn is one connection of a client. It gives its place back when it is
// closed, and stays a *net.UnixConn so that the kernel can be asked who is at
// the other end.
type conn struct {
	*net.UnixConn
	conns   *connections // immutable
	who     *identity    // immutable
	transit *transit     // immutable
	over    string       // immutable; the limit that it is above, or ""
	life    *time.Timer  // immutable; ends a connection that is above a limit, else nil
	once    sync.Once    // guards giving back
	writing sync.Mutex   // held while something is written
	torn    bool         // guarded by writing; a write has failed
}

// most is the bound that it is above.
func (c *conn) most() int64 {
	if c.over == wire.LimitConnectionsPerIdentity {
		return int64(c.conns.max.ConnectionsPerIdentity)
	}
	return int64(c.conns.max.Connections)
}

// Read is net.Conn's.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.UnixConn.Read(p)
	calls := c.transit.received(p[:n])
	if calls > 2*maxStreams {
		// Beyond what HTTP/2's settings allow, with room for what was sent
		// before they were known. gRPC refuses such calls, but keeps each
		// refusal until the client reads it.
		c.end(wire.LimitCallsPerConnection, maxStreams, "calls", calls)
	}
	c.conns.relieve()
	return n, err
}

// Write is net.Conn's.
func (c *conn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	// Before it is written: a client that begins a call once it has an answer
	// must not have two under way. A failed write ends the connection.
	c.transit.sent(p)
	n, err := c.UnixConn.Write(p)
	c.torn = c.torn || err != nil
	return n, err
}

// farewellWithin is how long ending a connection may take.
const farewellWithin = 50 * time.Millisecond

// end cuts the connection, and tells the client which limit it passed if it
// still reads. gRPC finds it closed, and closes it for its part.
func (c *conn) end(limit string, most int64, args ...any) {
	c.transit.finish()
	c.conns.log.Warn("connection closed: it passed a limit", append(args, "limit", limit, "max", most, "uid", c.who.uid)...)
	_ = c.SetWriteDeadline(time.Now().Add(farewellWithin)) // closed: the write says so
	c.writing.Lock()
	if !c.torn {
		_, _ = c.UnixConn.Write(c.transit.farewell(fmt.Sprintf("limit %s (%d) exceeded", limit, most))) // it reads or it does not
	}
	c.writing.Unlock()
	c.UnixConn.Close()
}

// Close is net.Conn's.
func (c *conn) Close() error {
	c.once.Do(func() {
		if c.life != nil {
			c.life.Stop()
		}
		c.transit.finish()
		c.conns.give(c)
	})
	return c.UnixConn.Close()
}
