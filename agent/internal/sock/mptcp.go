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
