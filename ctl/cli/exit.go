package cli

import (
	"context"
	"errors"
	"syscall"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/farsock"
	"github.com/farsock/farsock/proto/wire"
)

// The exit codes. They are part of ctl's contract; scripts and pipelines switch
// on them.
const (
	exitDone        = 0
	exitOutcome     = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitDenied      = 4
	exitElapsed     = 5
	exitUnmet       = 6
	exitEnd         = 7
	exitAgent       = 8
	exitBrokenPipe  = 128 + int(syscall.SIGPIPE)
	exitNotRun      = 126 // session exec: CMD is there and cannot be run
	exitNoCommand   = 127 // session exec: there is no CMD
)

const exitHelp = `Exit codes: 0 done; 1 the kernel's answer was another one; 2 bad usage or
argument; 3 agent unreachable; 4 denied by the agent; 5 the wait elapsed, or it
would have blocked; 6 an expectation was not met; 7 orderly end and no data;
8 any other error of the agent or of ctl; 129, 130, 143 ended by a signal (hang-up,
interrupt, termination); 141 the reader of stdout went away. 'session exec' ends
with CMD's own code; 126 CMD cannot be run, 127 there is no CMD.`

// exitRow is one row of the table: what kind of failure, which code, and what
// `-o json` calls it.
type exitRow struct {
	code  int
	kind  string // empty: the gRPC code's name
	holds func(ctx context.Context, err error) bool
}

// exitTable is searched from the top; the first row that holds counts. The two
// at the top are ends that ctl's surroundings brought about; what the call
// itself then says is only their echo.
var exitTable = []exitRow{
	{exitBrokenPipe, "LOCAL", isError[*brokenStdoutError]},
	{0, "SIGNAL", interrupted}, // the code is the signal's
	{exitUsage, "USAGE", isError[*usageError]},
	{exitUsage, "", hasCode(codes.InvalidArgument)},
	{exitUnreachable, "UNREACHABLE", unreachable},
	{exitDenied, "", hasCode(codes.PermissionDenied, codes.Unauthenticated)},
	{exitAgent, "", isError[*agentError]},
	{exitUnmet, "EXPECTATION", isError[*unmetError]},
	{exitElapsed, "OUTCOME", hasOutcome(
		farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED,
		farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK,
		farsockv1.OutcomeCode_OUTCOME_CODE_IN_PROGRESS)},
	{exitElapsed, "ELAPSED", isError[*elapsedError]},
	{exitEnd, "END", isError[*endError]},
	{exitOutcome, "OUTCOME", isError[*outcomeError]},
	{exitAgent, "LOCAL", func(context.Context, error) bool { return true }},
}

// exitOf finds the row of an error that is not nil, and the exit code.
func exitOf(ctx context.Context, err error) (exitRow, int) {
	if child, ok := errors.AsType[*childError](err); ok {
		return exitRow{}, child.code
	}
	for _, row := range exitTable {
		if row.holds(ctx, err) {
			if sig, ok := signalOf(ctx); ok && row.kind == "SIGNAL" {
				return row, sig.Exit()
			}
			return row, row.code
		}
	}
	return exitRow{}, exitAgent
}

func isError[E error](_ context.Context, err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func hasCode(want ...codes.Code) func(context.Context, error) bool {
	return func(_ context.Context, err error) bool {
		e, ok := errors.AsType[*agentError](err)
		if !ok {
			return false
		}
		for _, c := range want {
			if status.Code(e.err) == c {
				return true
			}
		}
		return false
	}
}

func hasOutcome(want ...farsockv1.OutcomeCode) func(context.Context, error) bool {
	return func(_ context.Context, err error) bool {
		e, ok := errors.AsType[*outcomeError](err)
		if !ok {
			return false
		}
		for _, c := range want {
			if e.outcome.GetCode() == c {
				return true
			}
		}
		return false
	}
}

// unreachable holds if no agent answered. One that does not admit us has. It also
// holds for a call that the agent did not end in its time: what has a wait is
// ended by the agent, so that only an agent that is gone or frozen lets the RPC's
// own deadline pass.
func unreachable(_ context.Context, err error) bool {
	e, ok := errors.AsType[*agentError](err)
	if !ok {
		return false
	}
	if _, said := wire.InfoOf(e.err); said {
		return false
	}
	return farsock.Unreachable(e.err) || status.Code(e.err) == codes.DeadlineExceeded
}

// interrupted holds when a signal ended the command: the call was cancelled, or
// ctl gave up because of it.
func interrupted(ctx context.Context, err error) bool {
	if _, ok := signalOf(ctx); !ok {
		return false
	}
	if errors.Is(err, context.Canceled) {
		return true
	}
	if isError[*Signal](ctx, err) {
		return true
	}
	e, ok := errors.AsType[*agentError](err)
	return ok && status.Code(e.err) == codes.Canceled || farsock.Unreachable(err)
}
