//go:build linux

package sock

import (
	"context"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// PollItem is one socket to watch. With nothing set only errors and hang-ups
// are watched.
type PollItem struct {
	Socket                     *Socket
	Readable, Writable, Urgent bool
	// ReadHangUp is POLLRDHUP.
	ReadHangUp bool
}

// Ready is one socket that is ready.
type Ready struct {
	// Index is its place in the items.
	Index                      int
	Readable, Writable, Urgent bool
	// Error: an error is pending, and stays so, or the error queue is not empty.
	// HangUp: both directions are over.
	Error, HangUp bool
	// ReadHangUp: the peer ended its direction, or the connection is over.
	ReadHangUp bool
}

// Poll waits until one of items is ready and returns those that are, in the
// items' order. Held data counts as readable. It reads nothing, clears no
// error, and takes no receiver's turn. The outcome is Done, WaitElapsed, or
// WouldBlock under For(0). A closed socket is an *ItemError with ErrClosed.
func Poll(ctx context.Context, items []PollItem, w Wait) ([]Ready, Outcome, error) {
	c := w.begin(ctx, 0)
	defer c.end()
	interests := make([]poller.Interest, len(items))
	for {
		var ready []Ready
		for i := range items {
			interests[i] = items[i].interest()
			r, err := items[i].look()
			if err != nil {
				return nil, Outcome{}, &ItemError{Index: i, Err: err}
			}
			if r != (Ready{}) {
				r.Index = i
				ready = append(ready, r)
			}
		}
		if len(ready) > 0 {
			return ready, done(), nil
		}
		if !c.blocks() {
			return nil, Outcome{Code: WouldBlock}, nil
		}
		if err := poller.WaitAny(c.context(), interests); err != nil {
			if err = c.classify(err); err != errElapsed {
				return nil, Outcome{}, err
			}
			return nil, Outcome{Code: WaitElapsed}, nil
		}
	}
}

func (i *PollItem) interest() poller.Interest {
	in := poller.Interest{Desc: i.Socket.desc, Mark: i.Socket.desc.Mark()}
	if i.Readable {
		in.Events |= poller.Readable
	}
	if i.Writable {
		in.Events |= poller.Writable
	}
	if i.Urgent {
		in.Events |= poller.Urgent
	}
	if i.ReadHangUp {
		in.Events |= poller.ReadEnded
	}
	return in
}

// look reports what is ready now; the zero Ready is nothing.
func (i *PollItem) look() (Ready, error) {
	var events int16
	if i.Readable {
		events |= unix.POLLIN
	}
	if i.Writable {
		events |= unix.POLLOUT
	}
	if i.Urgent {
		events |= unix.POLLPRI
	}
	if i.ReadHangUp {
		events |= unix.POLLRDHUP
	}
	var got int16
	err := i.Socket.desc.Do(func(fd int) error {
		got = pollNow(fd, events)
		return nil
	})
	return Ready{
		Readable:   got&unix.POLLIN != 0 || i.Readable && i.Socket.recv.ready(),
		Writable:   got&unix.POLLOUT != 0,
		Urgent:     got&unix.POLLPRI != 0,
		Error:      got&unix.POLLERR != 0 || i.Socket.recv.failing(),
		HangUp:     got&unix.POLLHUP != 0,
		ReadHangUp: got&unix.POLLRDHUP != 0,
	}, err
}
