//go:build linux

package sock

import (
	"golang.org/x/sys/unix"
)

// errEnd stands for the end of a seqpacket connection; no recvmsg(2) answers
// it.
const errEnd = unix.EBADE

// receivePacket is recvmsg(2) on a seqpacket socket, where 0 bytes are an empty
// packet or the end. What tells them apart: with SO_PASSCRED on only a packet
// brings its sender's credentials. So where the peer has ended its direction and
// the queue holds no bytes, the option is on for one peek, without room for the
// credentials: MSG_CTRUNC says that it was a packet.
func (s *Socket) receivePacket(buf []byte, sizes []int, oob []byte, flags int) (m message, errno unix.Errno, err error) {
	errno, err = s.call(func(fd int) (e unix.Errno) {
		if flags&unix.MSG_OOB != 0 || !maybeEnd(fd) {
			m, e = sysReceive(fd, buf, sizes, oob, flags, true)
			return e
		}
		end, e := s.atEnd(fd)
		switch {
		case e != 0:
			return e
		case end:
			return errEnd
		}
		m, e = sysReceive(fd, buf, sizes, oob, flags, true)
		return e
	})
	return m, errno, err
}

// maybeEnd reports whether a recvmsg(2) could be answered by the end.
func maybeEnd(fd int) bool {
	return pollNow(fd, unix.POLLRDHUP)&(unix.POLLRDHUP|unix.POLLHUP) != 0 && queued(fd, unix.SIOCINQ) <= 0
}

// atEnd peeks. The errno is that of the peek: an error that is told once.
func (s *Socket) atEnd(fd int) (bool, unix.Errno) {
	// A send of ours meanwhile would give the socket a name.
	s.steady.Lock()
	defer s.steady.Unlock()
	was, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED)
	if err != nil {
		return false, errnoOf(err)
	}
	if was == 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
			return false, errnoOf(err)
		}
		defer func() { _ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 0) }()
	}
	var m message
	e := withoutPeekOffset(fd, func() (e unix.Errno) {
		m, e = sysReceive(fd, nil, nil, nil, unix.MSG_PEEK|unix.MSG_DONTWAIT|unix.MSG_CMSG_CLOEXEC, false)
		return e
	})
	return e == 0 && m.flags&unix.MSG_CTRUNC == 0, e
}

// nextPacketSize is the length of the next packet, 0 if there is none. The errno
// is that of the peek.
func (s *Socket) nextPacketSize() (n int, errno unix.Errno, err error) {
	s.steady.Lock()
	defer s.steady.Unlock()
	errno, err = s.call(func(fd int) unix.Errno {
		return withoutPeekOffset(fd, func() unix.Errno {
			m, e := sysReceive(fd, nil, nil, nil, unix.MSG_PEEK|unix.MSG_TRUNC|unix.MSG_DONTWAIT|unix.MSG_CMSG_CLOEXEC, false)
			n = m.n
			return e
		})
	})
	if errno == unix.EAGAIN {
		n, errno = 0, 0
	}
	return n, errno, err
}

// callSteady is call for what SO_PASSCRED concerns, which atEnd turns on for a
// moment, and for what must not happen while a connection is being dissolved.
func (s *Socket) callSteady(f func(fd int) unix.Errno) (unix.Errno, error) {
	if s.typ != Datagram {
		s.steady.RLock()
		defer s.steady.RUnlock()
	}
	return s.call(f)
}
