package farsock

import (
	"errors"
	"os"
	"strings"
	"syscall"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// OutcomeError is an outcome that is not DONE: what the kernel of the agent's
// host answered, or that the time given ran out. errors.Is finds the errno of
// this system by its name (syscall.ECONNREFUSED and so on) and, for
// WAIT_ELAPSED, os.ErrDeadlineExceeded.
type OutcomeError struct {
	Op      string             // what was tried: "dial", "accept", "write" ...
	Outcome *farsockv1.Outcome // never nil; read-only
}

// OutcomeErr returns nil for DONE and an *OutcomeError for all else, a missing
// outcome included.
func OutcomeErr(op string, o *farsockv1.Outcome) error {
	if o.GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_DONE {
		return nil
	}
	if o == nil {
		o = &farsockv1.Outcome{Detail: "the agent gave no outcome"}
	}
	return &OutcomeError{Op: op, Outcome: o}
}

// Error is, for example, "refused (ECONNREFUSED, connect 10.0.0.7:81)".
func (e *OutcomeError) Error() string {
	var in []string
	if s := e.Outcome.GetErrnoName(); s != "" {
		in = append(in, s)
	}
	where := strings.TrimSpace(e.Outcome.GetSyscall() + " " + wire.FormatAddress(e.Outcome.GetPeer()))
	if where != "" {
		in = append(in, where)
	}
	text := OutcomeText(e.Outcome.GetCode())
	if len(in) > 0 {
		text += " (" + strings.Join(in, ", ") + ")"
	}
	return text
}

// OutcomeText is an outcome code in words: "refused", "wait elapsed".
func OutcomeText(code farsockv1.OutcomeCode) string {
	name := strings.TrimPrefix(code.String(), "OUTCOME_CODE_")
	return strings.ReplaceAll(strings.ToLower(name), "_", " ")
}

// Unwrap returns the errno as this system numbers it, or nil where there is
// none.
func (e *OutcomeError) Unwrap() error {
	if errno, ok := errnoByName[e.Outcome.GetErrnoName()]; ok {
		return errno
	}
	return nil
}

// Is makes an elapsed wait what package net calls a passed deadline.
func (e *OutcomeError) Is(target error) bool {
	return target == os.ErrDeadlineExceeded &&
		e.Outcome.GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED
}

// Timeout is true for an elapsed wait and for the kernel's own time-outs.
func (e *OutcomeError) Timeout() bool {
	switch e.Outcome.GetCode() {
	case farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED,
		farsockv1.OutcomeCode_OUTCOME_CODE_TIMED_OUT,
		farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK:
		return true
	}
	return false
}

// Temporary is true where trying again later may do: the host is short of
// descriptors or memory, or a connection went away before it was accepted.
func (e *OutcomeError) Temporary() bool {
	switch e.Outcome.GetCode() {
	case farsockv1.OutcomeCode_OUTCOME_CODE_NO_RESOURCES,
		farsockv1.OutcomeCode_OUTCOME_CODE_ABORTED:
		return true
	}
	var errno syscall.Errno
	return e.Timeout() || errors.As(e.Unwrap(), &errno) && errno.Temporary()
}
