//go:build linux

package sock

import (
	"context"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// SendRequest is what Send does.
type SendRequest struct {
	// Data is not kept after Send returned.
	Data []byte
	// To is the destination of a datagram, or with FastOpen of the connection;
	// nil for the connected peer.
	To *Address
	// More is MSG_MORE, OutOfBand MSG_OOB, DontRoute MSG_DONTROUTE, EndOfRecord
	// MSG_EOR; Confirm is MSG_CONFIRM, not for streams.
	More, OutOfBand, DontRoute, Confirm, EndOfRecord bool
	// FastOpen is MSG_FASTOPEN: it connects a TCP socket to To.
	FastOpen bool
	// DontWait is as For(0), and never queues behind another sender.
	DontWait bool
	// Control and Buffers are as in Outgoing. On a stream socket the control
	// messages go with the first bytes.
	Control []Control
	Buffers []int
	// Holder says who sends and Offset where in all that was sent Data (the
	// Batch) begins; what the same holder sent before from there on is skipped.
	// Either both or none.
	Holder string
	Offset *int64
	// Batch holds messages to send one after the other, at most 64, instead of
	// Data, To, Control and Buffers. Not for stream sockets.
	Batch []Outgoing

	attached bool // by an Attachment
}

// Sent is what Send did.
type Sent struct {
	Outcome Outcome
	// Applied is how many bytes of this Send the kernel took.
	Applied int64
	// Messages is how many of a Batch the kernel took. The outcome speaks of
	// the one after them.
	Messages int
	// Skipped is how many bytes (messages) were sent before and not again.
	Skipped int64
	// Offset counts the bytes (messages) that the kernel took since the socket
	// was made.
	Offset int64
}

// Send is send(2), sendto(2) with a destination, sendmsg(2) with control
// messages or several buffers, sendmmsg(2) with a batch. On a stream socket it
// goes on until the kernel took all, the wait ended, or an error; Sent.Applied
// counts also then. Otherwise it sends exactly one message, which may be empty,
// or the batch's in their order until one is refused. Sends are served in their
// order, so that their bytes never mix; a repeat of one that still runs comes
// after it, and skips.
// Errors: ErrClosed, ErrAttached, Authorize's, *RangeError, *HolderError,
// *ArgumentError; a Send that ErrClosed ended may have sent some.
func (s *Socket) Send(ctx context.Context, r SendRequest, w Wait) (Sent, error) {
	if err := s.checkSend(&r); err != nil {
		return Sent{}, err
	}
	if err := s.enter(); err != nil {
		return Sent{}, err
	}
	defer s.leave()
	if r.DontWait {
		w = For(0)
	}
	c := w.begin(ctx, durationOf(&s.sendTimeout, w))
	defer c.end()
	return s.transmit(c, &r)
}

// maxBatch bounds the messages of one Send.
const maxBatch = 64

func (r *SendRequest) outgoing() Outgoing {
	return Outgoing{Data: r.Data, To: r.To, Control: r.Control, Buffers: r.Buffers}
}

func (s *Socket) checkSend(r *SendRequest) error {
	tcp := s.isTCP()
	switch {
	case r.FastOpen && (!tcp || r.To == nil):
		return &ArgumentError{Field: "fast_open", Reason: "needs a TCP socket and a destination"}
	case r.To != nil && s.typ == Stream && !r.FastOpen:
		return &ArgumentError{Field: "to", Reason: "must be unset on a stream socket"}
	case r.Confirm && s.typ == Stream:
		return &ArgumentError{Field: "confirm", Reason: "must be unset on a stream socket"}
	case r.OutOfBand && s.isMPTCP():
		return errNotUrgent
	case r.Holder == "" && r.Offset != nil:
		return &ArgumentError{Field: "offset", Reason: "needs holder"}
	case r.Holder != "" && r.Offset == nil:
		return &ArgumentError{Field: "holder", Reason: "needs offset"}
	case r.Batch == nil:
		return s.CheckOutgoing(r.outgoing(), "")
	case s.typ == Stream:
		return &ArgumentError{Field: "datagrams", Reason: "must be empty on a stream socket"}
	case r.Data != nil || r.To != nil || r.Control != nil || r.Buffers != nil:
		return &ArgumentError{Field: "datagrams", Reason: "excludes a message beside it"}
	case len(r.Batch) > maxBatch:
		return &RangeError{Field: "datagrams", Got: int64(len(r.Batch)), Min: 1, Max: maxBatch}
	}
	for i, o := range r.Batch {
		if err := s.CheckOutgoing(o, "datagrams["+strconv.Itoa(i)+"]."); err != nil {
			return err
		}
	}
	return nil
}

func (r *SendRequest) flags() int {
	flags := unix.MSG_NOSIGNAL | unix.MSG_DONTWAIT
	for _, f := range []struct {
		set  bool
		flag int
	}{
		{r.More, unix.MSG_MORE}, {r.OutOfBand, unix.MSG_OOB}, {r.DontRoute, unix.MSG_DONTROUTE},
		{r.Confirm, unix.MSG_CONFIRM}, {r.EndOfRecord, unix.MSG_EOR},
	} {
		if f.set {
			flags |= f.flag
		}
	}
	return flags
}

// transmit waits for the Send's turn and does it.
func (s *Socket) transmit(c *clock, r *SendRequest) (Sent, error) {
	if r.Batch != nil {
		return s.transmitBatch(c, r)
	}
	return s.transmitOne(c, r, r.outgoing())
}

func (s *Socket) transmitOne(c *clock, r *SendRequest, o Outgoing) (Sent, error) {
	op := OpSend
	if r.FastOpen {
		op = OpConnect
	}
	p, out, err := s.pack(c, o, op)
	if err != nil || !out.OK() {
		return Sent{Outcome: out, Offset: s.send.count(0)}, err
	}
	p.attached = r.attached
	if over, err := s.takeTurn(c, p.syscall()); over != nil || err != nil {
		return Sent{Outcome: outcomeOr(over), Offset: s.send.count(0)}, err
	}
	defer s.send.turn.pass()
	skip, err := s.send.begin(r.Holder, r.Offset, s.units(&p))
	if err != nil {
		return Sent{}, err
	}
	var sent Sent
	switch {
	case skip > 0 && skip == s.units(&p):
		sent.Outcome = done()
	case skip > 0: // of a stream, which is then connected
		p.to = nil
		sent, err = s.push(c, &p, r.flags(), skip)
		sent.Applied -= skip
	case r.FastOpen:
		sent, err = s.pushFast(c, &p, r.flags())
	default:
		sent, err = s.push(c, &p, r.flags(), 0)
	}
	sent.Skipped, sent.Offset = skip, s.send.count(0)
	if !sent.Outcome.OK() {
		sent.Outcome.Peer = p.peer
	}
	return sent, err
}

// takeTurn waits for the right to send; over says that the wait ended first.
func (s *Socket) takeTurn(c *clock, syscall string) (over *Outcome, err error) {
	err = s.send.turn.take(c, s.closed)
	if err == errElapsed {
		out := c.over(syscall)
		return &out, nil
	}
	return nil, err
}

func outcomeOr(o *Outcome) Outcome {
	if o == nil {
		return Outcome{}
	}
	return *o
}

// push does the work of the Send whose turn it is, from applied bytes on.
func (s *Socket) push(c *clock, p *parcel, flags int, applied int64) (Sent, error) {
	sent, slept := Sent{Applied: applied}, false
	for {
		if c.ctx.Err() != nil {
			sent.Outcome = c.over(p.syscall())
			return sent, nil
		}
		mark := s.desc.Mark()
		n, errno, err := s.sendOnce(c, p, int(sent.Applied), flags)
		if err != nil {
			return sent, err
		}
		if errno == 0 {
			c.progressed()
			sent.Applied += int64(n)
			s.took(n)
			if s.typ != Stream || sent.Applied == int64(len(p.data)) {
				sent.Outcome = done()
				return sent, nil
			}
			continue
		}
		if slept && errno == unix.EPIPE && s.family == Unix && s.typ == Stream {
			if errno, err = s.wokenBy(p, sent.Applied > 0); err != nil {
				return sent, err
			}
		}
		if errno != unix.EAGAIN {
			sent.Outcome = answered(p.syscall(), errno)
			return sent, nil
		}
		slept = true
		out, err := s.awaitRoom(c, p.syscall(), mark)
		if out != nil || err != nil {
			sent.Outcome = outcomeOr(out)
			return sent, err
		}
	}
}

// sendOnce is send(2) of p from its byte number from on. A blocking one whose
// connection was dissolved since it began gets what is pending (ECONNRESET, which
// is told once), else EPIPE, as the kernel's own that sleeps then; on a new
// connection it sends nothing.
func (s *Socket) sendOnce(c *clock, p *parcel, from, flags int) (n int, errno unix.Errno, err error) {
	errno, err = s.callSteady(func(fd int) (e unix.Errno) {
		if c.blocks() && s.disconnects.Load() != p.life {
			return pendingOr(fd, unix.EPIPE)
		}
		n, e = p.send(fd, from, flags)
		s.noteTold(e, p.attached)
		return e
	})
	return n, errno, err
}

// wokenBy is what a send on a unix stream answers that slept until its peer was
// gone: the pending error, which is then told. One that had sent some tells only
// that, and the next call EPIPE.
func (s *Socket) wokenBy(p *parcel, some bool) (unix.Errno, error) {
	return s.callSteady(func(fd int) unix.Errno {
		e := pendingOr(fd, unix.EPIPE)
		s.noteTold(e, p.attached)
		if !some {
			return e
		}
		return unix.EPIPE
	})
}

// peerLook is how often a send that finds no room looks whether the unix peer has
// shut down its receiving: the kernel wakes a sender of its own then, and tells
// epoll nothing. One that has waited for long looks less often, down to once in
// peerLookMost.
const (
	peerLook     = 20 * time.Millisecond
	peerLookMost = 250 * time.Millisecond
)

// awaitRoom waits until a send(2) that found none is worth another try. The
// outcome is set if it is not.
func (s *Socket) awaitRoom(c *clock, syscall string, mark uint64) (*Outcome, error) {
	in := poller.Interest{Events: poller.Writable, Mark: mark}
	var err error
	if s.family == Unix && s.typ != Datagram && c.blocks() {
		err = c.awaitWithin(s.desc, in, min(max(peerLook, time.Since(c.start)/8), peerLookMost))
	} else {
		err = c.await(s.desc, in)
	}
	if err == errElapsed {
		out := c.over(syscall)
		return &out, nil
	}
	return nil, err
}

// took counts one successful send(2).
func (s *Socket) took(n int) {
	if s.typ == Stream {
		s.hadPeer.Store(true)
		s.send.count(int64(n))
		return
	}
	s.send.count(1)
}

// units is how much one parcel adds to the offset once it is sent.
func (s *Socket) units(p *parcel) int64 {
	if s.typ == Stream {
		return int64(len(p.data))
	}
	return 1
}
