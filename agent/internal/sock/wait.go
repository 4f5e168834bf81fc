//go:build linux

package sock

import (
	"context"
	"time"
)

// Wait is how long an operation may block. The zero Wait is For(0).
type Wait struct {
	forever bool
	d       time.Duration
}

// Forever blocks as a blocking socket does: until the context ends, or as long
// as SO_RCVTIMEO or SO_SNDTIMEO say if they are set.
func Forever() Wait { return Wait{forever: true} }

// For blocks for at most d. For(0), and anything below, never blocks: the
// kernel answers as it does under O_NONBLOCK.
func For(d time.Duration) Wait { return Wait{d: max(d, 0)} }

// budget is one operation's wait as it runs out. It belongs to one goroutine.
type budget struct {
	ctx     context.Context // the caller's
	wait    Wait
	start   time.Time       // when the operation began; unset if it never blocks
	timeo   time.Duration   // SO_RCVTIMEO or SO_SNDTIMEO, 0 for none; only used under Forever
	waiting context.Context // made by the first blocking step
	cancel  context.CancelFunc
}

// begin starts the clock. The caller calls end when the operation is over.
func (w Wait) begin(ctx context.Context, timeo time.Duration) *budget {
	b := &budget{ctx: ctx, wait: w}
	if w.forever {
		b.timeo = timeo
	}
	if b.blocks() {
		b.start = time.Now()
	}
	return b
}

func (b *budget) blocks() bool { return b.wait.forever || b.wait.d > 0 }

// context returns the context that ends when the budget does.
func (b *budget) context() context.Context {
	if b.waiting != nil {
		return b.waiting
	}
	switch {
	case !b.wait.forever:
		b.waiting, b.cancel = context.WithDeadline(b.ctx, b.start.Add(b.wait.d))
	case b.timeo > 0:
		b.waiting, b.cancel = context.WithDeadline(b.ctx, b.start.Add(b.timeo))
	default:
		b.waiting = b.ctx
	}
	return b.waiting
}

func (b *budget) end() {
	if b.cancel != nil {
		b.cancel()
	}
}

// byOption reports whether, the budget being over, it was the socket's own
// timeout option that ended it.
func (b *budget) byOption() bool {
	return b.wait.forever && b.timeo > 0 && b.ctx.Err() == nil
}
