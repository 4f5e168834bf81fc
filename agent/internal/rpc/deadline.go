//go:build linux

package rpc

import (
	"context"
	"time"
)

// An answer needs time to reach the client, so a wait ends this much before
// the RPC's deadline: a tenth of what is left, and no more than maxMargin.
const (
	maxMargin   = 100 * time.Millisecond
	marginShare = 10
)

// answerable is ctx, ending early enough that WAIT_ELAPSED arrives as an
// outcome rather than as the client's DEADLINE_EXCEEDED.
func answerable(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	margin := min(maxMargin, time.Until(deadline)/marginShare)
	return context.WithDeadline(ctx, deadline.Add(-margin))
}
