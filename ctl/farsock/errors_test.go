package farsock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestUnreachable(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{io.EOF, false},
		{&UnreachableError{Endpoint: "unix:", Err: io.EOF}, true},
		{fmt.Errorf("wrapped: %w", &UnreachableError{Endpoint: "unix:", Err: io.EOF}), true},
		{status.Error(codes.Unavailable, "broke"), true},
		{&net.OpError{Op: "read", Err: status.Error(codes.Unavailable, "broke")}, true},
		{wire.Errorf(codes.Unavailable, farsockv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN, nil, "going"), false},
		{status.Error(codes.DeadlineExceeded, "late"), false},
		{status.Error(codes.NotFound, "no"), false},
		{OutcomeErr("dial", &farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_UNREACHABLE, ErrnoName: "EHOSTUNREACH"}), false},
	} {
		if got := Unreachable(c.err); got != c.want {
			t.Errorf("Unreachable(%v) = %v", c.err, got)
		}
	}
}

func TestOutcomeError(t *testing.T) {
	port := int32(81)
	peer := &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: "10.0.0.7", Port: &port}}}
	for _, c := range []struct {
		outcome *farsockv1.Outcome
		text    string
		is      []error
		not     []error
		timeout bool
	}{
		{
			&farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED, ErrnoName: "ECONNREFUSED", Syscall: "connect", Peer: peer},
			"refused (ECONNREFUSED, connect 10.0.0.7:81)",
			[]error{syscall.ECONNREFUSED}, []error{syscall.ECONNRESET, os.ErrDeadlineExceeded}, false,
		},
		{
			&farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED},
			"wait elapsed", []error{os.ErrDeadlineExceeded}, []error{syscall.ETIMEDOUT}, true,
		},
		{
			&farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_TIMED_OUT, ErrnoName: "ETIMEDOUT", Syscall: "connect"},
			"timed out (ETIMEDOUT, connect)", []error{syscall.ETIMEDOUT}, []error{os.ErrDeadlineExceeded}, true,
		},
		{
			&farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_NOT_PERMITTED, ErrnoName: "EACCES", Syscall: "bind"},
			"not permitted (EACCES, bind)", []error{syscall.EACCES, fs.ErrPermission}, nil, false,
		},
		{
			&farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_OTHER, ErrnoName: "ENOTNAM"},
			"other (ENOTNAM)", nil, []error{syscall.EINVAL}, false,
		},
	} {
		err := OutcomeErr("dial", c.outcome)
		if err.Error() != c.text {
			t.Errorf("text = %q, want %q", err, c.text)
		}
		for _, is := range c.is {
			if !errors.Is(err, is) {
				t.Errorf("%v is not %v", err, is)
			}
		}
		for _, not := range c.not {
			if errors.Is(err, not) {
				t.Errorf("%v is %v", err, not)
			}
		}
		var timeout net.Error = &net.OpError{Err: err}
		if timeout.Timeout() != c.timeout {
			t.Errorf("%v: Timeout = %v", err, timeout.Timeout())
		}
	}
	if err := OutcomeErr("dial", &farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_DONE}); err != nil {
		t.Errorf("DONE is the error %v", err)
	}
	if OutcomeErr("dial", nil) == nil {
		t.Error("a missing outcome passed for DONE")
	}
}

func TestRestore(t *testing.T) {
	closed := wire.Errorf(codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED, nil, "closed")
	err := restore(t.Context(), closed)
	if info, ok := wire.InfoOf(err); !errors.Is(err, net.ErrClosed) || !ok || info.Reason != farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED {
		t.Errorf("restore = %v, %+v", err, info)
	}
	// The clocks of the agent and of gRPC need not agree with the context's.
	bounded, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	late := status.Error(codes.DeadlineExceeded, "stream terminated by RST_STREAM with error code: CANCEL")
	var timeout net.Error = &net.OpError{Err: restore(bounded, late)}
	if !timeout.Timeout() || !errors.Is(timeout, context.DeadlineExceeded) || status.Code(restore(bounded, late)) != codes.DeadlineExceeded {
		t.Errorf("restore = %v", timeout)
	}
	if err := restore(t.Context(), late); err != late {
		t.Errorf("without a deadline: restore = %v", err)
	}
	plain := status.Error(codes.Internal, "bug")
	if err := restore(t.Context(), plain); err != plain {
		t.Errorf("restore = %v", err)
	}
}
