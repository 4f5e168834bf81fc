package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/farsock"
	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

// report tells how a command ended, on stderr, and returns its exit code.
func (a *app) report(ctx context.Context, err error) int {
	if err == nil {
		return exitDone
	}
	row, code := exitOf(ctx, err)
	if child, ok := errors.AsType[*childError](err); ok {
		if child.err != nil {
			a.say(render.EscapeLines(child.Error()))
		}
		return child.code // a command that ran has said what it had to say
	}
	if code == exitBrokenPipe {
		return code // as a program that SIGPIPE ended: silent
	}
	var several *severalError
	if errors.As(err, &several) && !a.json() {
		for _, e := range several.errs {
			a.say(sentenceOf(ctx, e))
		}
		return code
	}
	if !a.json() {
		a.say(sentenceOf(ctx, err))
		return code
	}
	f := failureOf(err)
	f.Exit = code
	f.Message = sentenceOf(ctx, err)
	if row.kind != "" {
		f.Code = row.kind
	}
	if e, ok := errors.AsType[*confirmedError](err); ok {
		f.Confirmed = &render.Confirmed{Sent: e.sent, Received: e.received, AtMost: e.guessed}
	}
	_ = render.FailureJSON(a.env.Stderr, f) // with stderr gone there is nobody to tell
	return code
}

// severalError is what a command found that goes on after a failure. The first
// decides the exit code.
type severalError struct{ errs []error }

func (e *severalError) Error() string { return errors.Join(e.errs...).Error() }
func (e *severalError) Unwrap() error { return e.errs[0] }

func several(errs []error) error {
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return &severalError{errs}
}

// sentenceOf is an error for people: what happened and who said it.
func sentenceOf(ctx context.Context, err error) string {
	soFar := ""
	if e, ok := errors.AsType[*agentError](err); ok && e.soFar != "" {
		soFar = ", after " + e.soFar
	}
	if e, ok := errors.AsType[*confirmedError](err); ok {
		return sentenceOf(ctx, e.err) + "\n" + e.tally()
	}
	if interrupted(ctx, err) {
		sig, _ := signalOf(ctx)
		return sig.Error() + soFar
	}
	if e, ok := errors.AsType[*heldError](err); ok {
		return sentenceOf(ctx, e.err) + e.instead()
	}
	if e, ok := errors.AsType[*unmetError](err); ok && e.untaken {
		return render.Escape(e.what)
	}
	if e, ok := errors.AsType[*unmetError](err); ok {
		return render.Escape(e.what) + "; what arrived instead:\n" + strings.TrimSuffix(render.Dump(e.arrived), "\n")
	}
	if e, ok := errors.AsType[*outcomeError](err); ok {
		return e.Error() + saidBy(e.label)
	}
	if e, ok := errors.AsType[*endError](err); ok {
		return e.Error() + saidBy(e.label)
	}
	if e, ok := errors.AsType[*agentError](err); ok {
		return agentSentence(ctx, e) + soFar
	}
	return render.EscapeLines(err.Error())
}

func saidBy(label string) string { return ", said by " + render.Escape(label) }

func agentSentence(ctx context.Context, e *agentError) string {
	if e.inferred != "" {
		return fmt.Sprintf("%s (%s, inferred by ctl)", render.Escape(e.inferred), "AGENT_RESTARTED")
	}
	info, said := wire.InfoOf(e.err)
	if !said {
		if gone, ok := errors.AsType[*farsock.UnreachableError](e.err); ok {
			s := "no agent: " + render.EscapeLines(gone.Error())
			if e.label == localAgent && (errors.Is(gone, fs.ErrNotExist) || errors.Is(gone, syscall.ECONNREFUSED)) {
				s += "; start one with: agent"
			}
			return s
		}
		if unreachable(ctx, e) {
			why := "it is gone, or the connection to it broke"
			if silent, ok := errors.AsType[*farsock.SilentError](e.err); ok {
				why = "nothing came for " + render.Span(silent.Waited) + ", the time to wait included; it hangs, or the way to it does"
			} else if status.Code(e.err) == codes.DeadlineExceeded {
				why = "the time for it is over"
			}
			return fmt.Sprintf("%s: the agent does not answer: %s", render.Escape(e.label), why)
		}
		return fmt.Sprintf("%s: %s (%s)", render.Escape(e.label), render.EscapeLines(status.Convert(e.err).Message()), codeName(e.err))
	}
	if len(info.Violations) > 0 {
		var lines []string
		for _, v := range info.Violations {
			lines = append(lines, render.Escape(e.flag(v.Field)+": "+v.Description))
		}
		return strings.Join(lines, "\n") + saidBy(e.label)
	}
	if info.Reason == farsockv1.ErrorReason_ERROR_REASON_NOT_BUILT && info.Metadata["field"] != "" {
		return render.Escape(unbuiltName(e.flag(info.Metadata["field"]))+" is not built yet") + " (" + wire.ReasonName(info.Reason) + ")" + saidBy(e.label)
	}
	message := info.Message
	if m := info.Metadata; info.Reason == farsockv1.ErrorReason_ERROR_REASON_OFFSET_OUT_OF_RANGE && m["field"] != "" {
		message = fmt.Sprintf("%s is %s, not in %s to %s", e.flag(m["field"]), m["offset"], m["min"], m["max"])
	}
	return render.Escape(message) + " (" + wire.ReasonName(info.Reason) + ")" + saidBy(e.label) + advised(info)
}

// failureOf fills what JSON readers switch on.
func failureOf(err error) render.Failure {
	if e, ok := errors.AsType[*unmetError](err); ok {
		f := render.Failure{SaidBy: e.label}
		if e.outcome != nil {
			f.Reason = render.OutcomeName(e.outcome.GetCode())
		}
		return f
	}
	if e, ok := errors.AsType[*outcomeError](err); ok {
		return render.Failure{Reason: render.OutcomeName(e.outcome.GetCode()), SaidBy: e.label}
	}
	if e, ok := errors.AsType[*endError](err); ok {
		return render.Failure{SaidBy: e.label}
	}
	e, ok := errors.AsType[*agentError](err)
	if !ok {
		return render.Failure{}
	}
	f := render.Failure{Code: codeName(e.err)}
	info, said := wire.InfoOf(e.err)
	if !said {
		return f
	}
	f.SaidBy, f.Metadata, f.Reason = e.label, info.Metadata, wire.ReasonName(info.Reason)
	if e.inferred != "" {
		f.SaidBy, f.Reason = "", wire.ReasonName(farsockv1.ErrorReason_ERROR_REASON_AGENT_RESTARTED)
	}
	for _, v := range info.Violations {
		f.Violations = append(f.Violations, render.FieldViolation{Field: v.Field, Flag: e.flag(v.Field), Description: v.Description})
	}
	return f
}

// codeName spells a gRPC code as the specification does: NOT_FOUND.
func codeName(err error) string {
	var b strings.Builder
	for i, r := range status.Code(err).String() {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
