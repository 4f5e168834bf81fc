//go:build linux

package posix

import (
	"cmp"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

var sendFlags = map[Flags]int{
	OOB: unix.MSG_OOB, DontWait: unix.MSG_DONTWAIT, More: unix.MSG_MORE, DontRoute: unix.MSG_DONTROUTE,
	Confirm: unix.MSG_CONFIRM, EndOfRecord: unix.MSG_EOR, FastOpen: unix.MSG_FASTOPEN,
}

func flagsOf(f Flags, table map[Flags]int) int {
	n := 0
	for bit := Flags(1); bit <= f; bit <<= 1 {
		if f&bit != 0 {
			n |= table[bit]
		}
	}
	return n
}

// payload is what an operation sends.
func (o Op) payload() []byte { return []byte(strings.Repeat(o.Data, cmp.Or(o.Times, 1))) }

// Payload is what Send sends.
func (o Op) Payload() []byte { return o.payload() }

// vector splits b into the parts of an iovec; what it points to has to be kept
// alive by the caller.
func vector(b []byte, sizes []int) []unix.Iovec {
	if sizes == nil {
		sizes = []int{len(b)}
	}
	var out []unix.Iovec
	for _, n := range sizes {
		v := unix.Iovec{Base: (*byte)(pointer(b))}
		v.SetLen(n)
		out = append(out, v)
		b = b[n:]
	}
	return out
}

// header is a struct msghdr and what it points to.
type header struct {
	unix.Msghdr
	vector        []unix.Iovec
	name, control []byte
}

func newHeader(data []byte, sizes []int, name, control []byte) *header {
	h := &header{vector: vector(data, sizes), name: name, control: control}
	if len(h.vector) > 0 {
		h.Iov = &h.vector[0]
	}
	h.SetIovlen(len(h.vector))
	if len(name) > 0 {
		h.Name, h.Namelen = &name[0], uint32(len(name))
	}
	if len(control) > 0 {
		h.Control = &control[0]
		h.SetControllen(len(control))
	}
	return h
}

// send goes on after a call that took some of a stream's bytes, without waiting,
// until the kernel says why it stopped.
func (d *Direct) send(s *socket, op Op) Result {
	if op.Descriptors > 0 {
		op.Control = append(slices.Clone(op.Control), rights(s.fd, op.Descriptors))
	}
	data := op.payload()
	r := d.sendOnce(s, op, data)
	for s.typ == Stream && r.Errno == "" && r.Stop == "" && r.N < len(data) {
		rest := d.sendOnce(s, Op{Flags: op.Flags&^FastOpen | DontWait}, data[r.N:])
		r.N, r.Stop = r.N+rest.N, rest.Errno
	}
	return r
}

func (d *Direct) sendOnce(s *socket, op Op, data []byte) Result {
	h := newHeader(data, op.Buffers, d.address(s, op.Address), packControl(op.Control))
	n, _, e := unix.Syscall(unix.SYS_SENDMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&h.Msghdr)),
		uintptr(flagsOf(op.Flags, sendFlags)|unix.MSG_NOSIGNAL))
	runtime.KeepAlive(data)
	if e != 0 {
		return errno(e)
	}
	return Result{N: int(n)}
}

// FillChunk is how many bytes Fill sends at once.
const FillChunk = 64 << 10

// fill sends until the kernel takes nothing any more: not when the packets
// under way have arrived either.
func (d *Direct) fill(s *socket) Result {
	send := func(times int) Result {
		r := d.send(s, Op{Data: "f", Times: times})
		s.ledger.took(r.N)
		return r
	}
	for {
		r := send(FillChunk)
		if r.Errno == "" {
			continue
		}
		if r.Errno != "EAGAIN" {
			return r
		}
		if err := Settle(); err != nil {
			panic(err)
		}
		if again := send(1); again.Errno != "" {
			return Result{}
		}
	}
}

// batch is struct mmsghdr.
type batch struct {
	header unix.Msghdr
	n      uint32
	_      uint32
}

// sendMany is sendmmsg(2), of one message after the other: of several it keeps
// the errno to itself that a later one met.
func (d *Direct) sendMany(s *socket, op Op) Result {
	var r Result
	for _, m := range op.Messages {
		h := newHeader([]byte(m.Data), nil, d.address(s, m.To), packControl(m.controlFor(s)))
		b := batch{header: h.Msghdr}
		_, _, e := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&b)), 1,
			uintptr(flagsOf(op.Flags, sendFlags)|unix.MSG_NOSIGNAL), 0, 0)
		runtime.KeepAlive(h)
		if e != 0 && r.N > 0 {
			r.Stop = errnoName(e)
			break
		}
		if e != 0 {
			return errno(e)
		}
		r.N++
	}
	return r
}

// controlFor adds the control messages that the named fields stand for.
func (m Message) controlFor(s *socket) []Control {
	c := append([]Control{}, m.Control...)
	add := func(o Option, data []byte) {
		level, name := o.number(s.family)
		c = append(c, Control{Level: level, Type: name, Data: string(data)})
	}
	if m.TTL != nil {
		add(Option{Level: unix.IPPROTO_IP, Name: unix.IP_TTL, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_HOPLIMIT}, number32(uint32(*m.TTL)))
	}
	if m.Class != nil {
		add(Options["traffic_class"], number32(uint32(*m.Class)))
	}
	if m.Source != "" || m.Interface != "" {
		add(Option{Level: unix.IPPROTO_IP, Name: unix.IP_PKTINFO, Level6: unix.IPPROTO_IPV6, Name6: unix.IPV6_PKTINFO}, m.packetInfo(s))
	}
	return c
}

// packetInfo is struct in_pktinfo or in6_pktinfo.
func (m Message) packetInfo(s *socket) []byte {
	index := number32(zoneIndex(s.fd, m.Interface))
	if s.family == Inet {
		ip := netip.MustParseAddr(cmp.Or(m.Source, "0.0.0.0")).As4()
		return append(append(index, ip[:]...), 0, 0, 0, 0)
	}
	ip := netip.MustParseAddr(cmp.Or(m.Source, "::")).As16()
	return append(ip[:], index...)
}
