//go:build linux

package sock

import (
	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// receiveUrgent is recv(2) with MSG_OOB on a stream, which never waits. With a
// budget of our own it first waits until urgent data has come, unless the
// stream is over.
func (s *Socket) receiveUrgent(c *clock, q ReceiveRequest) (Received, error) {
	flags := unix.MSG_OOB | unix.MSG_DONTWAIT | unix.MSG_CMSG_CLOEXEC
	if q.Peek {
		flags |= unix.MSG_PEEK
	}
	life := s.disconnects.Load()
	for c.blocks() && !c.wait.forever {
		if c.ctx.Err() != nil {
			return s.unreceived(c, q), nil
		}
		mark := s.desc.Mark()
		var events int16
		if err := s.desc.Do(func(fd int) error {
			events = pollNow(fd, unix.POLLPRI|unix.POLLRDHUP)
			return nil
		}); err != nil {
			return Received{}, err
		}
		if events != 0 {
			break
		}
		err := c.await(s.desc, poller.Interest{Events: poller.Urgent, Mark: mark, Observer: true})
		if err == errElapsed {
			return s.unreceived(c, q), nil
		}
		if err != nil {
			return Received{}, err
		}
		if s.disconnects.Load() != life {
			got := s.nothing(q)
			got.Outcome = answered("recvmsg", unix.EPIPE)
			return got, nil
		}
	}
	if c.ctx.Err() != nil {
		return s.unreceived(c, q), nil
	}
	buf := make([]byte, min(q.Max, 1)) // there is never more than one
	var m message
	errno, err := s.call(func(fd int) (e unix.Errno) {
		m, e = sysReceive(fd, buf, nil, nil, flags, false)
		return e
	})
	if err != nil {
		return Received{}, err
	}
	got := s.nothing(q)
	got.Outcome = answered("recvmsg", errno)
	if errno == 0 {
		got.Data, got.StoppedBy = buf[:min(m.n, len(buf))], StoppedByAvailable
	}
	return got, nil
}
