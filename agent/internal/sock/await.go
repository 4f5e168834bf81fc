//go:build linux

package sock

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// Goal is what Await waits for: any of the states, or any of the TCP states.
type Goal struct {
	States []State
	// TCPStates are as Info.TCPState. A socket that is not TCP is in none.
	TCPStates []string
}

// lookEvery is how long a change of state that the kernel does not announce may
// go unseen.
const lookEvery = 10 * time.Millisecond

// Await waits until the socket is in one of the goal's states, and returns it as
// it was last seen. The outcome is Done, WaitElapsed, or WouldBlock under
// For(0). It changes nothing and takes nobody's turn. Error: ErrClosed.
func (s *Socket) Await(ctx context.Context, g Goal, w Wait) (Info, Outcome, error) {
	c := w.begin(ctx, 0)
	defer c.end()
	for {
		in := poller.Interest{Mark: s.desc.Mark(), Observer: true}
		i, err := s.Info()
		if err != nil {
			return Info{}, Outcome{}, err
		}
		if slices.Contains(g.States, i.State) || i.TCPState != "" && slices.Contains(g.TCPStates, i.TCPState) {
			return i, done(), nil
		}
		if !c.blocks() {
			return i, Outcome{Code: WouldBlock}, nil
		}
		in.Events = s.changes()
		if err := c.awaitWithin(s.desc, in, lookEvery); err == errElapsed {
			return i, Outcome{Code: WaitElapsed}, nil
		} else if err != nil {
			return Info{}, Outcome{}, err
		}
	}
}

// changes are the conditions that do not hold now and whose coming goes with a
// change of state; none if an error or a hang-up would end a wait for any.
func (s *Socket) changes() (e poller.Events) {
	var now int16
	_ = s.desc.Do(func(fd int) error {
		now = pollNow(fd, unix.POLLOUT|unix.POLLRDHUP)
		return nil
	})
	switch {
	case now&(unix.POLLERR|unix.POLLHUP) != 0:
		return 0
	case now&unix.POLLOUT == 0:
		e |= poller.Writable
	}
	if now&unix.POLLRDHUP == 0 {
		e |= poller.ReadEnded
	}
	return e
}
