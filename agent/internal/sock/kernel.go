//go:build linux

package sock

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The system calls whose form in golang.org/x/sys loses something: abstract
// names, the length of a truncated datagram, the size of an option. None
// blocks: descriptors are non-blocking.

var nothing byte

func base(b []byte) unsafe.Pointer {
	if len(b) == 0 {
		return unsafe.Pointer(&nothing)
	}
	return unsafe.Pointer(&b[0])
}

func sysBind(fd int, a *sockaddr) unix.Errno {
	_, _, e := unix.Syscall(unix.SYS_BIND, uintptr(fd), uintptr(a.pointer()), uintptr(a.len))
	return e
}

func sysConnect(fd int, a *sockaddr) unix.Errno {
	_, _, e := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(a.pointer()), uintptr(a.len))
	return e
}

func sysAccept(fd int) (int, *sockaddr, unix.Errno) {
	a := &sockaddr{len: unix.SizeofSockaddrAny}
	n, _, e := unix.Syscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(a.pointer()),
		uintptr(unsafe.Pointer(&a.len)), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	return int(n), a, e
}

// sysName is getsockname(2) or getpeername(2), by their numbers.
func sysName(number uintptr, fd int) (*sockaddr, unix.Errno) {
	a := &sockaddr{len: unix.SizeofSockaddrAny}
	_, _, e := unix.Syscall(number, uintptr(fd), uintptr(a.pointer()), uintptr(unsafe.Pointer(&a.len)))
	return a, e
}

func sysSend(fd int, b []byte, flags int, to *sockaddr) (int, unix.Errno) {
	var p unsafe.Pointer
	var l uint32
	if to != nil {
		p, l = to.pointer(), to.len
	}
	n, _, e := unix.Syscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(base(b)), uintptr(len(b)),
		uintptr(flags), uintptr(p), uintptr(l))
	if e != 0 {
		return 0, e
	}
	return int(n), 0
}

// message is one recvmsg(2).
type message struct {
	n     int // bytes, with MSG_TRUNC in flags the datagram's full length
	oobn  int
	flags int
	from  *sockaddr // set if asked for
}

func sysReceive(fd int, b []byte, sizes []int, oob []byte, flags int, name bool) (message, unix.Errno) {
	var one [1]unix.Iovec
	iov := scatter(one[:0], b, sizes)
	hdr := unix.Msghdr{Iov: &iov[0]}
	hdr.SetIovlen(len(iov))
	if len(oob) > 0 {
		hdr.Control = &oob[0]
		hdr.SetControllen(len(oob))
	}
	var m message
	if name {
		m.from = &sockaddr{}
		hdr.Name = (*byte)(m.from.pointer())
		hdr.Namelen = unix.SizeofSockaddrAny
	}
	n, _, e := unix.Syscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&hdr)), uintptr(flags))
	if e != 0 {
		return m, e
	}
	m.n, m.oobn, m.flags = int(n), int(hdr.Controllen), int(hdr.Flags)
	if name {
		m.from.len = hdr.Namelen
	}
	return m, 0
}

// scatter makes buffers of consecutive pieces of b, as many as sizes has and
// cut to what b holds; one, of all of b, without sizes.
func scatter(iov []unix.Iovec, b []byte, sizes []int) []unix.Iovec {
	if len(sizes) == 0 {
		sizes = []int{len(b)}
	}
	for _, n := range sizes {
		piece := b[:min(n, len(b))]
		b = b[len(piece):]
		v := unix.Iovec{Base: (*byte)(base(piece))}
		v.SetLen(len(piece))
		iov = append(iov, v)
	}
	return iov
}

func sysGetOption(fd, level, name int, b []byte) (int, unix.Errno) {
	l := uint32(len(b))
	_, _, e := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), uintptr(name),
		uintptr(base(b)), uintptr(unsafe.Pointer(&l)), 0)
	if e != 0 {
		return 0, e
	}
	return min(int(l), len(b)), 0
}

func sysSetOption(fd, level, name int, b []byte) unix.Errno {
	_, _, e := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(level), uintptr(name),
		uintptr(base(b)), uintptr(len(b)), 0)
	return e
}

// errnoOf unpacks the error of a golang.org/x/sys call.
func errnoOf(err error) unix.Errno {
	if err == nil {
		return 0
	}
	if e, ok := err.(unix.Errno); ok {
		return e
	}
	return unix.EIO
}

// queued is SIOCINQ or SIOCOUTQ, or -1 where the kernel has no figure.
func queued(fd int, request uint) int {
	n, err := unix.IoctlGetInt(fd, request)
	// The kernel writes 4 bytes; of an MPTCP listener's send queue it succeeds
	// and writes -EINVAL.
	if err != nil || int32(n) < 0 {
		return -1
	}
	return n
}
