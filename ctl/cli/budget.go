package cli

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/proto/wire"
)

// budget is one --wait that covers several calls. Not changed after it is made.
type budget struct {
	wait  waitFlag
	begun time.Time
}

func (w waitFlag) begin() budget { return budget{w, time.Now()} }

// left is what remains for the next call: unset without a bound, and never 0
// unless that was said, since 0 means not to wait at all. More than an agent allows
// is passed on as it was said, for the agent to refuse.
func (b budget) left() *durationpb.Duration {
	wait := b.wait.proto()
	if wait.AsDuration() <= 0 || wait.AsDuration() > wire.MaxWait {
		return wait
	}
	return durationpb.New(max(wait.AsDuration()-time.Since(b.begun), time.Millisecond))
}

// atMost is left, cut to d.
func (b budget) atMost(d time.Duration) *durationpb.Duration {
	if left := b.left(); left != nil && left.AsDuration() < d {
		return left
	}
	return durationpb.New(d)
}

// over says whether the time has passed.
func (b budget) over() bool {
	return b.wait.span() >= 0 && time.Since(b.begun) >= b.wait.span()
}
