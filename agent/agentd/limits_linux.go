package agentd

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/rpc"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/creds"
	"github.com/farsock/farsock/proto/wire"
)

const (
	defaultCalls   = 8192
	defaultHeld    = 256 << 20
	defaultTransit = 256 << 20
)

// fill sets what costs no descriptors and was not asked for. Where several users
// are admitted none may take all that there is.
//
// What clients can make the agent keep is thus bounded by the sum of HeldBytes,
// TransitBytes, about 30 KiB for each of Calls (goroutines, headers), 64 KiB for
// each of Connections, and the table's rows (1 KiB a stored response). A Stream may
// go beyond HeldBytes by 4096 bytes and one message of 1 MiB, and a socket by 4096
// bytes, so that no client waits for itself. The heap
// is more: buffers come in powers of two, and Go's collector lets garbage grow
// to the size of what is live. With 256 MiB in transit the process grew by 267
// MiB of uploads, and by 360 to 780 MiB of answers. No memory limit is set in
// the collector: one above all of these bounds changed nothing in that
// measurement, and one below would have it run all the time under an honest
// load; who has less memory lowers the bounds, or sets GOMEMLIMIT.
func (l *Limits) fill(several bool) {
	share := func(all int) int {
		if several {
			return max(all/2, 1)
		}
		return all
	}
	set(&l.ConnectionsPerIdentity, share(l.Connections))
	set(&l.Calls, defaultCalls)
	set(&l.CallsPerIdentity, share(l.Calls))
	set(&l.HeldBytes, int64(defaultHeld))
	set(&l.TransitBytes, int64(defaultTransit))
}

func set[T int | int64](bound *T, usual T) {
	if *bound == 0 {
		*bound = usual
	}
}

// limits are those that hold before a call gets to its handler; ctx is that of
// the call that asks.
func (c *connections) limits(ctx context.Context) []*farsockv1.Limit {
	seconds := func(d time.Duration) int64 { return int64(d / time.Second) }
	list := []*farsockv1.Limit{
		rpc.UsedLimit(wire.LimitConnections, int64(c.max.Connections), "connections", int64(c.count()), "of clients"),
		c.ownLimit(ctx, wire.LimitConnectionsPerIdentity, c.max.ConnectionsPerIdentity, "connections", c.connectionsOf),
		rpc.UsedLimit(wire.LimitCalls, int64(c.max.Calls), "calls", c.calls.Load(), "under way"),
		c.ownLimit(ctx, wire.LimitCallsPerIdentity, c.max.CallsPerIdentity, "calls", func(who *identity) int64 { return who.calls.Load() }),
		rpc.NewLimit(wire.LimitCallsPerConnection, maxStreams, "calls", "under way, of one connection"),
		rpc.UsedLimit(wire.LimitTransitBytes, c.max.TransitBytes, "bytes", max(c.transit.Load(), 0), "not decoded, or not fetched"),
		rpc.NewLimit(wire.LimitStreamBytes, streamWindow, "bytes", "of one call, sent ahead"),
		rpc.NewLimit(wire.LimitMessageBytes, wire.MaxMessageBytes, "bytes", "of one gRPC message"),
		rpc.NewLimit(wire.LimitHeaderBytes, maxHeaders, "bytes", "of one call's headers"),
		rpc.NewLimit(wire.LimitHandshake, seconds(handshake), "seconds", "from connecting to HTTP/2"),
		rpc.NewLimit(wire.LimitKeepAlive, seconds(pingAfter), "seconds", "silence before the agent pings"),
		rpc.NewLimit(wire.LimitKeepAliveTimeout, seconds(pingTimeout), "seconds", "for the answer to a ping"),
		rpc.NewLimit(wire.LimitKeepAliveLeast, seconds(pingLeast), "seconds", "between a client's pings"),
	}
	if most, err := descriptorLimit(); err == nil {
		l := rpc.NewLimit(wire.LimitDescriptors, int64(most), "descriptors", "of the agent's process")
		l.InUse = openDescriptors()
		list = append(list, l)
	}
	return list
}

// ownLimit is a bound of one identity, with what the caller has in use.
func (c *connections) ownLimit(ctx context.Context, name string, most int, what string, use func(*identity) int64) *farsockv1.Limit {
	if auth, ok := creds.FromContext(ctx); ok {
		if one, ok := auth.Conn.(*conn); ok {
			return rpc.UsedLimit(name, int64(most), what, use(one.who), "yours")
		}
	}
	return rpc.NewLimit(name, int64(most), what, "of one user")
}

func (c *connections) connectionsOf(who *identity) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int64(who.open)
}

// openDescriptors is how many this process has open, without opening one; nil
// on kernels before 6.2, which do not say.
func openDescriptors() *int64 {
	var stat unix.Stat_t
	if unix.Stat("/proc/self/fd", &stat) != nil || stat.Size == 0 {
		return nil
	}
	return &stat.Size
}
