package cli

import (
	"context"
	"errors"
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// maxHeld bounds in bytes what a complaint looks at of data that it leaves.
const maxHeld = 64 << 10

// heldError is a receive whose condition did not hold, with the beginning of what
// is there instead.
type heldError struct {
	err  error
	held []byte
}

func (e *heldError) Error() string { return e.err.Error() }
func (e *heldError) Unwrap() error { return e.err }

// instead says to people what is there, and that it still is.
func (e *heldError) instead() string {
	if len(e.held) == 0 {
		return ""
	}
	return "; what is there instead, still to be received:\n" + strings.TrimSuffix(render.Dump(e.held), "\n")
}

// outcome is nil if the kernel did what was asked. For a condition that did not
// hold it says how much is there.
func (r *receiving) outcome(ctx context.Context, resp *farsockv1.ReceiveResponse) error {
	o := resp.GetOutcome()
	if r.req.GetErrorQueue() && stillThere(o) {
		return r.t.outcome(o, r.wait.span(), r.noErrorQueue(ctx))
	}
	if r.req.GetUntil() == nil || !stillThere(o) {
		return r.t.outcome(o, r.wait.span(), "")
	}
	return r.withHeld(ctx, &outcomeError{label: r.t.label, outcome: o, wait: r.wait.span(), more: r.soMuch(resp)})
}

// noErrorQueue says that the kernel queues no errors for this socket; empty if it
// does, or nobody knows.
func (r *receiving) noErrorQueue(ctx context.Context) string {
	resp, err := r.t.client.Sockets.GetOptions(ctx, &farsockv1.GetOptionsRequest{
		Socket: r.req.GetSocket(), Names: []string{"error_queue"},
	})
	if err != nil || len(resp.GetOptions()) != 1 || resp.GetOptions()[0].GetErrorQueue() {
		return ""
	}
	return "and no errors are queued: its error-queue option is 0"
}

// withHeld adds in a script, whose reader cannot look any more, what is there.
func (r *receiving) withHeld(ctx context.Context, err error) error {
	if r.app.scope.sessions == nil {
		return err
	}
	return &heldError{err, r.t.readable(ctx, r.req.GetSocket())}
}

// soMuch says how much there is without the condition.
func (r *receiving) soMuch(resp *farsockv1.ReceiveResponse) string {
	if resp.GetHeldBytes() == 0 {
		return "nothing arrived"
	}
	return render.Count(resp.GetHeldBytes(), "byte") + " held without " + condition(r.req)
}

// stillThere reports whether a receive gave up before its condition held.
func stillThere(o *farsockv1.Outcome) bool {
	return o.GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED ||
		o.GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK
}

// readable looks at what has arrived without taking it. It is for a complaint
// alone: if it fails there is nothing to show.
func (t *target) readable(ctx context.Context, socket string) []byte {
	limit := int32(maxHeld)
	resp, err := t.client.Sockets.Receive(ctx, &farsockv1.ReceiveRequest{
		Socket: socket, Peek: true, DontWait: true, MaxBytes: &limit,
	})
	if err != nil {
		return nil
	}
	if d := resp.GetDatagrams(); len(d) > 0 {
		return d[0].GetData()
	}
	return resp.GetData()
}

// tellArrived tells a script what there was instead of what the command waited
// for.
func (a *app) tellArrived(err error) {
	if a.env.Arrived == nil || err == nil {
		return
	}
	if e, ok := errors.AsType[*heldError](err); ok {
		a.env.Arrived(e.held)
	} else if e, ok := errors.AsType[*unmetError](err); ok && !e.untaken {
		a.env.Arrived(e.arrived)
	}
}
