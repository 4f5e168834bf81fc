package farsock

import (
	"context"
	"io"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

const (
	// yieldWait is how long a socket may be in use by another when we attach:
	// its last Stream may have ended only just now.
	yieldWait = time.Second
	// steady is how long a Stream lives that counts as well although it moved
	// nothing.
	steady = time.Second
)

// pause is how long to wait before a repetition, a random time: at most 50 ms
// before the first, at most 2 s later.
func pause(failures int) time.Duration {
	return rand.N(min(50*time.Millisecond<<min(failures, 10), 2*time.Second))
}

// sleep waits, and is false if ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// outage is a time without a Stream.
type outage struct {
	occupied time.Time // when others were first found to have the socket
	failures int       // in a row, over outages between which nothing moved
}

// carry serves the attachment by one Stream after another. It returns why there
// is no further one: nil if none is needed.
func (a *attachment) carry(ctx context.Context) error {
	var out outage
	wait := patience{client: a.client, lease: a.lease, met: time.Now()}
	for {
		if err := wait.reach(ctx); err != nil {
			return &restoredError{as: ErrSessionLost, err: err}
		}
		began, before := time.Now(), a.moved()
		attached, err := a.serve(ctx, attachWait*time.Duration(1+min(out.failures, 2)))
		switch {
		case a.over():
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			err = io.ErrUnexpectedEOF
		}
		wait.judge(err)
		if attached {
			out = outage{failures: out.failures}
			wait.meet(time.Now())
			if a.moved() != before || time.Since(began) > steady {
				out.failures = 0
			}
		}
		if !out.again(err, a.hasBegun()) {
			return err
		}
		if attached {
			a.tell(err)
		}
		if !attached && wait.over() {
			return &restoredError{as: ErrSessionLost, err: err}
		}
		if !sleep(ctx, pause(out.failures)) {
			return ctx.Err()
		}
		out.failures++
	}
}

// again says whether to try again after a Stream that ended, or did not begin.
// begun is whether one ever had.
func (o *outage) again(err error, begun bool) bool {
	if resumable(err) {
		return true
	}
	switch reasonOf(err) {
	case farsockv1.ErrorReason_ERROR_REASON_ATTACHED, farsockv1.ErrorReason_ERROR_REASON_BUSY:
		if o.occupied.IsZero() {
			o.occupied = time.Now()
		}
		return time.Since(o.occupied) < yieldWait
	case farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED:
		return begun // our own last Stream may count still
	}
	return false
}

// tell tells whoever asked that the Stream broke, or with nil that another goes
// on.
func (a *attachment) tell(broken error) {
	if a.notify != nil {
		a.notify(broken)
	}
}

func (a *attachment) hasBegun() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.first != nil
}

// moved changes when a byte or datagram gets anywhere.
func (a *attachment) moved() [3]int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return [3]int64{a.inbox.end, a.inbox.settled, a.outbox.applied}
}

// resumable says whether what ended a Stream, or a call that may be repeated,
// says nothing of the socket: the same may work a moment later.
func resumable(err error) bool {
	if info, ours := wire.InfoOf(err); ours {
		return info.Reason == farsockv1.ErrorReason_ERROR_REASON_STALLED
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.Canceled, codes.DeadlineExceeded, codes.Aborted,
		codes.Internal, codes.ResourceExhausted: // gRPC's own words for a connection that broke, or was used by others
		return true
	}
	return false
}
