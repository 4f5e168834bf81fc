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

// messageStep returns the step of a receive on a socket of messages.
func (s *Socket) messageStep(q ReceiveRequest) step {
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
		if q.attached && q.Manual && s.typ == Datagram && r.pending != nil {
			r.holdError(s.env)
		}
		if got, ok := s.heldError(q, start); ok {
			return got, true, nil
		}
		got := Received{Outcome: done(), Offset: start, StoppedBy: StoppedByAvailable}
		size := 0
		fits := func(next int) bool {
			return len(got.Datagrams) < most && (len(got.Datagrams) == 0 || size+min(next, q.Max) <= together)
		}
		for i := start - r.acked; i < int64(len(r.msgs)) && fits(len(r.msgs[i].Data)) && (q.attached || r.msgs[i].failed == nil); i++ {
			m := cut(r.msgs[i], q.Max)
			size += len(m.Data)
			got.Datagrams = append(got.Datagrams, m)
		}
		if len(got.Datagrams) > 0 {
			s.settleMessages(q, start, len(got.Datagrams))
		}
		full := false
		more := start+int64(len(got.Datagrams)) == r.read // nothing held is left
		for more && (!heldOnly || len(got.Datagrams) > 0) && !full && r.pending == nil && (len(got.Datagrams) == 0 || !q.Peek && fits(s.nextSize())) {
			m, next, err := s.nextMessage(q)
			if err != nil && len(got.Datagrams) == 0 {
				return Received{}, false, err
			}
			if next == nextEnd && len(got.Datagrams) == 0 {
				if s.pendOwed() {
					return r.report(q, true), true, nil
				}
				r.finish(s.howEnded())
				got.End, got.StoppedBy = true, StoppedByEnd
				return got, true, nil
			}
			if err != nil || next == nextNone || next == nextEnd {
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
			return r.report(q, s.typ == Seqpacket && s.over(r.pending)), true, nil
		}
		return Received{}, false, nil
	}
}

// settleMessages does with n held messages from start what q says.
func (s *Socket) settleMessages(q ReceiveRequest, start int64, n int) {
	switch {
	case q.Peek:
	case q.Manual:
		s.recv.hand(start, start+int64(n))
	default:
		s.recv.drop(s.env, start+int64(n))
	}
}

// next is what nextMessage found.
type next int

const (
	nextNone next = iota // none is there, or recv.pending now says why
	nextOne
	nextFull // the window has no room for it
	nextEnd  // the connection of a seqpacket socket is over
)

// nextMessage reads one from the kernel and holds or counts it.
func (s *Socket) nextMessage(q ReceiveRequest) (Message, next, error) {
	r := &s.recv
	if q.Manual {
		next, errno, err := s.nextCost(q)
		if err != nil {
			return Message{}, nextNone, err
		}
		if errno == unix.EAGAIN {
			return Message{}, nextNone, nil
		}
		if errno != 0 {
			s.pend(errno)
			return Message{}, nextNone, nil
		}
		if r.size+next > int64(s.windowOf(q)) && !(q.attached && r.size == 0) { // one always fits
			return Message{}, nextFull, nil
		}
		// As much as it can be; settle gives back the rest.
		charge := int64(min(q.Max, s.largest())+q.controlRoom()) + messageCost
		if err := s.env.Budget.Take(charge); err != nil {
			if !q.attached || r.size+next > alwaysHeld {
				return Message{}, nextNone, err
			}
			s.env.Budget.Force(charge)
		}
		r.charged += charge
		defer r.settle(s.env)
	}
	m, errno, err := s.receiveMessage(q, 0)
	switch {
	case err != nil:
		return Message{}, nextNone, err
	case errno == errEnd:
		return Message{}, nextEnd, nil
	case errno == unix.EAGAIN:
		return Message{}, nextNone, nil
	case errno != 0 && q.attached && q.Manual && s.typ == Datagram:
		out := answered("recvmsg", errno)
		m = Message{failed: &out}
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

// nextCost is what the kernel's next message will be charged, without its control
// messages. It is EAGAIN if there is none: what comes after this look may be more
// than there is room for. Another errno is an error that is told once.
func (s *Socket) nextCost(q ReceiveRequest) (int64, unix.Errno, error) {
	n := s.roomFor(0)
	if n == 0 { // none, an empty one, or an error or end
		worth := false
		_ = s.desc.Do(func(fd int) error { worth = pollNow(fd, unix.POLLIN|unix.POLLRDHUP) != 0; return nil })
		if !worth {
			return 0, unix.EAGAIN, nil
		}
		n = s.roomFor(0)
	}
	if s.typ == Seqpacket && s.recv.size+int64(n)+messageCost > alwaysHeld {
		// That is of all packets, and there may be no room for them all.
		var errno unix.Errno
		var err error
		if n, errno, err = s.nextPacketSize(); err != nil || errno != 0 {
			return 0, errno, err
		}
	}
	return int64(min(q.Max, n)) + messageCost, 0, nil
}

// holdError makes an item of an error that a unary receive met behind its data.
// The caller holds mu.
func (r *receiving) holdError(env *Env) {
	env.Budget.Force(messageCost)
	r.charged += messageCost
	r.add(Message{failed: r.pending})
	r.pending, r.shown = nil, false
}

// heldError is for what an error that an Attachment left behind is to a unary
// receive: told once, as by recv(2). The caller holds recv.mu.
func (s *Socket) heldError(q ReceiveRequest, start int64) (Received, bool) {
	r := &s.recv
	at := start - r.acked
	if q.attached || at >= int64(len(r.msgs)) || r.msgs[at].failed == nil {
		return Received{}, false
	}
	got := Received{Outcome: *r.msgs[at].failed, Offset: start}
	if at == 0 {
		r.drop(s.env, start+1)
	}
	return got, true
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

// receiveMessage is recvmsg(2) for one message of at most q.Max bytes.
func (s *Socket) receiveMessage(q ReceiveRequest, flags int) (Message, unix.Errno, error) {
	flags |= unix.MSG_DONTWAIT | unix.MSG_CMSG_CLOEXEC | unix.MSG_TRUNC
	if q.Peek {
		flags |= unix.MSG_PEEK
	}
	if q.OutOfBand {
		flags |= unix.MSG_OOB
	}
	buf, free, errno, err := s.packetBuffer(q.Max, flags)
	if err != nil || errno != 0 {
		return Message{}, errno, err
	}
	defer free()
	oob := oobs.Get().(*[maxControlBytes]byte)
	defer oobs.Put(oob)
	m, errno, err := s.receiveRaw(buf, q.Buffers, s.controlRoom(oob[:], q), flags)
	if err != nil || errno != 0 {
		return Message{}, errno, err
	}
	got := Message{
		Data:             append([]byte{}, buf[:min(m.n, len(buf))]...),
		Source:           s.address(m.from),
		FullLength:       m.n,
		Truncated:        m.flags&unix.MSG_TRUNC != 0,
		ControlTruncated: m.flags&unix.MSG_CTRUNC != 0,
		EndOfRecord:      m.flags&unix.MSG_EOR != 0,
	}
	if got.Source != nil && got.Source.Family == Unix && got.Source.unnamed() {
		got.Source = nil
	}
	if flags&unix.MSG_ERRQUEUE != 0 {
		got.FullLength = 0 // m.n is what was returned
	}
	if m.oobn > 0 {
		got.Control, got.DroppedDescriptors = s.parseControl(oob[:m.oobn])
		s.readWords(&got)
		if !q.Peek && flags&unix.MSG_ERRQUEUE == 0 {
			s.recv.total += int64(got.DroppedDescriptors)
		}
	}
	return got, 0, nil
}

// receiveRaw is recvmsg(2); errEnd stands for the end of a seqpacket
// connection.
func (s *Socket) receiveRaw(buf []byte, sizes []int, oob []byte, flags int) (m message, errno unix.Errno, err error) {
	if s.typ == Seqpacket {
		return s.receivePacket(buf, sizes, oob, flags)
	}
	errno, err = s.call(func(fd int) (e unix.Errno) {
		m, e = sysReceive(fd, buf, sizes, oob, flags, true)
		return e
	})
	return m, errno, err
}

// packetBuffer returns a buffer of most bytes, or less if the next datagram is
// known to fit. Above what UDP can carry it asks the kernel first, so that no
// large buffer is made for nothing. It peeks at nothing: SO_PEEK_OFF counts the
// user's own looks. The caller holds recv.mu, so that the next datagram stays so.
func (s *Socket) packetBuffer(most, flags int) (buf []byte, free func(), errno unix.Errno, err error) {
	if min(most, s.largest()) > pooled && flags&unix.MSG_OOB == 0 {
		n := most
		errno, err = s.call(func(fd int) (e unix.Errno) {
			n, e = nextPacket(fd, most, flags)
			return e
		})
		if err != nil || errno != 0 || n > pooled {
			return make([]byte, n), func() {}, errno, err
		}
		most = n
	}
	p := packets.Get().(*[pooled]byte)
	return p[:min(most, pooled)], func() { packets.Put(p) }, 0, nil
}

// nextPacket is how large a buffer recvmsg(2) needs on a unix socket, at most
// most; EAGAIN if it would find nothing.
func nextPacket(fd, most, flags int) (int, unix.Errno) {
	switch now := pollNow(fd, unix.POLLIN); {
	case now == 0 && queued(fd, unix.SIOCINQ) < 0:
		return most, 0 // a listener
	case now == 0:
		return 0, unix.EAGAIN
	case now != unix.POLLIN && now != unix.POLLIN|unix.POLLHUP:
		return most, 0 // an error, which packets may follow
	}
	if flags&unix.MSG_PEEK != 0 {
		if at, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEEK_OFF); err != nil || at >= 0 {
			return most, 0 // another one than the next
		}
	}
	// Of a seqpacket socket it is all packets together.
	n := queued(fd, unix.SIOCINQ)
	if n < 0 {
		n = most
	}
	return min(n, most), 0
}
