//go:build linux

package sock

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
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

// clock is one operation's wait as it runs out. It belongs to one goroutine.
type clock struct {
	ctx     context.Context // the caller's
	wait    Wait
	start   time.Time       // when the operation began; unset if it never blocks
	timeo   time.Duration   // SO_RCVTIMEO or SO_SNDTIMEO, 0 for none; only used under Forever
	waiting context.Context // made by the first blocking step
	cancel  context.CancelFunc
	vain    int // wake-ups in a row that came at once and led to nothing
}

// errElapsed: the wait is over, or there was none. Never leaves the package.
var errElapsed = errors.New("wait elapsed")

// begin starts the clock. The caller calls end when the operation is over.
func (w Wait) begin(ctx context.Context, timeo time.Duration) *clock {
	c := &clock{ctx: ctx, wait: w}
	if w.forever {
		c.timeo = timeo
	}
	if c.blocks() {
		c.start = time.Now()
	}
	return c
}

func (c *clock) blocks() bool { return c.wait.forever || c.wait.d > 0 }

// context returns the context that ends when the wait does.
func (c *clock) context() context.Context {
	if c.waiting != nil {
		return c.waiting
	}
	switch {
	case !c.wait.forever:
		c.waiting, c.cancel = context.WithDeadline(c.ctx, c.start.Add(c.wait.d))
	case c.timeo > 0:
		c.waiting, c.cancel = context.WithDeadline(c.ctx, c.start.Add(c.timeo))
	default:
		c.waiting = c.ctx
	}
	return c.waiting
}

func (c *clock) end() {
	if c.cancel != nil {
		c.cancel()
	}
}

// byOption reports whether, the wait being over, it was the socket's own
// timeout option that ended it.
func (c *clock) byOption() bool {
	return c.wait.forever && c.timeo > 0 && c.ctx.Err() == nil
}

// ended reports whether the wait, or the caller's context, is over. One that
// never blocks has no wait to end.
func (c *clock) ended() bool {
	switch {
	case c.ctx.Err() != nil:
		return true
	case !c.wait.forever:
		return c.wait.d > 0 && time.Since(c.start) >= c.wait.d
	}
	return c.timeo > 0 && time.Since(c.start) >= c.timeo
}

// over is the outcome of an operation that errElapsed ended.
func (c *clock) over(syscall string) Outcome {
	if !c.blocks() && c.ctx.Err() == nil || c.byOption() {
		return answered(syscall, unix.EAGAIN)
	}
	return Outcome{Code: WaitElapsed}
}

// await waits for one of in's conditions. It returns errElapsed, ErrClosed, or
// nil when it is worth trying again.
func (c *clock) await(d *poller.Desc, in poller.Interest) error {
	if !c.blocks() {
		return errElapsed
	}
	if c.vain > maxVain {
		return c.awaitNews(d, in)
	}
	before := time.Now()
	if err := d.Wait(c.context(), in); err != nil {
		return c.classify(err)
	}
	if time.Since(before) > time.Millisecond {
		c.vain = 0
	} else {
		c.vain++
	}
	return nil
}

// maxVain is how many wake-ups in a row may come at once and lead to nothing.
const maxVain = 4

// awaitNews is await once a condition holds that helps nobody: an error queue
// that is not empty, a full peer of an unconnected unix datagram socket. A
// blocking call would sleep in the kernel; this must not spin. The kernel
// announces what is new; only of such a peer's room it says nothing, so that
// senders look for themselves, at least every 16 ms, others every 256 ms.
func (c *clock) awaitNews(d *poller.Desc, in poller.Interest) error {
	most := 8
	if in.Events&poller.Writable != 0 {
		most = 4
	}
	ctx, cancel := context.WithTimeout(c.context(), time.Millisecond<<min(c.vain-maxVain, most))
	defer cancel()
	c.vain++
	in.News = true
	return c.slept(d.Wait(ctx, in))
}

// awaitWithin is await, but worth a look again after most in any case.
func (c *clock) awaitWithin(d *poller.Desc, in poller.Interest, most time.Duration) error {
	ctx, cancel := context.WithTimeout(c.context(), most)
	defer cancel()
	return c.awaitBeside(ctx, d, in)
}

// awaitBeside is await, but worth a look again as well once beside ends, which
// is made from context.
func (c *clock) awaitBeside(beside context.Context, d *poller.Desc, in poller.Interest) error {
	in.News = c.vain > maxVain
	before := time.Now()
	err := c.slept(d.Wait(beside, in))
	if time.Since(before) <= time.Millisecond {
		c.vain++
	}
	return err
}

// pause waits for a moment, longer each time, at most 16 ms.
func (c *clock) pause(d *poller.Desc) error {
	if !c.blocks() {
		return errElapsed
	}
	ctx, cancel := context.WithTimeout(c.context(), time.Millisecond<<min(max(c.vain-maxVain, 0), 4))
	defer cancel()
	c.vain++
	return c.slept(d.Wait(ctx, poller.Interest{}))
}

// slept is classify for a wait that had a shorter end of its own.
func (c *clock) slept(err error) error {
	if (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) && c.context().Err() == nil {
		return nil
	}
	return c.classify(err)
}

func (c *clock) classify(err error) error {
	if err != nil && c.context().Err() != nil && !errors.Is(err, ErrClosed) {
		return errElapsed
	}
	return err
}

// progressed says that the last wake-up led to something.
func (c *clock) progressed() { c.vain = 0 }
