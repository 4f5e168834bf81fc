package farsock

import (
	"context"
	"fmt"
	"time"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/selector"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/timeout"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// callLimit is how long an agent may take to answer beyond what the request
// allowed it to wait.
const callLimit = 10 * time.Second

// waiter is a request that has a `wait`.
type waiter interface{ GetWait() *durationpb.Duration }

// waitOf says how long a request may block: known is false where its `wait` is
// unset, which is for as long as the caller's context allows.
func waitOf(req any) (wait time.Duration, known bool) {
	w, ok := req.(waiter)
	if !ok {
		return 0, true
	}
	if w.GetWait() == nil {
		return 0, false
	}
	return max(w.GetWait().AsDuration(), 0), true
}

// boundedCalls gives every call that does not wait for ever a deadline.
func boundedCalls() []grpc.UnaryClientInterceptor {
	prompt := selector.MatchFunc(func(_ context.Context, call interceptors.CallMeta) bool {
		wait, known := waitOf(call.ReqOrNil)
		return known && wait == 0
	})
	return []grpc.UnaryClientInterceptor{
		ourDeadline,
		selector.UnaryClientInterceptor(timeout.UnaryClientInterceptor(callLimit), prompt),
		waitDeadline,
	}
}

// waitDeadline bounds calls that wait for a known time.
func waitDeadline(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if wait, known := waitOf(req); known && wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, wait+callLimit)
		defer cancel()
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

// ourDeadline tells an agent that did not answer in time from a caller whose
// own deadline passed: the first is UNAVAILABLE, as for a broken connection.
func ourDeadline(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	wait, known := waitOf(req)
	limit := time.Now().Add(wait + callLimit)
	err := invoke(ctx, method, req, reply, cc, opts...)
	if !known || status.Code(err) != codes.DeadlineExceeded {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(limit) || ctx.Err() != nil {
		return err
	}
	return &SilentError{Waited: wait + callLimit}
}

// SilentError says that an agent which was connected did not answer a call in the
// time that it has for it: it hangs, or the way to it does. As a status it is
// UNAVAILABLE.
type SilentError struct {
	Waited time.Duration // what the request allowed it to wait, and 10 s
}

func (e *SilentError) Error() string {
	return fmt.Sprintf("the agent did not answer within %v", e.Waited)
}

// GRPCStatus tells those who look at codes.
func (e *SilentError) GRPCStatus() *status.Status { return status.New(codes.Unavailable, e.Error()) }
