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
// they are sent, and stay until the kernel has taken them.
type outbox struct {
	parcels []*parcel // not applied yet
	sent    int       // so many of them are handed to gRPC
	end     int64     // the offset behind the last that was sent
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
	if o.sent == len(o.parcels) {
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
	for o.sent < len(o.parcels) && len(m.Datagrams) < wire.MaxDatagrams {
		following := o.parcels[o.sent]
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
	p := o.parcels[o.sent]
	o.sent++
	p.offset = o.end
	o.end += p.size()
	return p
}

// applied settles what the kernel took, and all the rest if sending is over.
func (a *attachment) applied(m *farsockv1.Applied) {
	refused := make(map[int64]error, len(m.GetRefused()))
	for _, r := range m.GetRefused() {
		refused[r.GetOffset()] = OutcomeErr("write", r.GetOutcome())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	o := &a.outbox
	for o.sent > 0 {
		p := o.parcels[0]
		if p.offset+p.size() > m.GetOffset() || p.closeWrite && m.GetOutcome() == nil {
			break
		}
		if !p.closeWrite {
			p.settle(int(p.size()), refused[p.offset])
		} else {
			p.settle(0, OutcomeErr("close", m.GetOutcome()))
		}
		o.parcels[0] = nil
		o.parcels = o.parcels[1:]
		o.sent--
	}
	if m.GetOutcome() == nil {
		return
	}
	err := OutcomeErr("write", m.GetOutcome())
	if err == nil {
		err = syscall.EPIPE
	} else if o.sent > 0 {
		// The first that is not whole may be in part.
		if p := o.parcels[0]; p.datagram == nil && !p.closeWrite {
			p.settle(int(max(m.GetOffset()-p.offset, 0)), err)
			o.parcels = o.parcels[1:]
			o.sent--
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
	a.outbox.parcels, a.outbox.sent = nil, 0
}
