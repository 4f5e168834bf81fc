//go:build linux

package sock

import (
	"context"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// Goal is what Await waits for: any of the states, or any of the TCP states.
type Goal struct {
	States []State
	// TCPStates are as Info.TCPState. A socket that is not TCP is in none.
	TCPStates []string
}

// Await waits until the socket is in one of the goal's states, and returns it as
// it is then, or at the end of the wait. The outcome is Done, WaitElapsed, or
// WouldBlock under For(0). It changes nothing and takes nobody's turn. A state
// that lasts less than about 20 ms may be missed, and a shorter one than that
// while the agent is busy with very many waits. Error: ErrClosed.
func (s *Socket) Await(ctx context.Context, g Goal, w Wait) (Info, Outcome, error) {
	c := w.begin(ctx, 0)
	defer c.end()
	for {
		mark := s.desc.Mark()
		seen, err := s.glance() // first, so that no change after it goes unseen
		if err != nil {
			return Info{}, Outcome{}, err
		}
		i, err := s.Info()
		switch {
		case err != nil:
			return Info{}, Outcome{}, err
		case g.reached(i):
			return i, done(), nil
		case !c.blocks():
			return i, Outcome{Code: WouldBlock}, nil
		case c.ended():
			return i, Outcome{Code: WaitElapsed}, nil
		}
		if err := s.awaitChange(c, seen, mark); err != nil && err != errElapsed {
			return Info{}, Outcome{}, err
		}
	}
}

func (g Goal) reached(i Info) bool {
	return slices.Contains(g.States, i.State) || i.TCPState != "" && slices.Contains(g.TCPStates, i.TCPState)
}

// awaitChange waits until a glance shows something else than seen: the kernel
// announces some changes, and the lookout sees the others.
func (s *Socket) awaitChange(c *clock, seen glance, mark uint64) error {
	beside, changed := context.WithCancel(c.context())
	defer changed()
	w := &watch{seen: seen, changed: changed}
	s.env.lookout.add(s, w)
	defer s.env.lookout.remove(s, w)
	for {
		in := poller.Interest{Events: s.changes(), Mark: mark, Observer: true}
		if err := c.awaitBeside(beside, s.desc, in); err != nil {
			return err
		}
		mark = s.desc.Mark()
		if now, err := s.glance(); err != nil || now != seen {
			return err
		}
		if beside.Err() != nil && c.context().Err() == nil {
			return nil // the lookout saw it, and it is over again
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
