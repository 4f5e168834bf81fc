//go:build linux

// Package rpc serves the contract: each handler checks its request, makes one
// call of the domain, and puts the answer into the contract's words.
package rpc

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/farsock/farsock/agent/internal/policy"
	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// The table as the agent has it.
type (
	// Table is the leases and the sockets that they own.
	Table = session.Table[*sock.Socket]
	// Entry is one socket in it.
	Entry = session.Entry[*sock.Socket]
)

// AgentInfo is what GetAgent says of the process.
type AgentInfo struct {
	Version     string
	Incarnation string
	Start       time.Time
}

// Deps is what the services stand on. All fields are immutable once a service
// was made with it.
type Deps struct {
	Table *Table    // required
	Env   *sock.Env // required
	Agent AgentInfo
	// Limits are those that hold before a call gets to its handler, for
	// GetAgent, whose ctx it gets. Nil: none.
	Limits func(ctx context.Context) []*farsockv1.Limit
	// Logger gets the agent's own bugs. Default slog.Default().
	Logger *slog.Logger
	// Streams counts goroutines that end a moment after their Stream's handler
	// returned: gRPC lets a receive end only by that. Whoever stops the server
	// waits for it afterwards. Nil: nobody does.
	Streams *sync.WaitGroup
	// Stall is how long the client of a Stream may take nothing while data waits
	// for it. Default 60 s.
	Stall time.Duration
}

// defaultStall is Deps.Stall where that is 0.
const defaultStall = 60 * time.Second

// server is what the services share.
type server struct {
	Deps
	maxTTL time.Duration // immutable
}

func newServer(d Deps) server {
	if d.Logger == nil {
		d.Logger = slog.Default()
	}
	if d.Streams == nil {
		d.Streams = &sync.WaitGroup{}
	}
	if d.Stall <= 0 {
		d.Stall = defaultStall
	}
	return server{Deps: d, maxTTL: d.Table.Config().MaxTTL}
}

// caller is who makes this call, as the interceptors let it in.
func caller(ctx context.Context) (string, error) {
	who, ok := policy.FromContext(ctx)
	if !ok {
		return "", wire.Errorf(codes.PermissionDenied, farsockv1.ErrorReason_ERROR_REASON_POLICY_DENIED,
			map[string]string{"rule": policy.RuleDefault}, "the caller has no identity")
	}
	return who.String(), nil
}

// enterSession begins a call on a session; the caller Releases it.
func (s *server) enterSession(ctx context.Context, name string) (*session.Call[*sock.Socket], error) {
	ref, err := wire.ParseSession(name)
	if err != nil {
		return nil, invalid("session", "%v", err)
	}
	return s.enter(ctx, session.Ref{SessionID: ref.ID, SessionUID: ref.UID})
}

// enterSocket begins a call on a socket and its session; the caller Releases
// it.
func (s *server) enterSocket(ctx context.Context, name string) (*session.Call[*sock.Socket], error) {
	ref, err := wire.ParseSocket(name)
	if err != nil {
		return nil, invalid("socket", "%v", err)
	}
	return s.enter(ctx, session.Ref{
		SessionID: ref.Session.ID, SessionUID: ref.Session.UID,
		SocketName: ref.Name, SocketUID: ref.UID,
	})
}

func (s *server) enter(ctx context.Context, ref session.Ref) (*session.Call[*sock.Socket], error) {
	identity, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	call, err := s.Table.Enter(ctx, identity, ref)
	if err != nil {
		return nil, s.status(err)
	}
	return call, nil
}

// socketTo describes a socket as it is now.
func socketTo(e *Entry) (*farsockv1.Socket, error) {
	info, err := e.Socket.Info()
	if err != nil {
		return nil, err
	}
	return describe(e, info), nil
}
