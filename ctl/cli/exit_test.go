package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/farsock"
	"github.com/farsock/farsock/proto/wire"
)

func said(code codes.Code, reason farsockv1.ErrorReason) error {
	return &agentError{label: "lab7", err: wire.Errorf(code, reason, nil, "so it is")}
}

func kernel(code farsockv1.OutcomeCode) error {
	return &outcomeError{label: "lab7", outcome: &farsockv1.Outcome{Code: code}, wait: noWait}
}

func TestExitCodes(t *testing.T) {
	bare := func(c codes.Code) error { return &agentError{label: "lab7", err: status.Error(c, "gRPC's own words")} }
	for _, c := range []struct {
		name string
		err  error
		want int
		kind string
	}{
		{"usage", usagef("no"), 2, "USAGE"},
		{"invalid field", &agentError{err: wire.InvalidFields(wire.Violation{Field: "wait", Description: "no"})}, 2, ""},
		{"no agent", &agentError{err: &farsock.UnreachableError{Endpoint: "unix:", Err: os.ErrNotExist}}, 3, "UNREACHABLE"},
		{"connection broke", bare(codes.Unavailable), 3, "UNREACHABLE"},
		{"agent silent", &agentError{label: "lab7", err: &farsock.SilentError{Waited: 12 * time.Second}}, 3, "UNREACHABLE"},
		{"agent frozen", bare(codes.DeadlineExceeded), 3, "UNREACHABLE"},
		{"policy", said(codes.PermissionDenied, farsockv1.ErrorReason_ERROR_REASON_POLICY_DENIED), 4, ""},
		{"not admitted", &agentError{err: &farsock.UnreachableError{Endpoint: "unix:", Err: wire.Errorf(codes.PermissionDenied, farsockv1.ErrorReason_ERROR_REASON_POLICY_DENIED, nil, "not you")}}, 4, ""},
		{"unauthenticated", bare(codes.Unauthenticated), 4, ""},
		{"not built", &agentError{err: wire.Errorf(codes.Unimplemented, farsockv1.ErrorReason_ERROR_REASON_NOT_BUILT,
			map[string]string{"field": "more"}, "more is not built yet")}, 8, ""},
		{"not found", said(codes.NotFound, farsockv1.ErrorReason_ERROR_REASON_SOCKET_NOT_FOUND), 8, ""},
		{"exists", said(codes.AlreadyExists, farsockv1.ErrorReason_ERROR_REASON_SOCKET_EXISTS), 8, ""},
		{"quota", said(codes.ResourceExhausted, farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED), 8, ""},
		{"session ended", said(codes.FailedPrecondition, farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED), 8, ""},
		{"attached", said(codes.FailedPrecondition, farsockv1.ErrorReason_ERROR_REASON_ATTACHED), 8, ""},
		{"holder changed", said(codes.FailedPrecondition, farsockv1.ErrorReason_ERROR_REASON_HOLDER_CHANGED), 8, ""},
		{"fenced", said(codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_FENCED), 8, ""},
		{"stalled", said(codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_STALLED), 8, ""},
		{"out of range", said(codes.OutOfRange, farsockv1.ErrorReason_ERROR_REASON_OFFSET_OUT_OF_RANGE), 8, ""},
		{"shutting down", said(codes.Unavailable, farsockv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN), 8, ""},
		{"unmet", &unmetError{}, 6, "EXPECTATION"},
		{"elapsed", kernel(farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED), 5, "OUTCOME"},
		{"would block", kernel(farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK), 5, "OUTCOME"},
		{"in progress", kernel(farsockv1.OutcomeCode_OUTCOME_CODE_IN_PROGRESS), 5, "OUTCOME"},
		{"end", &endError{}, 7, "END"},
		{"refused", kernel(farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED), 1, "OUTCOME"},
		{"timed out", kernel(farsockv1.OutcomeCode_OUTCOME_CODE_TIMED_OUT), 1, "OUTCOME"},
		{"no outcome", kernel(farsockv1.OutcomeCode_OUTCOME_CODE_UNSPECIFIED), 1, "OUTCOME"},
		{"disk full", stdoutError(syscall.ENOSPC), 8, "LOCAL"},
		{"broken pipe", stdoutError(&os.PathError{Err: syscall.EPIPE}), 141, "LOCAL"},
		{"child", &childError{code: 42}, 42, ""},
		{"several: the first", several([]error{usagef("a"), &endError{}}), 2, "USAGE"},
		{"wrapped", fmt.Errorf("on the way: %w", &endError{}), 7, "END"},
		{"anything else", errors.New("what"), 8, "LOCAL"},
	} {
		row, code := exitOf(context.Background(), c.err)
		if code != c.want || row.kind != c.kind {
			t.Errorf("%s: exit %d %q, want %d %q", c.name, code, row.kind, c.want, c.kind)
		}
		if sentenceOf(context.Background(), c.err) == "" {
			t.Errorf("%s: no sentence", c.name)
		}
	}
}

// Who reads of an error that a program would handle learns what to do.
func TestAdvice(t *testing.T) {
	for reason, want := range map[farsockv1.ErrorReason]string{
		farsockv1.ErrorReason_ERROR_REASON_FENCED:              "so it is (FENCED), said by lab7; someone else has taken the socket",
		farsockv1.ErrorReason_ERROR_REASON_STALLED:             "so it is (STALLED), said by lab7; nothing was lost",
		farsockv1.ErrorReason_ERROR_REASON_HOLDER_CHANGED:      "so it is (HOLDER_CHANGED), said by lab7; someone else has sent since",
		farsockv1.ErrorReason_ERROR_REASON_OFFSET_OUT_OF_RANGE: "so it is (OFFSET_OUT_OF_RANGE), said by lab7; 'ctl show NAME' tells",
		farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED:      "so it is (LIMIT_EXCEEDED), said by lab7; 'ctl agent info' shows",
	} {
		if got := sentenceOf(context.Background(), said(codes.Unknown, reason)); !strings.HasPrefix(got, want) {
			t.Errorf("%q does not begin with %q", got, want)
		}
	}
}

func TestSilentAgent(t *testing.T) {
	err := &agentError{label: "lab7", err: &farsock.SilentError{Waited: 12 * time.Second}}
	if got := sentenceOf(context.Background(), err); got != "lab7: the agent does not answer: nothing came for 12s, the time to wait included; it hangs, or the way to it does" {
		t.Error(got)
	}
}

// A signal decides only over what it brought about.
func TestExitOfSignals(t *testing.T) {
	ended := func(sig syscall.Signal) context.Context {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(&Signal{Signal: sig})
		return ctx
	}
	cancelled := &agentError{err: status.Error(codes.Canceled, "context canceled")}
	for _, c := range []struct {
		ctx  context.Context
		err  error
		want int
	}{
		{ended(syscall.SIGINT), cancelled, 130},
		{ended(syscall.SIGTERM), cancelled, 143},
		{ended(syscall.SIGTERM), context.Canceled, 143},
		{ended(syscall.SIGTERM), &Signal{Signal: syscall.SIGTERM}, 143},
		{ended(syscall.SIGTERM), kernel(farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED), 1},
		{ended(syscall.SIGTERM), usagef("no"), 2},
		{context.Background(), cancelled, 8},
	} {
		if _, code := exitOf(c.ctx, c.err); code != c.want {
			t.Errorf("%v after %v: exit %d, want %d", c.err, context.Cause(c.ctx), code, c.want)
		}
	}
}

func TestFlagOf(t *testing.T) {
	for field, want := range map[string]string{
		"wait": "--wait", "name": "--as", "listen.backlog": "--backlog", "bind.inet.port": "port of ADDR",
		"connect.inet.host": "host of ADDR", "to.inet.port": "port of --to", "to": "--to", "bind": "ADDR",
		"options[3].ttl": "--option ttl", "options[0].reuse_address": "--option reuse-address", "options": "--option",
		"items[0].socket": "NAME", "pattern": "PATTERN", "exactly": "--exactly", "something.new": "something.new",
		"network_namespace": "--netns", "out_of_band": "--oob", "control[2].data": "--control", "buffer_sizes[1]": "--buffers",
		"datagrams": "--datagrams", "datagrams[0].ttl": "--ttl", "datagrams[63].peer.inet.port": "port of --to",
		"datagrams[1].control[3]": "--control", "datagrams[1].traffic_class": "--tos", "datagrams[0].new": "datagrams[0].new",
	} {
		if got := flagOf(field); got != want {
			t.Errorf("flagOf(%q) = %q, want %q", field, got, want)
		}
	}
}
