//go:build linux

package sock

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// send hands the kernel what of a parcel comes after its first done bytes.
// Control messages go with the first.
func (p *parcel) send(fd, done, flags int) (int, unix.Errno) {
	if p.syscall() == "sendto" {
		return sysSend(fd, p.data[done:], flags, p.to)
	}
	hdr := p.header(done)
	n, _, e := unix.Syscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&hdr)), uintptr(flags))
	if e != 0 {
		return 0, e
	}
	return int(n), 0
}

// header is what sendmsg(2) takes.
func (p *parcel) header(done int) unix.Msghdr {
	var hdr unix.Msghdr
	iov := scatter(nil, p.data[done:], skipBuffers(p.buffers, done))
	hdr.Iov = &iov[0]
	hdr.SetIovlen(len(iov))
	if p.to != nil {
		hdr.Name = (*byte)(p.to.pointer())
		hdr.Namelen = p.to.len
	}
	if len(p.control) > 0 && done == 0 {
		hdr.Control = &p.control[0]
		hdr.SetControllen(len(p.control))
	}
	return hdr
}

// skipBuffers is the sizes without the first n bytes.
func skipBuffers(sizes []int, n int) []int {
	if n == 0 {
		return sizes
	}
	for i, size := range sizes {
		if n < size {
			return append([]int{size - n}, sizes[i+1:]...)
		}
		n -= size
	}
	return nil
}
