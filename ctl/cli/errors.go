package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// usageError is a command line that cannot be meant.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...)}
}

// agentError is a call that ended with a status error, or a connection that
// failed.
type agentError struct {
	label    string            // whom we asked, as people say it
	err      error             // what the SDK returned
	inferred string            // what ctl concludes from it; empty: nothing
	typed    map[string]string // what people wrote for fields that flagOf does not know
	soFar    string            // what calls before it did, for people; may be empty
}

func (e *agentError) Error() string { return e.label + ": " + e.err.Error() }
func (e *agentError) Unwrap() error { return e.err }

// after tells with a call that failed, or that a signal ended, what those before
// it did.
func after(err error, soFar string) error {
	e, ok := errors.AsType[*agentError](err)
	if !ok {
		return err
	}
	told := *e
	told.soFar = soFar
	return &told
}

// outcomeError is an answer of the kernel other than DONE.
type outcomeError struct {
	label   string
	outcome *farsockv1.Outcome
	wait    time.Duration // what had been allowed; below 0: no bound
	about   string        // what people typed that the kernel answers for; may be empty
	more    string        // how far it got, for people; may be empty
}

func (e *outcomeError) Error() string {
	s := render.OutcomeAbout(e.outcome, e.wait, e.about)
	if e.more != "" {
		s += ", " + e.more
	}
	return s
}

// unmetError is an expectation that did not hold.
type unmetError struct {
	label   string
	what    string
	arrived []byte // what was there instead
	untaken bool   // it is all still there to be received, and not shown
	outcome *farsockv1.Outcome
}

func (e *unmetError) Error() string { return e.what }

// endError is an orderly end of the stream before any data.
type endError struct{ label string }

func (e *endError) Error() string { return "end of the stream" }

// elapsedError is a --wait over many calls that ended before their end.
type elapsedError struct {
	wait time.Duration
	what string
}

func (e *elapsedError) Error() string {
	return "wait elapsed (" + render.Span(e.wait) + "): " + e.what
}

// childError is the exit code of the command that `session exec` ran.
type childError struct {
	code int
	err  error // why it could not be run; nil if it was
}

func (e *childError) Error() string {
	if e.err != nil {
		return e.err.Error()
	}
	return fmt.Sprintf("exit code %d", e.code)
}

// brokenStdoutError is a reader of our stdout that went away.
type brokenStdoutError struct{ err error }

func (e *brokenStdoutError) Error() string { return "write to stdout: " + e.err.Error() }
func (e *brokenStdoutError) Unwrap() error { return e.err }

func stdoutError(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return &brokenStdoutError{err}
	}
	if err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	return nil
}

// Signal is the cause of a context that a signal ended.
type Signal struct {
	Signal   os.Signal
	Terminal bool // it may have come from the terminal, to all of its programs
}

func (s *Signal) Error() string { return s.Signal.String() }

// Exit is the shell's code for a program that the signal ended.
func (s *Signal) Exit() int {
	if n, ok := s.Signal.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return 128 + int(syscall.SIGTERM)
}

func signalOf(ctx context.Context) (*Signal, bool) {
	return errors.AsType[*Signal](context.Cause(ctx))
}
