//go:build linux

package sock

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// An interface's name and index mean something only in a network namespace. The
// socket's own is asked by ioctl(2) on its descriptor, whatever namespace the
// calling thread is in.

// interfaceIndex is the index of the interface of that name; ENODEV if there is
// none. Error: ErrClosed.
func (s *Socket) interfaceIndex(name string) (index uint32, errno unix.Errno, err error) {
	ifr, bad := unix.NewIfreq(name)
	if bad != nil {
		return 0, unix.ENODEV, nil // longer than any interface's name
	}
	errno, err = s.call(func(fd int) unix.Errno { return errnoOf(unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifr)) })
	if err != nil || errno != 0 {
		return 0, errno, err
	}
	return ifr.Uint32(), 0, nil
}

// interfaceName is the reverse: the index in digits where there is no such
// interface (any more), "" for 0.
func (s *Socket) interfaceName(index uint32) string {
	if index == 0 {
		return ""
	}
	ifr, _ := unix.NewIfreq("")
	ifr.SetUint32(index)
	errno, err := s.call(func(fd int) unix.Errno { return errnoOf(unix.IoctlIfreq(fd, unix.SIOCGIFNAME, ifr)) })
	if err != nil || errno != 0 {
		return strconv.FormatUint(uint64(index), 10)
	}
	return ifr.Name()
}
