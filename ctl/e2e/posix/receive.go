//go:build linux

package posix

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

var receiveFlags = map[Flags]int{
	Peek: unix.MSG_PEEK, OOB: unix.MSG_OOB, DontWait: unix.MSG_DONTWAIT, WaitAll: unix.MSG_WAITALL, ErrorQueue: unix.MSG_ERRQUEUE,
}

// controlRoom is the space for control messages in bytes.
func (o Op) controlRoom() int {
	switch {
	case o.Room < 0:
		return 0
	case o.Room == 0:
		return 8192
	}
	return o.Room
}

// flags are recv(2)'s. A message's full length is asked for, except where the
// flag would mean something else.
func (s *socket) flags(op Op) int {
	n := flagsOf(op.Flags, receiveFlags) | unix.MSG_CMSG_CLOEXEC
	if s.typ != Stream && op.Flags&ErrorQueue == 0 {
		n |= unix.MSG_TRUNC
	}
	return n
}

// buffers are what one message is received into.
type buffers struct {
	data, name, control []byte
	header              *header
}

func newBuffers(op Op) buffers {
	b := buffers{data: make([]byte, op.Size), name: make([]byte, unix.SizeofSockaddrAny), control: make([]byte, op.controlRoom())}
	b.header = newHeader(b.data, op.Buffers, b.name, b.control)
	return b
}

func (d *Direct) receive(s *socket, op Op) Result {
	b := newBuffers(op)
	n, _, e := unix.Syscall(unix.SYS_RECVMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&b.header.Msghdr)), uintptr(s.flags(op)))
	runtime.KeepAlive(b)
	if e != 0 {
		return errno(e)
	}
	h := &b.header.Msghdr
	// A unix stream counts its urgent byte also where there is no room for it.
	if s.typ == Stream {
		n = min(n, uintptr(op.Size))
	}
	if s.typ == Stream && op.Flags&ErrorQueue == 0 {
		r := Result{N: int(n), Data: string(b.data[:n]), ControlTruncated: h.Flags&unix.MSG_CTRUNC != 0}
		r.Control, r.Descriptors = parseControl(b.control[:h.Controllen])
		r.Stopped, r.End = s.stopped(op, int(n))
		return r
	}
	m := d.message(s, op, b, h, int(n))
	if m.Full == 0 && op.Flags&ErrorQueue == 0 && (s.typ == Seqpacket && !s.ledger.hasRecord() || s.family != Unix && m.From == "") {
		// No message: every datagram of an inet socket has a source, and a
		// seqpacket socket tells an empty record and the end by nothing.
		return Result{End: true, Stopped: "END"}
	}
	return Result{N: 1, Messages: []Received{m}, Stopped: "AVAILABLE"}
}

// stopped says why a receive on a stream that gave n bytes stopped there: one
// that waited for more saw no more come, in order or by an error.
func (s *socket) stopped(op Op, n int) (why string, end bool) {
	least := min(op.Size, 1)
	if op.Block && op.Flags&(DontWait|OOB) == 0 {
		least = op.Size
		if op.Flags&WaitAll == 0 {
			water, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT)
			must(err)
			least = min(water, op.Size)
		}
	}
	if n >= least {
		return "AVAILABLE", false
	}
	const over = unix.POLLRDHUP | unix.POLLHUP
	p := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLRDHUP}}
	_, err := unix.Poll(p, 0)
	must(err)
	if n > 0 && (p[0].Revents&over == 0 || inQueue(s.fd) > 0) { // urgent data, SO_RCVTIMEO
		return "AVAILABLE", false
	}
	return "END", n == 0 || p[0].Revents&unix.POLLERR == 0
}

func (d *Direct) receiveMany(s *socket, op Op) Result {
	var all []batch
	var parts []buffers
	for range op.Count {
		b := newBuffers(op)
		parts = append(parts, b)
		all = append(all, batch{header: b.header.Msghdr})
	}
	got, _, e := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&all[0])), uintptr(len(all)),
		uintptr(s.flags(op)|unix.MSG_WAITFORONE), 0, 0)
	runtime.KeepAlive(parts)
	if e != 0 {
		return errno(e)
	}
	var r Result
	for i := range int(got) {
		m := d.message(s, op, parts[i], &all[i].header, int(all[i].n))
		if s.typ == Seqpacket && m.Full == 0 && s.ledger.records() <= i {
			if i == 0 {
				return Result{End: true, Stopped: "END"}
			}
			break // the end, as often as there was room for it
		}
		r.N++
		r.Messages = append(r.Messages, m)
	}
	r.Stopped = "AVAILABLE"
	return r
}

// message is one message in comparable form.
func (d *Direct) message(s *socket, op Op, b buffers, h *unix.Msghdr, n int) Received {
	m := Received{
		Data: string(b.data[:min(n, op.Size)]), From: d.names.decode(s.fd, b.name[:h.Namelen]), Full: n,
		Truncated: h.Flags&unix.MSG_TRUNC != 0, ControlTruncated: h.Flags&unix.MSG_CTRUNC != 0,
		EndOfRecord: h.Flags&unix.MSG_EOR != 0,
	}
	m.Control, m.Descriptors = parseControl(b.control[:h.Controllen])
	if op.Flags&ErrorQueue != 0 {
		m.Full = 0 // the kernel does not tell it
	}
	m.explain(d.names, s.fd)
	return m.Comparable(s.typ)
}
