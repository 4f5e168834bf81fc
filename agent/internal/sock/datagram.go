//go:build linux

package sock

import (
	"sync"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// pooled is the largest datagram that goes through a shared buffer; UDP has no
// larger one.
const pooled = 64 << 10

var packets = sync.Pool{New: func() any { return new([pooled]byte) }}

// datagramStep returns the step of a receive on a datagram socket.
func (s *Socket) datagramStep(q ReceiveRequest) step {
	most := max(q.MaxDatagrams, 1)
	together := q.together
	if together == 0 {
		together = maxReceive
	}
	return func(heldOnly bool) (Received, bool, error) {
		r := &s.recv
		start, err := r.begin(q)
		if err != nil {
			return Received{}, false, err
		}
		got := Received{Outcome: done(), Offset: start, StoppedBy: StoppedByAvailable}
		size := 0
		fits := func(next int) bool {
			return len(got.Datagrams) < most && (len(got.Datagrams) == 0 || size+min(next, q.Max) <= together)
		}
		for i := start - r.acked; i < int64(len(r.msgs)) && fits(len(r.msgs[i].Data)); i++ {
			m := cut(r.msgs[i], q.Max)
			size += len(m.Data)
			got.Datagrams = append(got.Datagrams, m)
		}
		if len(got.Datagrams) > 0 {
			s.settleDatagrams(q, start, len(got.Datagrams))
		}
		full := false
		for (!heldOnly || len(got.Datagrams) > 0) && !full && r.pending == nil && (len(got.Datagrams) == 0 || !q.Peek && fits(s.nextSize())) {
			m, next, err := s.nextDatagram(q)
			if err != nil && len(got.Datagrams) == 0 {
				return Received{}, false, err
			}
			if err != nil || next == nextNone {
				break
			}
			if full = next == nextFull; !full {
				size += len(m.Data)
				got.Datagrams = append(got.Datagrams, m)
			}
		}
		switch {
		case len(got.Datagrams) > 0:
			got.Offset = got.Datagrams[0].Offset
			return got, true, nil
		case full:
			return limited(start), true, nil
		case r.pending != nil:
			return r.report(q, false), true, nil
		}
		return Received{}, false, nil
	}
}

// settleDatagrams does with n held datagrams from start what q says.
func (s *Socket) settleDatagrams(q ReceiveRequest, start int64, n int) {
	switch {
	case q.Peek:
	case q.Manual:
		s.recv.hand(start, start+int64(n))
	default:
		s.recv.drop(s.env, start+int64(n))
	}
}

// next is what nextDatagram found.
type next int

const (
	nextNone next = iota // none is there, or recv.pending now says why
	nextOne
	nextFull // the window has no room for it
)

// nextDatagram reads one from the kernel and holds or counts it.
func (s *Socket) nextDatagram(q ReceiveRequest) (Message, next, error) {
	r := &s.recv
	if q.Manual {
		if r.size+int64(min(q.Max, s.roomFor(0)))+messageCost > int64(s.env.window()) {
			return Message{}, nextFull, nil
		}
		// As much as it can be; settle gives back the rest.
		charge := int64(min(q.Max, s.largest())) + messageCost
		if err := s.env.Budget.Take(charge); err != nil {
			return Message{}, nextNone, err
		}
		r.charged += charge
		defer r.settle(s.env)
	}
	m, errno, err := s.receiveDatagram(q.Max, q.Peek)
	switch {
	case err != nil:
		return Message{}, nextNone, err
	case errno == unix.EAGAIN:
		return Message{}, nextNone, nil
	case errno != 0:
		s.pend(errno)
		return Message{}, nextNone, nil
	}
	m.Offset = r.read
	switch {
	case q.Peek:
	case q.Manual:
		r.add(m)
		r.hand(m.Offset, r.read)
		s.desc.Signal(poller.Readable)
	default:
		r.skip(1)
	}
	return m, nextOne, nil
}

// nextSize is the kernel's next datagram's, or the largest where it does not
// tell; so also if there is none, or an empty one, or one just arriving.
func (s *Socket) nextSize() int {
	if n := s.roomFor(0); n > 0 {
		return n
	}
	return s.largest()
}

// largest is the most that one datagram of this family can hold.
func (s *Socket) largest() int {
	if s.family == Unix {
		return maxReceive
	}
	return pooled
}

// receiveDatagram is recvmsg(2) for one datagram of at most most bytes.
func (s *Socket) receiveDatagram(most int, peek bool) (Message, unix.Errno, error) {
	flags := unix.MSG_DONTWAIT | unix.MSG_CMSG_CLOEXEC | unix.MSG_TRUNC
	if peek {
		flags |= unix.MSG_PEEK
	}
	buf, free, errno, err := s.packetBuffer(most)
	if err != nil || errno != 0 {
		return Message{}, errno, err
	}
	defer free()
	oob := oobs.Get().(*[oobSize]byte)
	defer oobs.Put(oob)
	var m message
	errno, err = s.call(func(fd int) (e unix.Errno) {
		m, e = sysReceive(fd, buf, oob[:], flags, true)
		return e
	})
	if err != nil || errno != 0 {
		return Message{}, errno, err
	}
	got := Message{
		Data:             append([]byte{}, buf[:min(m.n, len(buf))]...),
		Source:           m.from.address(),
		FullLength:       m.n,
		Truncated:        m.flags&unix.MSG_TRUNC != 0,
		ControlTruncated: m.flags&unix.MSG_CTRUNC != 0,
	}
	if got.Source != nil && got.Source.Family == Unix && got.Source.unnamed() {
		got.Source = nil
	}
	if m.oobn > 0 {
		got.Control, got.DroppedDescriptors = s.parseControl(oob[:m.oobn])
		if got.Destination = destination(got.Control); got.Destination != nil {
			if local, err := s.local(); err == nil && local != nil {
				got.Destination.Port = local.Port
			}
		}
		if !peek {
			s.recv.total += int64(got.DroppedDescriptors)
		}
	}
	return got, 0, nil
}

// packetBuffer returns a buffer of most bytes, or less if the next datagram is
// known to fit. Above what UDP can carry it asks the kernel first, so that no
// large buffer is made for nothing.
func (s *Socket) packetBuffer(most int) (buf []byte, free func(), errno unix.Errno, err error) {
	if min(most, s.largest()) <= pooled {
		p := packets.Get().(*[pooled]byte)
		return p[:min(most, pooled)], func() { packets.Put(p) }, 0, nil
	}
	var m message
	errno, err = s.call(func(fd int) (e unix.Errno) {
		m, e = sysReceive(fd, nil, nil, unix.MSG_DONTWAIT|unix.MSG_PEEK|unix.MSG_TRUNC|unix.MSG_CMSG_CLOEXEC, false)
		return e
	})
	return make([]byte, min(most, m.n)), func() {}, errno, err
}

// cut shortens a held datagram to what this receive has room for.
func cut(m Message, most int) Message {
	if len(m.Data) > most {
		m.Data, m.Truncated = m.Data[:most], true
	}
	return m
}
