package intercept

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"google.golang.org/grpc/codes"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// maxStack bounds the stack that one panic writes to the log, in bytes.
const maxStack = 64 << 10

// onPanic turns a handler's panic into INTERNAL. The middleware's own handler
// would send panic and stack to the caller; here they go to the log alone.
func onPanic(log *slog.Logger, count func()) recovery.Option {
	return recovery.WithRecoveryHandlerContext(func(ctx context.Context, p any) error {
		count()
		stack := make([]byte, maxStack)
		stack = stack[:runtime.Stack(stack, false)]
		log.ErrorContext(ctx, "a handler panicked", "panic", fmt.Sprint(p), "stack", string(stack))
		return wire.Errorf(codes.Internal, farsockv1.ErrorReason_ERROR_REASON_INTERNAL, nil,
			"a bug of the agent; its log has the rest")
	})
}
