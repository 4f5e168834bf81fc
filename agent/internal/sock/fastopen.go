//go:build linux

package sock

import "golang.org/x/sys/unix"

// pushFast is a send that connects. Without a cookie of the peer's the kernel
// answers EINPROGRESS, having begun an ordinary connect(2) and taken nothing. A
// blocking sendto(2) goes on then: it waits for the connection and sends.
func (s *Socket) pushFast(c *clock, p *parcel, flags int) (Sent, error) {
	var sent Sent
	if c.ctx.Err() != nil {
		sent.Outcome = c.over(p.syscall())
		return sent, nil
	}
	var n int
	errno, err := s.mayBegin(func() (errno unix.Errno, err error) {
		n, errno, err = s.sendOnce(c, p, 0, flags|unix.MSG_FASTOPEN)
		return errno, err
	})
	if err != nil {
		return sent, err
	}
	syscall := p.syscall()
	begun := errno == unix.EINPROGRESS || errno == unix.EALREADY
	if errno != 0 && (!begun || !c.blocks()) {
		sent.Outcome = answered(syscall, errno)
		return sent, nil
	}
	if c.blocks() {
		// Also when the SYN took the data: the call sleeps until the handshake is
		// over, and repeating connect(2) is how its end is learnt.
		out, err := s.awaitConnect(c, p.to)
		if err != nil {
			return sent, err
		}
		connected := out.OK() || out.Code == AlreadyConnected
		if !connected && out.Code != WaitElapsed && out.Code != InProgress {
			out.Syscall = syscall // and what the SYN took is lost
			sent.Outcome = out
			return sent, nil
		}
		if !connected {
			if out.Errno != 0 {
				out.Syscall = syscall
			}
			sent.Applied, sent.Outcome = int64(n), out
			s.send.count(int64(n))
			return sent, nil
		}
		s.hadPeer.Store(true)
	}
	sent.Applied = int64(n)
	s.send.count(int64(n))
	if !begun && n == len(p.data) {
		sent.Outcome = done()
		return sent, nil
	}
	rest := *p
	rest.to = nil
	return s.push(c, &rest, flags, sent.Applied)
}
