//go:build linux

package rpc

import (
	"errors"
	"io"
	"slices"

	"github.com/farsock/farsock/agent/internal/seeded"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// uploading is the sending direction of a flow. One goroutine receives and
// judges what the client sends, and applies it; where acks may come behind data
// that the kernel does not take yet, another applies the rest, see backlog. So
// there is one of them that applies at a time, which owns over.
type uploading struct {
	*flow
	begun   int64              // immutable; what lies before may be another's
	ended   bool               // immutable; a close_write had ended sending before
	next    int64              // of the receiving goroutine; where the client's data ends so far
	closing bool               // of the receiving goroutine; close_write came
	before  *farsockv1.Outcome // immutable; attached.send_outcome
	over    *farsockv1.Outcome // not nil once nothing more can be sent
	backlog backlog
	failed  chan error // capacity 1; why the applying goroutine gave up
}

func newUploading(f *flow) *uploading {
	applied := f.attachment.SendApplied()
	u := &uploading{flow: f, begun: applied, next: applied, failed: make(chan error, 1)}
	u.backlog.left = make(chan struct{}, 1)
	u.ended = f.attachment.WriteClosed()
	if over := f.attachment.SendOver(); over != nil {
		u.before = outcomeTo(*over)
		if u.ended || !over.OK() { // after a Shutdown the kernel answers what is to be sent
			u.over = u.before
		}
	}
	return u
}

// run takes one message at a time until the client sends no more and all is
// applied.
func (u *uploading) run() error {
	for {
		more, err := u.receive()
		if err != nil {
			return err
		}
		if !more {
			return u.reported()
		}
		if err := u.room(); err != nil {
			return err
		}
	}
}

// reported waits until all is applied, and the client told so.
func (u *uploading) reported() error {
	if err := u.drained(0); err != nil {
		return err
	}
	return u.out.settled(u.ctx.Done())
}

// receive does what one message says, and keeps of it what the backlog keeps.
func (u *uploading) receive() (more bool, err error) {
	m, err := u.stream.Recv()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := check(streamTable, m, u.server.maxTTL); err != nil {
		return false, err
	}
	return true, u.message(m)
}

func (u *uploading) message(m *farsockv1.StreamRequest) error {
	switch m := m.GetMessage().(type) {
	case *farsockv1.StreamRequest_Data:
		return u.data(m.Data)
	case *farsockv1.StreamRequest_CloseWrite:
		return u.closeWrite(m.CloseWrite)
	case *farsockv1.StreamRequest_Ack:
		return u.ack(m.Ack)
	default:
		return invalid("message", "must be data, ack or close_write after the first, which is attach")
	}
}

func (u *uploading) ack(m *farsockv1.StreamAck) error {
	if !u.manual {
		return invalid("ack", "must only be sent where attach.ack is ACK_MODE_MANUAL")
	}
	err := u.attachment.Ack(m.GetOffset())
	var outside *sock.RangeError
	if errors.As(err, &outside) {
		return offsetOutside("ack.offset", outside.Got, outside.Min, outside.Max)
	}
	return err
}

func (u *uploading) data(m *farsockv1.StreamSend) error {
	switch {
	case u.closing:
		return invalid("data", "must not follow close_write")
	case u.datagrams && len(m.GetDatagrams()) == 0:
		return invalid("data.data", "must be empty on a datagram socket")
	case !u.datagrams && len(m.GetDatagrams()) > 0:
		return invalid("data.datagrams", "must be empty on a stream socket")
	}
	skip, err := u.place(m.GetOffset(), int64(len(m.GetData())+len(m.GetDatagrams())))
	if err != nil {
		return err
	}
	if !u.datagrams {
		return u.take(job{data: m.GetData()[skip:], array: cap(m.GetData())})
	}
	if err := u.fits(m.GetDatagrams()); err != nil {
		return err
	}
	return u.take(job{datagrams: slices.Clone(m.GetDatagrams()[skip:]), first: m.GetOffset() + skip})
}

// place judges where n bytes (datagrams) begin, and returns how many of them came
// before.
func (u *uploading) place(offset, n int64) (skip int64, err error) {
	if seeded.On(seeded.AcceptGap) {
		offset = min(offset, u.next)
	}
	switch {
	case offset > u.next:
		return 0, offsetOutside("data.offset", offset, u.attachment.SendFloor(), u.next)
	case offset < u.begun && !u.attachment.Wrote(offset, min(offset+n, u.begun)) && !seeded.On(seeded.ForeignOverlap):
		return 0, u.server.statusOn(u.call.Socket, "data.",
			&sock.HolderError{Field: "offset", Offset: offset, SendOffset: u.attachment.SendApplied()})
	case u.ended && offset+n > u.next:
		return 0, invalid("data", "must bring nothing new: close_write has ended sending, see attached.send_outcome")
	}
	skip = min(n, u.next-offset)
	if skip > 0 && seeded.On(seeded.DropOverlapTail) {
		skip = n
	}
	u.next = max(u.next, offset+n)
	return skip, nil
}

// fits judges all datagrams of a message before the first is sent.
func (u *uploading) fits(list []*farsockv1.Datagram) error {
	socket := u.call.Socket.Socket
	for i, d := range list {
		path := "data.datagrams" + index(i) + "."
		if err := familyFits(socket, path+"peer", d.GetPeer()); err != nil {
			return err
		}
		if err := socket.CheckOutgoing(outgoingOf(d, socket.Family()), path); err != nil {
			return u.server.statusOn(u.call.Socket, "", err)
		}
	}
	return nil
}

func (u *uploading) closeWrite(m *farsockv1.CloseWrite) error {
	if m.GetOffset() != u.next && !(m.GetOffset() < u.next && seeded.On(seeded.CloseWriteEarly)) {
		return offsetOutside("close_write.offset", m.GetOffset(), u.next, u.next)
	}
	u.closing = true
	return u.take(job{closeWrite: true})
}
