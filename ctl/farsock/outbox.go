package farsock

import (
	"context"
	"syscall"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// batchBytes bounds the datagrams of one message, in bytes.
const batchBytes = 256 << 10

// outbox is what an attachment sends, in order: parcels wait at its end until
// they are handed to gRPC, and stay until the kernel has taken them.
//
// The agent's reports come behind the data that it sends us. While the reader
// is so far behind that we take nothing more, they cannot come, and a program
// that writes before it reads on would wait for ever. So in that time a parcel
// counts as written once gRPC has taken it, which the agent's window bounds;
// what the kernel says of it is told later, and closing waits for it.
type outbox struct {
	parcels []*parcel // not settled yet
	claimed int       // so many of them are made into messages
	handed  int       // so many of those gRPC has taken
	end     int64     // the offset behind the last that was claimed

	blind      bool  // no reports can come
	trusted    int64 // up to here parcels were settled without a report
	trustedEnd bool  // and so was the end of sending
	reported   int64 // up to here there are reports
	late       error // what a report said of a datagram that was settled before
}

// parcel is one piece to send: bytes, a datagram, or the end of sending.
type parcel struct {
	data       []byte              // bytes of a stream; not to be changed
	datagram   *farsockv1.Datagram // or a datagram
	closeWrite bool                // or the end

	slot   <-chan struct{} // where it holds a token until it is settled
	offset int64           // where it starts; known once sent
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

func (p *parcel) settle(n int, err error) {
	p.n, p.err = n, err
	close(p.done)
	<-p.slot
}

// post puts a parcel at the end; the caller has put a token into slots for it.
// If sending is over the parcel is settled at once.
func (a *attachment) post(p *parcel) {
	p.done, p.slot = make(chan struct{}), a.slots
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sendErr != nil {
		p.settle(0, a.sendErr)
		return
	}
	a.outbox.parcels = append(a.outbox.parcels, p)
	poke(a.work)
}

// send is the sending goroutine: the only one that calls the RPC's Send.
func (a *attachment) send(ctx context.Context, rpc farsockv1.SocketService_StreamClient) {
	for {
		m := a.next()
		if m == nil {
			select {
			case <-ctx.Done():
				return
			case <-a.work:
				continue
			}
		}
		// An error shows in Recv, with its reason.
		if rpc.Send(m) != nil {
			return
		}
		a.handed()
		if m.GetCloseWrite() != nil {
			_ = rpc.CloseSend()
			return
		}
	}
}

// next makes a message of the first unsent parcels: one of bytes, or as many
// datagrams as one message takes. It is nil when there are none.
func (a *attachment) next() *farsockv1.StreamRequest {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := &a.outbox
	if o.claimed == len(o.parcels) {
		return nil
	}
	p := o.claim()
	switch {
	case p.closeWrite:
		return &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_CloseWrite{
			CloseWrite: &farsockv1.CloseWrite{Offset: p.offset}}}
	case p.datagram == nil:
		return &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Data{
			Data: &farsockv1.StreamSend{Offset: p.offset, Data: p.data}}}
	}
	m := &farsockv1.StreamSend{Offset: p.offset, Datagrams: []*farsockv1.Datagram{p.datagram}}
	bytes := len(p.datagram.GetData())
	for o.claimed < len(o.parcels) && len(m.Datagrams) < wire.MaxDatagrams {
		following := o.parcels[o.claimed]
		bytes += len(following.datagram.GetData())
		if following.datagram == nil || bytes > batchBytes {
			break
		}
		m.Datagrams = append(m.Datagrams, o.claim().datagram)
	}
	return &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Data{Data: m}}
}

// claim takes the first unsent parcel and gives it its place.
func (o *outbox) claim() *parcel {
	p := o.parcels[o.claimed]
	o.claimed++
	p.offset = o.end
	o.end += p.size()
	return p
}

// handed notes that gRPC has taken all that was claimed.
func (a *attachment) handed() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.outbox.handed = a.outbox.claimed
	a.outbox.trust()
}

// setBlind says whether reports can come.
func (a *attachment) setBlind(blind bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.outbox.blind = blind
	a.outbox.trust()
}

// trust settles what gRPC has taken if no report can come.
func (o *outbox) trust() {
	for o.blind && o.handed > 0 {
		p := o.pop()
		o.trusted = p.offset + p.size()
		o.trustedEnd = p.closeWrite
		p.settle(int(p.size()), nil)
	}
}

// pop takes the first parcel off, which was claimed.
func (o *outbox) pop() *parcel {
	p := o.parcels[0]
	o.parcels[0] = nil
	o.parcels = o.parcels[1:]
	o.claimed--
	o.handed = max(o.handed-1, 0)
	return p
}

// owed says whether a report on what counts as written is still to come.
func (a *attachment) owed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := &a.outbox
	return a.sendErr == nil && (o.reported < o.trusted || o.trustedEnd)
}

// takeLate returns, once, what the kernel said of an earlier datagram, as
// send(2) does.
func (a *attachment) takeLate() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.outbox.late
	a.outbox.late = nil
	return err
}

// applied settles what the kernel took, and all the rest if sending is over.
func (a *attachment) applied(m *farsockv1.Applied) {
	defer poke(a.progress)
	a.mu.Lock()
	defer a.mu.Unlock()
	o := &a.outbox
	o.reported = m.GetOffset()
	refused := make(map[int64]error, len(m.GetRefused()))
	for _, r := range m.GetRefused() {
		err := OutcomeErr("write", r.GetOutcome())
		refused[r.GetOffset()] = err
		if r.GetOffset() < o.trusted && o.late == nil {
			o.late = err
		}
	}
	for o.claimed > 0 {
		p := o.parcels[0]
		if p.offset+p.size() > m.GetOffset() || p.closeWrite && m.GetOutcome() == nil {
			break
		}
		o.pop()
		if p.closeWrite {
			p.settle(0, OutcomeErr("close", m.GetOutcome()))
		} else {
			p.settle(int(p.size()), refused[p.offset])
		}
	}
	if m.GetOutcome() == nil {
		return
	}
	err := OutcomeErr("write", m.GetOutcome())
	if err == nil {
		err = syscall.EPIPE
	} else if o.claimed > 0 {
		// The first that is not whole may be in part.
		if p := o.parcels[0]; p.datagram == nil && !p.closeWrite {
			o.pop()
			p.settle(int(max(m.GetOffset()-p.offset, 0)), err)
		}
	}
	a.stopSending(err)
}

// stopSending settles everything that was not applied. It needs mu; the first
// reason stays.
func (a *attachment) stopSending(err error) {
	if a.sendErr != nil {
		return
	}
	a.sendErr = err
	close(a.over)
	for _, p := range a.outbox.parcels {
		p.settle(0, err)
	}
	a.outbox.parcels, a.outbox.claimed, a.outbox.handed = nil, 0, 0
}
