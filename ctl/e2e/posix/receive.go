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
		return Result{
			N: int(n), Data: string(b.data[:n]), Control: parseControl(b.control[:h.Controllen]),
			ControlTruncated: h.Flags&unix.MSG_CTRUNC != 0, End: n == 0 && op.Size > 0,
		}
	}
	m := d.message(s, op, b, h, int(n))
	if m.Full == 0 && (s.typ == Seqpacket || s.family != Unix && m.From == "") && op.Flags&ErrorQueue == 0 {
		// No message: every datagram of an inet socket has a source, and a
		// seqpacket socket tells an empty record and the end by nothing.
		return Result{End: true}
	}
	return Result{N: 1, Messages: []Received{m}}
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
	r := Result{N: int(got)}
	for i := range int(got) {
		r.Messages = append(r.Messages, d.message(s, op, parts[i], &all[i].header, int(all[i].n)))
	}
	return r
}

// message is one message in comparable form.
func (d *Direct) message(s *socket, op Op, b buffers, h *unix.Msghdr, n int) Received {
	m := Received{
		Data: string(b.data[:min(n, op.Size)]), From: d.names.decode(s.fd, b.name[:h.Namelen]), Full: n,
		Truncated: h.Flags&unix.MSG_TRUNC != 0, ControlTruncated: h.Flags&unix.MSG_CTRUNC != 0,
		EndOfRecord: h.Flags&unix.MSG_EOR != 0, Control: parseControl(b.control[:h.Controllen]),
	}
	if op.Flags&ErrorQueue != 0 {
		m.Full = 0 // the kernel does not tell it
	}
	m.explain(d.names, s.fd)
	return m
}
