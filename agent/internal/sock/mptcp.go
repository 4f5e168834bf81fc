//go:build linux

package sock

import "golang.org/x/sys/unix"

// HasMPTCP reports whether the kernel makes MPTCP sockets.
func HasMPTCP() bool {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_MPTCP)
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
}

// errNotUrgent: the kernel would take MSG_OOB for an ordinary send or receive.
var errNotUrgent = &ArgumentError{Field: "out_of_band", Reason: "must be unset on an MPTCP socket, which has no urgent data"}

// isMPTCP is false of a connection that an MPTCP listener accepted from a
// client without MPTCP: the kernel made it a TCP socket.
func (s *Socket) isMPTCP() bool {
	if s.proto != unix.IPPROTO_MPTCP {
		return false
	}
	proto := 0
	_ = s.desc.Do(func(fd int) (err error) {
		proto, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
		return err
	})
	return proto == unix.IPPROTO_MPTCP
}

// inQueue is SIOCINQ, or -1 where the kernel has no figure. Of an MPTCP socket
// that has nothing and whose receiving direction is over, or not begun, the
// kernel says 1: there the memory tells.
func (s *Socket) inQueue(fd int) int {
	n := queued(fd, unix.SIOCINQ)
	if n == 1 && s.proto == unix.IPPROTO_MPTCP {
		if m := memory(fd); m != nil && m.ReceiveAllocated == 0 {
			return 0
		}
	}
	return n
}
