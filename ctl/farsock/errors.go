package farsock

import (
	"context"
	"errors"
	"net"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Unreachable says whether err means that there is no agent at the other end:
// dialing failed, the connection broke, or no answer came in time. What the
// agent itself answered, that it is shutting down included, is not that.
func Unreachable(err error) bool {
	if unreachable := (*UnreachableError)(nil); errors.As(err, &unreachable) {
		return true
	}
	if err == nil {
		return false
	}
	if _, ours := wire.InfoOf(err); ours {
		return false
	}
	st, ok := status.FromError(err)
	return ok && st.Code() == codes.Unavailable
}

// reasonOf is the agent's reason for a failed call, UNSPECIFIED if it gave
// none.
func reasonOf(err error) farsockv1.ErrorReason {
	if err == nil {
		return farsockv1.ErrorReason_ERROR_REASON_UNSPECIFIED
	}
	info, _ := wire.InfoOf(err)
	return info.Reason
}

// gone says that the agent no longer has the socket or its session.
func gone(err error) bool {
	switch reasonOf(err) {
	case farsockv1.ErrorReason_ERROR_REASON_SOCKET_NOT_FOUND,
		farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED,
		farsockv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND,
		farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED,
		farsockv1.ErrorReason_ERROR_REASON_AGENT_RESTARTED:
		return true
	}
	return false
}

// restore gives a failed call the error that package net would have where
// there is one, and keeps the agent's own beneath it.
func restore(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case reasonOf(err) == farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED:
		return &restoredError{as: net.ErrClosed, err: err}
	case ctx.Err() != nil:
		return &restoredError{as: ctx.Err(), err: err}
	case status.Code(err) == codes.DeadlineExceeded && hasDeadline(ctx):
		// The agent, or gRPC, looked at the clock before the context did.
		return &restoredError{as: context.DeadlineExceeded, err: err}
	}
	return err
}

func hasDeadline(ctx context.Context) bool {
	_, ok := ctx.Deadline()
	return ok
}

// restoredError is err, and also as.
type restoredError struct{ as, err error }

func (e *restoredError) Error() string   { return e.as.Error() + ": " + text(e.err) }
func (e *restoredError) Unwrap() []error { return []error{e.as, e.err} }

// Timeout makes a passed deadline a timeout to package net.
func (e *restoredError) Timeout() bool {
	return errors.Is(e.as, context.DeadlineExceeded)
}

// text leaves out the words that gRPC puts before a status' message.
func text(err error) string {
	if st, ok := status.FromError(err); ok && st.Message() != "" {
		return st.Message()
	}
	return err.Error()
}
