// Package intercept is what every call passes on its way to a handler: it is
// counted, logged, allowed or denied, audited, caught if it panics, and turned
// away while the agent shuts down, in this order.
package intercept

import (
	"context"
	"log/slog"
	"net"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/logging"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/agent/internal/policy"
	"github.com/farsock/farsock/proto/creds"
)

// Config configures the chain. Every field is required, but Enter,
// Answer, Dropped and Decoded.
type Config struct {
	// Logger takes call lines (debug unless something is wrong), audit lines
	// ("audit", with an event) and the stacks of panics. Payload never goes
	// there.
	Logger *slog.Logger
	// Metrics counts.
	Metrics *Metrics
	// Gate refuses new work once it is shut.
	Gate *Gate
	// Decide says who a peer that has connected is, and whether it may call a
	// method at all.
	Decide func(peer creds.Peer, fullMethod string) (policy.Identity, policy.Decision)
	// Enter says whether one more call may begin on a connection; its error is
	// the status that the caller gets, before a byte of the call's message is
	// read. ctx ends with the call. It is called with gRPC's locks held and must
	// not block.
	Enter func(ctx context.Context, conn net.Conn) error
	// Answer is what the codec is given for a message to a client. The codec may
	// thus know whose it is.
	Answer func(conn net.Conn, m proto.Message) any
	// Dropped is told what Answer returned where gRPC may drop it unwritten and
	// tell nobody: of a Stream after it was sent, since the call has ended
	// meanwhile; of a unary call before it is sent, since nobody sees that.
	Dropped func(answer any)
	// Decoded is told how many bytes of a call were decoded, its messages'
	// headers included; below 0 it takes that back, when the handler is done. It
	// is called with a lock held and must not block.
	Decoded func(conn net.Conn, bytes int)
}

// Options returns the server options that install the chain.
func Options(cfg Config) []grpc.ServerOption {
	authz := &authorizer{decide: cfg.Decide, log: cfg.Logger, metrics: cfg.Metrics}
	written := &audit{log: cfg.Logger}
	panics := onPanic(cfg.Logger, cfg.Metrics.panics.Inc)
	return []grpc.ServerOption{
		grpc.InTapHandle(cfg.tapped),
		grpc.ChainUnaryInterceptor(
			cfg.Metrics.calls.UnaryServerInterceptor(),
			logging.UnaryServerInterceptor(calls(cfg.Logger), callOptions()...),
			authz.unary,
			written.unary,
			recovery.UnaryServerInterceptor(panics),
			cfg.Gate.unary,
		),
		grpc.ChainStreamInterceptor(
			cfg.Metrics.calls.StreamServerInterceptor(),
			logging.StreamServerInterceptor(calls(cfg.Logger), callOptions()...),
			authz.stream,
			recovery.StreamServerInterceptor(panics),
			cfg.Gate.stream,
		),
	}
}
