package session

import (
	"time"

	"github.com/farsock/farsock/agent/internal/seeded"
)

const (
	// beatsPerMinTTL is how many beats the shortest lease has.
	beatsPerMinTTL = 10
	// pauseBeats is how many beats may lie between two looks at the clock before
	// the agent is taken to have been paused.
	pauseBeats = 2
	// punctual is the part of a beat by which the reaper may be late and still
	// end a lease at once.
	punctual = 10
)

// clock counts the time during which the agent runs, from 0: the package's
// comment has the rule. Its readings are what leases and the agenda go by. All
// fields below the first two are guarded by Table.mu.
type clock struct {
	now  func() time.Time // immutable
	beat time.Duration    // immutable

	last time.Time     // the last look
	seen time.Time     // up to where time was counted; after last while the clock stands
	ran  time.Duration // its reading
}

func newClock(now func() time.Time, minTTL time.Duration) clock {
	start := now()
	return clock{now: now, beat: minTTL / beatsPerMinTTL, last: start, seen: start}
}

// look counts the time since the last look and returns the reading. With
// watched the looks have been no further apart than a beat, unless the agent
// was kept from running.
func (c *clock) look(watched bool) time.Duration {
	now := c.now()
	apart := now.Sub(c.last)
	c.last = now
	switch passed := now.Sub(c.seen); {
	case watched && apart > pauseBeats*c.beat && !seeded.On(seeded.ReapAfterStop):
		c.seen = now.Add(c.beat)
	case passed > 0: // else it stands
		c.ran += passed
		c.seen = now
	}
	return c.ran
}

// stands says for how long after the last look nothing is counted: a while
// after a pause, in which nothing may end that was due just before it either.
func (c *clock) stands() time.Duration { return max(0, c.seen.Sub(c.last)) }

// until is how long after the last look the reading at will be reached, if
// nothing keeps the agent from running.
func (c *clock) until(at time.Duration) time.Duration {
	return at - c.ran + c.stands()
}

// late says that a reaper which finds, now, something due at that reading was
// kept from running shortly before: what arrived meanwhile may yet be unread.
func (c *clock) late(at time.Duration) bool {
	return c.ran-at > c.beat/punctual
}
