package agentd

import (
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
	conns   *connections  // immutable
	who     *identity     // immutable
	transit *transit      // immutable
	over    string        // immutable; the limit that it is above, or ""
	life    *time.Timer   // immutable; ends a connection that is above a limit, else nil
	once    sync.Once     // guards giving back
	parted  chan struct{} // closed when nothing more is read or written
	leave   sync.Once     // guards closing parted
	writing sync.Mutex    // held while something is written
	torn    bool          // guarded by writing; a write has failed, or the last one is done
	why     error         // guarded by writing; a status: the connection ends at the end of this frame
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
	if c.transit.over() {
		// The client is told what became of the calls up to now, and to make later
		// ones elsewhere: gRPC must not begin any.
		<-c.parted
		return 0, net.ErrClosed
	}
	return n, err
}

// Write is net.Conn's.
func (c *conn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.why == nil {
		return c.write(p)
	}
	done := 0
	for n := c.transit.midway(len(p)); n > 0 && !c.torn; n = c.transit.midway(len(p) - done) {
		m, err := c.write(p[done : done+n])
		if done += m; err != nil {
			break
		}
	}
	if c.torn || c.transit.midway(1) == 0 {
		c.part()
		return done, net.ErrClosed
	}
	return done, nil
}

// write writes; c.writing is locked.
func (c *conn) write(p []byte) (int, error) {
	// Before it is written: a client that begins a call once it has an answer
	// must not have two under way. A failed write ends the connection.
	c.transit.sent(p)
	n, err := c.UnixConn.Write(p)
	c.torn = c.torn || err != nil
	return n, err
}

// farewellWithin is how long ending a connection may take.
const farewellWithin = 50 * time.Millisecond

// end ends the connection between two frames, with its calls, and tells the
// client which limit it passed if it still reads: now, or with gRPC's next
// write, which comes if it has written a part of a frame. gRPC then finds the
// connection closed, and closes it for its part.
func (c *conn) end(limit string, most int64, args ...any) {
	c.transit.finish()
	c.conns.log.Warn("connection closed: it passed a limit", append(args, "limit", limit, "max", most, "uid", c.who.uid)...)
	_ = c.SetWriteDeadline(time.Now().Add(farewellWithin)) // closed: the write says so
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.why != nil {
		return
	}
	c.why = wire.LimitExceeded(limit, most, "the agent closed this connection for it; what was under way may have been done")
	if c.torn || c.transit.midway(1) == 0 {
		c.part()
	}
}

// part says goodbye and closes; c.writing is locked.
func (c *conn) part() {
	if !c.torn {
		c.torn = true
		_, _ = c.UnixConn.Write(c.transit.farewell(c.why)) // it reads or it does not
	}
	c.UnixConn.Close()
	c.leave.Do(func() { close(c.parted) })
}

// Close is net.Conn's.
func (c *conn) Close() error {
	c.once.Do(func() {
		if c.life != nil {
			c.life.Stop()
		}
		c.transit.finish()
		c.conns.give(c)
		c.leave.Do(func() { close(c.parted) })
	})
	return c.UnixConn.Close()
}
