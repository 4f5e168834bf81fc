package farsock

import (
	"syscall"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// inFlight bounds in bytes what the agent was sent and the kernel has not taken,
// a datagram being charged 512 more. Below that the agent reads on, and finds our
// acknowledgements behind it.
const inFlight = 256 << 10

// outbox is what an attachment sends, in order: parcels wait at its end until
// they are handed to gRPC, and stay until the kernel has taken them. Offsets
// count from the attachment's beginning, which lies at base of the agent's.
type outbox struct {
	parcels []*parcel // not settled yet
	ending  *parcel   // the end of sending, the last of all parcels; nil before CloseWrite
	claimed int       // so many of them are made into messages of the present Stream
	flying  int       // what those cost
	base    int64
	posted  int64 // the end of parcels
	sent    int64 // up to here a Stream was ever given it
	applied int64 // up to here the kernel is known to have taken it
	refused int64 // so many datagrams before that it did not
}

// parcel is one piece to send: bytes, a datagram, or the end of sending.
type parcel struct {
	data       []byte              // bytes of a stream; not to be changed
	datagram   *farsockv1.Datagram // or a datagram
	closeWrite bool                // or the end

	slot   <-chan struct{} // where it holds a token until it is settled; nil for the end
	offset int64           // where it starts
	done   chan struct{}   // closed when it is applied or never will be
	n      int             // before done is closed: bytes (datagrams) taken
	err    error           // before done is closed: why not all
}

func (p *parcel) size() int64 {
	switch {
	case p.closeWrite:
		return 0
	case p.datagram != nil:
		return 1
	}
	return int64(len(p.data))
}

func (p *parcel) cost() int {
	if p.datagram != nil {
		return len(p.datagram.GetData()) + datagramCharge
	}
	return len(p.data)
}

func (p *parcel) settle(n int, err error) {
	p.n, p.err = n, err
	close(p.done)
	if p.slot != nil {
		<-p.slot
	}
}

// post puts a parcel at the end; the caller has put a token into slots for it. If
// sending is over, or its end is posted, it gives the token back and says why.
func (a *attachment) post(p *parcel) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.isEnded(); err != nil {
		<-a.slots
		return err
	}
	p.done, p.slot = make(chan struct{}), a.slots
	a.enqueue(p)
	return nil
}

// ended says why nothing more can be sent; nil while something can.
func (a *attachment) ended() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.isEnded()
}

// isEnded needs mu.
func (a *attachment) isEnded() error {
	if a.sendErr == nil && a.outbox.ending != nil {
		return syscall.EPIPE
	}
	return a.sendErr
}

// postEnd puts the end of sending behind what was posted, unless it is there, and
// returns its parcel.
func (a *attachment) postEnd() *parcel {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p := a.outbox.ending; p != nil {
		return p
	}
	p := &parcel{closeWrite: true, done: make(chan struct{})}
	a.outbox.ending = p
	switch {
	case a.shut:
		p.settle(0, nil)
	case a.sendErr != nil:
		p.settle(0, a.sendErr)
	default:
		a.enqueue(p)
	}
	return p
}

// enqueue needs mu.
func (a *attachment) enqueue(p *parcel) {
	p.offset = a.outbox.posted
	a.outbox.posted += p.size()
	a.outbox.parcels = append(a.outbox.parcels, p)
	poke(a.work)
}

// next makes a message of the first parcels that the present Stream was not
// given: one of bytes, or as many datagrams as one message takes. It is nil when
// there are none, or too much is on its way.
func (o *outbox) next() *farsockv1.StreamRequest {
	if !o.fits() {
		return nil
	}
	p := o.claim()
	switch {
	case p.closeWrite:
		return &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_CloseWrite{
			CloseWrite: &farsockv1.CloseWrite{Offset: o.base + p.offset}}}
	case p.datagram == nil:
		known := max(o.applied-p.offset, 0) // an earlier Stream got so far
		return &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Data{
			Data: &farsockv1.StreamSend{Offset: o.base + p.offset + known, Data: p.data[known:]}}}
	}
	m := &farsockv1.StreamSend{Offset: o.base + p.offset, Datagrams: []*farsockv1.Datagram{p.datagram}}
	for o.fits() && o.parcels[o.claimed].datagram != nil && len(m.Datagrams) < wire.MaxDatagrams {
		m.Datagrams = append(m.Datagrams, o.claim().datagram)
	}
	return &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Data{Data: m}}
}

// fits says whether there is another parcel that may go now.
func (o *outbox) fits() bool {
	return o.claimed < len(o.parcels) && (o.flying == 0 || o.flying+o.parcels[o.claimed].cost() < inFlight)
}

func (o *outbox) claim() *parcel {
	p := o.parcels[o.claimed]
	o.claimed++
	o.flying += p.cost()
	o.sent = max(o.sent, p.offset+p.size())
	return p
}

// pop takes the first parcel off.
func (o *outbox) pop() *parcel {
	p := o.parcels[0]
	o.parcels[0] = nil
	o.parcels = o.parcels[1:]
	if o.claimed > 0 {
		o.claimed--
		o.flying -= p.cost()
	}
	return p
}

// restart begins another Stream, at which the kernel has taken everything up to
// an offset of the agent's. Bytes go on from there. Datagrams before it are sent
// again, for the agent to drop and to tell which of them were refused.
func (a *attachment) restart(m *farsockv1.Attached, first bool) error {
	o := &a.outbox
	if first {
		o.base = m.GetSendApplied()
	}
	if at := m.GetSendApplied() - o.base; at < o.applied || at > o.sent {
		return errProtocol
	}
	o.claimed, o.flying = 0, 0
	if len(o.parcels) > 0 && o.parcels[0].datagram != nil || a.sendErr != nil {
		return nil
	}
	return a.applied(&farsockv1.Applied{Offset: m.GetSendApplied(), Outcome: m.GetSendOutcome()})
}

// applied settles what the kernel took, and all the rest if sending is over. It
// needs mu.
func (a *attachment) applied(m *farsockv1.Applied) error {
	o := &a.outbox
	at := m.GetOffset() - o.base
	if at > o.sent {
		return errProtocol
	}
	o.applied = max(o.applied, at)
	refused := make(map[int64]error, len(m.GetRefused()))
	for _, r := range m.GetRefused() {
		refused[r.GetOffset()-o.base] = OutcomeErr("write", r.GetOutcome())
	}
	for len(o.parcels) > 0 {
		p := o.parcels[0]
		if p.offset+p.size() > at || p.closeWrite && m.GetOutcome() == nil {
			break
		}
		o.pop()
		if p.closeWrite {
			p.settle(0, OutcomeErr("close", m.GetOutcome()))
			continue
		}
		err := refused[p.offset]
		if err != nil {
			o.refused++
		}
		p.settle(int(p.size()), err)
	}
	if o.claimed < len(o.parcels) {
		poke(a.work) // there was no room for it
	}
	if m.GetOutcome() == nil {
		return nil
	}
	err := OutcomeErr("write", m.GetOutcome())
	if err == nil {
		a.shut = true
		err = syscall.EPIPE
	}
	a.stopSending(err)
	return nil
}

// stopSending settles everything that was not applied. It needs mu; the first
// reason stays.
func (a *attachment) stopSending(err error) {
	if a.sendErr != nil {
		return
	}
	a.sendErr = err
	o := &a.outbox
	for _, p := range o.parcels {
		taken := int64(0)
		if p.datagram == nil {
			taken = max(o.applied-p.offset, 0) // the first may be in part
		}
		p.settle(int(min(taken, p.size())), err)
	}
	o.parcels, o.claimed, o.flying = nil, 0, 0
	poke(a.work)
}
