package intercept

import (
	"context"
	"log/slog"

	middleware "github.com/grpc-ecosystem/go-grpc-middleware/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	"github.com/farsock/farsock/agent/internal/policy"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/creds"
	"github.com/farsock/farsock/proto/wire"
)

// explained is how many calls of a connection that is not admitted get the
// reason with the code. The rest end before a byte of their messages is read.
const explained = 4

// authorizer decides by the connection's peer and the method alone; handlers
// find the identity in the context and decide what it may touch.
type authorizer struct {
	decide  func(creds.Peer, string) (policy.Identity, policy.Decision)
	log     *slog.Logger
	metrics *Metrics
}

// ruleKey is the context key of the rule that let a call pass, for the audit.
type ruleKey struct{}

func (a *authorizer) check(ctx context.Context, fullMethod string) (context.Context, error) {
	conn, ok := creds.FromContext(ctx)
	if !ok {
		return nil, a.deny(ctx, "nobody", fullMethod, "no-credentials", "the connection does not say who the caller is")
	}
	who, decision := a.decide(conn.Peer, fullMethod)
	switch {
	case conn.Refusal != "":
		return nil, a.deny(ctx, who.String(), fullMethod, decision.Rule, conn.Refusal)
	case !decision.Allowed:
		return nil, a.deny(ctx, who.String(), fullMethod, decision.Rule, who.String()+" may not call "+fullMethod)
	case table[fullMethod] != admitted:
		return nil, a.deny(ctx, who.String(), fullMethod, "no-row", "no rule is about "+fullMethod)
	}
	return context.WithValue(policy.NewContext(ctx, who), ruleKey{}, decision.Rule), nil
}

func (a *authorizer) deny(ctx context.Context, who, fullMethod, rule, why string) error {
	a.metrics.denied.Inc()
	a.log.LogAttrs(ctx, slog.LevelWarn, "audit", slog.String("event", "deny"), slog.String("who", who),
		slog.String("method", fullMethod), slog.String("rule", rule), slog.String("why", why))
	return wire.Errorf(codes.PermissionDenied, farsockv1.ErrorReason_ERROR_REASON_POLICY_DENIED,
		map[string]string{"rule": rule}, "denied by the agent: %s", why)
}

func (a *authorizer) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	ctx, err := a.check(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

func (a *authorizer) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx, err := a.check(ss.Context(), info.FullMethod)
	if err != nil {
		return err
	}
	wrapped := middleware.WrapServerStream(ss)
	wrapped.WrappedContext = ctx
	return handler(srv, wrapped)
}

// tapped ends calls before their messages are read, which a handler could not:
// those of a connection that is not admitted (a stranger must not make the agent
// hold megabytes), and those beyond the bounds.
func (cfg Config) tapped(ctx context.Context, _ *tap.Info) (context.Context, error) {
	conn, ok := creds.FromContext(ctx)
	switch {
	case !ok:
		return ctx, nil
	case conn.Refusal != "" && !conn.FirstRefusals(explained):
		return ctx, status.Error(codes.PermissionDenied, "denied by the agent: "+conn.Refusal)
	case conn.Refusal == "" && cfg.Enter != nil:
		return ctx, cfg.Enter(ctx, conn.Conn)
	}
	return ctx, nil
}
