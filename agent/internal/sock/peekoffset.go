//go:build linux

package sock

import "golang.org/x/sys/unix"

// withoutPeekOffset runs a look of the agent's own, with MSG_PEEK, at the head
// of the queue: SO_PEEK_OFF would lead it elsewhere, and it would move that. The
// caller holds recv.mu and steady.
func withoutPeekOffset(fd int, look func() unix.Errno) unix.Errno {
	at, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEEK_OFF)
	if err != nil || at < 0 {
		return look()
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEEK_OFF, -1); err != nil {
		return errnoOf(err)
	}
	defer func() { _ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEEK_OFF, at) }()
	return look()
}

// lookAhead is recvmsg(2) with MSG_PEEK at the head of a stream's queue, not for
// the user: n is -1 if errno says why not. What comes along is not installed
// but where oob has room for it. The caller holds recv.mu.
func (s *Socket) lookAhead(b, oob []byte) (m message, errno unix.Errno, err error) {
	s.steady.Lock()
	defer s.steady.Unlock()
	errno, err = s.call(func(fd int) unix.Errno {
		return withoutPeekOffset(fd, func() (e unix.Errno) {
			m, e = sysReceive(fd, b, nil, oob, unix.MSG_PEEK|unix.MSG_DONTWAIT|unix.MSG_CMSG_CLOEXEC, false)
			return e
		})
	})
	return m, errno, err
}
