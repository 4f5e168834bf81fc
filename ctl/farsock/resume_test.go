package farsock

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// What the agent says of the socket is final; what says nothing of it is not.
func TestAgain(t *testing.T) {
	said := func(code codes.Code, reason farsockv1.ErrorReason) error {
		return wire.Errorf(code, reason, nil, "said")
	}
	final := []error{
		said(codes.FailedPrecondition, farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED),
		said(codes.NotFound, farsockv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND),
		said(codes.NotFound, farsockv1.ErrorReason_ERROR_REASON_SOCKET_NOT_FOUND),
		said(codes.NotFound, farsockv1.ErrorReason_ERROR_REASON_AGENT_RESTARTED),
		said(codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED),
		said(codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_FENCED),
		said(codes.FailedPrecondition, farsockv1.ErrorReason_ERROR_REASON_STALE_EPOCH),
		said(codes.FailedPrecondition, farsockv1.ErrorReason_ERROR_REASON_HOLDER_CHANGED),
		said(codes.OutOfRange, farsockv1.ErrorReason_ERROR_REASON_OFFSET_OUT_OF_RANGE),
		said(codes.PermissionDenied, farsockv1.ErrorReason_ERROR_REASON_POLICY_DENIED),
		said(codes.Unavailable, farsockv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN),
		said(codes.Internal, farsockv1.ErrorReason_ERROR_REASON_INTERNAL),
		status.Error(codes.PermissionDenied, "not you"), status.Error(codes.Unimplemented, "what is that"),
		errProtocol, io.ErrUnexpectedEOF,
	}
	passing := []error{
		said(codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_STALLED),
		status.Error(codes.Unavailable, "broken"), status.Error(codes.Canceled, "by the transport"),
		status.Error(codes.Internal, "RST_STREAM"), &SilentError{Waited: time.Second},
		&UnreachableError{Endpoint: "unix:/a", Err: &lostError{errDeaf}},
		&UnreachableError{Endpoint: "unix:/a", Err: context.DeadlineExceeded},
	}
	for _, begun := range []bool{false, true} {
		for _, err := range final {
			if (&outage{}).again(err, begun) {
				t.Errorf("tried again after %v", err)
			}
		}
		for _, err := range passing {
			if !(&outage{}).again(err, begun) {
				t.Errorf("gave up after %v", err)
			}
		}
		if limited := said(codes.ResourceExhausted, farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED); (&outage{}).again(limited, begun) != begun {
			t.Errorf("begun %v: %v", begun, limited)
		}
	}
	for _, reason := range []farsockv1.ErrorReason{farsockv1.ErrorReason_ERROR_REASON_ATTACHED, farsockv1.ErrorReason_ERROR_REASON_BUSY} {
		occupied := said(codes.FailedPrecondition, reason)
		if !(&outage{}).again(occupied, false) || (&outage{occupied: time.Now().Add(-2 * yieldWait)}).again(occupied, false) {
			t.Errorf("%v is not tried for a while", reason)
		}
	}
}

func TestPause(t *testing.T) {
	for failures, most := range map[int]time.Duration{0: 50 * time.Millisecond, 1: 100 * time.Millisecond, 6: 2 * time.Second, 1000: 2 * time.Second} {
		longest := time.Duration(0)
		for range 200 {
			longest = max(longest, pause(failures))
		}
		if longest > most || longest < most/2 {
			t.Errorf("after %d failures: at most %v, want %v", failures, longest, most)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if sleep(ctx, time.Hour) || !sleep(context.Background(), 0) {
		t.Error("sleep does not say how it ended")
	}
}

func TestStreamLostError(t *testing.T) {
	err := &StreamLostError{Sent: 12, Received: 3, Datagrams: true, Err: &restoredError{as: ErrSessionLost, err: &UnreachableError{Endpoint: "unix:/a", Err: context.DeadlineExceeded}}}
	if want := "session lost: cannot reach the agent at unix:/a: no answer in time; confirmed: 12 datagrams sent, 3 received"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if !Unreachable(err) || !errors.Is(err, ErrSessionLost) {
		t.Errorf("%v does not match", err)
	}
}
