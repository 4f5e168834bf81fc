//go:build linux

package posix

import (
	"cmp"
	"net/netip"
	"runtime"
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

func (d *Direct) send(s *socket, op Op) Result {
	data := op.payload()
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
	chunk := Op{Data: "f", Times: FillChunk}
	for {
		r := d.send(s, chunk)
		if r.Errno == "" {
			continue
		}
		if r.Errno != "EAGAIN" {
			return r
		}
		if err := Settle(); err != nil {
			panic(err)
		}
		if again := d.send(s, Op{Data: "f"}); again.Errno != "" {
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

func (d *Direct) sendMany(s *socket, op Op) Result {
	var all []batch
	var alive []*header
	for _, m := range op.Messages {
		h := newHeader([]byte(m.Data), nil, d.address(s, m.To), packControl(m.controlFor(s)))
		alive = append(alive, h)
		all = append(all, batch{header: h.Msghdr})
	}
	n, _, e := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&all[0])), uintptr(len(all)),
		uintptr(flagsOf(op.Flags, sendFlags)|unix.MSG_NOSIGNAL), 0, 0)
	runtime.KeepAlive(alive)
	if e != 0 {
		return errno(e)
	}
	return Result{N: int(n)}
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
