package intercept

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Gate counts the calls under way and, once shut, lets no new ones in. Health
// and reflection pass uncounted, so that a watcher neither delays a shutdown
// nor misses it. The zero value is open.
type Gate struct {
	mu      sync.Mutex
	shut    bool          // guarded by mu
	inside  int           // guarded by mu
	emptied chan struct{} // guarded by mu; made by Wait, closed when inside is 0
}

// Shut refuses new calls from now on. It may be called again.
func (g *Gate) Shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
}

// Inside is how many calls are under way.
func (g *Gate) Inside() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside
}

// Wait returns nil once no call is under way, or ctx's error. It is meant for
// a gate that is shut: an open one may fill again at once.
func (g *Gate) Wait(ctx context.Context) error {
	g.mu.Lock()
	if g.inside == 0 {
		g.mu.Unlock()
		return nil
	}
	if g.emptied == nil {
		g.emptied = make(chan struct{})
	}
	emptied := g.emptied
	g.mu.Unlock()
	select {
	case <-emptied:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *Gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.inside++
	return true
}

func (g *Gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.inside == 0 && g.emptied != nil {
		close(g.emptied)
		g.emptied = nil
	}
}

func errShuttingDown() error {
	return wire.Errorf(codes.Unavailable, farsockv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN, nil,
		"the agent is shutting down and takes no new work")
}

func (g *Gate) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if !counted(info.FullMethod) {
		return handler(ctx, req)
	}
	if !g.enter() {
		return nil, errShuttingDown()
	}
	defer g.leave()
	return handler(ctx, req)
}

func (g *Gate) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if !counted(info.FullMethod) {
		return handler(srv, ss)
	}
	if !g.enter() {
		return errShuttingDown()
	}
	defer g.leave()
	return handler(srv, ss)
}
