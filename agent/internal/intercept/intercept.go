// Package intercept is what every call passes on its way to a handler: it is
// counted, logged, allowed or denied, audited, caught if it panics, and turned
// away while the agent shuts down, in this order.
package intercept

import (
	"log/slog"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/logging"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"google.golang.org/grpc"

	"github.com/farsock/farsock/agent/internal/policy"
	"github.com/farsock/farsock/proto/creds"
)

// Config configures the chain. Every field is required.
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
}

// Options returns the server options that install the chain.
func Options(cfg Config) []grpc.ServerOption {
	authz := &authorizer{decide: cfg.Decide, log: cfg.Logger, metrics: cfg.Metrics}
	written := &audit{log: cfg.Logger}
	panics := onPanic(cfg.Logger, cfg.Metrics.panics.Inc)
	return []grpc.ServerOption{
		grpc.InTapHandle(tapped),
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
