package intercept

import (
	"context"
	"log/slog"
	"strings"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/logging"
	"google.golang.org/grpc/codes"

	"github.com/farsock/farsock/proto/creds"
	"github.com/farsock/farsock/proto/wire"
)

// calls hands the middleware's lines to slog; their levels have the same
// numbers. An error's text may quote what the caller sent (an expression, a
// name), so only texts about the agent's own faults are kept; reason and fields
// say enough of the others.
func calls(log *slog.Logger) logging.Logger {
	return logging.LoggerFunc(func(ctx context.Context, level logging.Level, msg string, fields ...any) {
		if level < logging.LevelError {
			fields = without(fields, "grpc.error")
		}
		log.Log(ctx, slog.Level(level), msg, fields...)
	})
}

// without returns pairs of keys and values less those of one key.
func without(pairs []any, key string) []any {
	kept := make([]any, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != key {
			kept = append(kept, pairs[i], pairs[i+1])
		}
	}
	return kept
}

// callOptions: one line when a call ends, and never a message's content. What
// succeeds, and what is the caller's own affair, is for debugging; what an
// operator should see stands out.
func callOptions() []logging.Option {
	return []logging.Option{
		logging.WithLogOnEvents(logging.FinishCall),
		logging.WithLevels(callLevel),
		logging.WithFieldsFromContext(callerFields),
		logging.WithErrorFields(reasonField),
		logging.WithDisableLoggingFields(logging.SystemTag[0], logging.ComponentFieldKey, logging.MethodTypeFieldKey),
	}
}

func callLevel(code codes.Code) logging.Level {
	switch code {
	case codes.Internal, codes.Unknown, codes.DataLoss:
		return logging.LevelError
	case codes.PermissionDenied, codes.Unauthenticated, codes.ResourceExhausted:
		return logging.LevelWarn
	}
	return logging.LevelDebug
}

func callerFields(ctx context.Context) logging.Fields {
	a, ok := creds.FromContext(ctx)
	if !ok {
		return nil
	}
	return logging.Fields{"peer.uid", a.Peer.UID, "peer.pid", a.Peer.PID}
}

func reasonField(err error) logging.Fields {
	info, ok := wire.InfoOf(err)
	if !ok {
		return nil
	}
	fields := logging.Fields{"reason", wire.ReasonName(info.Reason)}
	if len(info.Violations) > 0 {
		names := make([]string, len(info.Violations))
		for i, v := range info.Violations {
			names[i] = v.Field
		}
		fields = append(fields, "fields", strings.Join(names, ","))
	}
	return fields
}
