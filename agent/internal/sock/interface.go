//go:build linux

package sock

import (
	"net/netip"
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
		return digits(index)
	}
	return ifr.Name()
}

// zoneIndex is the index of an address's zone, which is an interface's name or
// index; false if there is no interface of that name. Error: ErrClosed.
func (s *Socket) zoneIndex(zone string) (uint32, bool, error) {
	if zone == "" {
		return 0, true, nil
	}
	index, errno, err := s.interfaceIndex(zone)
	if err != nil || errno == 0 {
		return index, true, err
	}
	n, bad := strconv.ParseUint(zone, 10, 32)
	return uint32(n), bad == nil, nil
}

// zoneExists is zoneIndex in the network namespace of r, without a socket there.
func zoneExists(r *resolver, zone string) bool {
	if _, err := strconv.ParseUint(zone, 10, 32); err == nil || zone == "" {
		return true
	}
	found := false
	look := func() {
		ifr, err := unix.NewIfreq(zone)
		if err != nil {
			return // longer than any interface's name
		}
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return
		}
		defer unix.Close(fd)
		found = unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifr) == nil
	}
	if r == nil {
		look()
	} else {
		inside(r.ns, look)
	}
	return found
}

// address decodes what the kernel gave, with the name of its zone's interface;
// nil if it gave no name or one of a family that is not ours.
func (s *Socket) address(a *sockaddr) *Address {
	out := a.address()
	if zone := a.zone(); out != nil && zone != 0 {
		if ip, err := netip.ParseAddr(out.Host); err == nil {
			out.Host = ip.WithZone(s.interfaceName(zone)).String()
		}
	}
	return out
}
