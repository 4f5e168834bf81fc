//go:build linux

package rpc

import (
	"errors"
	"io"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// upload applies what the client sends, one message at a time, until the
// client sends no more.
func (f *flow) upload() error {
	u := &uploading{flow: f, next: f.attachment.SendApplied()}
	u.applied = u.next
	for {
		m, err := f.stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := check(streamTable, m, f.server.maxTTL); err != nil {
			return err
		}
		if err := u.message(m); err != nil {
			return err
		}
	}
}

// uploading is the sending direction of a flow; its goroutine owns all fields.
type uploading struct {
	*flow
	next    int64              // where the client's next data has to start
	applied int64              // up to here the kernel took it, or refused it
	over    *farsockv1.Outcome // not nil once nothing more can be sent
	closed  bool               // close_write was applied
}

func (u *uploading) message(m *farsockv1.StreamRequest) error {
	switch m := m.GetMessage().(type) {
	case *farsockv1.StreamRequest_Data:
		return u.data(m.Data)
	case *farsockv1.StreamRequest_CloseWrite:
		return u.closeWrite(m.CloseWrite)
	default:
		return invalid("message", "must be data or close_write after the first, which is attach")
	}
}

func (u *uploading) data(m *farsockv1.StreamSend) error {
	switch {
	case u.closed:
		return invalid("data", "must not follow close_write")
	case m.GetOffset() != u.next:
		return offsetOutside("data.offset", m.GetOffset(), u.next, u.next)
	case u.datagrams && len(m.GetDatagrams()) == 0:
		return invalid("data.data", "must be empty on a datagram socket")
	case !u.datagrams && len(m.GetDatagrams()) > 0:
		return invalid("data.datagrams", "must be empty on a stream socket")
	}
	giveBack, err := u.server.charge(uploadedItems(m))
	if err != nil {
		return err
	}
	defer giveBack()
	if u.datagrams {
		return u.sendDatagrams(m.GetDatagrams())
	}
	u.next += int64(len(m.GetData()))
	if u.over == nil {
		sent, err := u.attachment.Write(u.ctx, m.GetData())
		u.applied += sent.Applied
		if err != nil {
			return err
		}
		switch sent.Outcome.Code {
		case sock.Done:
		case sock.WaitElapsed: // the stream's context ended
			return u.ctx.Err()
		default:
			u.over = outcomeTo(sent.Outcome)
		}
	}
	return u.report(nil)
}

// sendDatagrams sends each; one that the kernel refuses is passed over, as
// sendto(2) has it, and told.
func (u *uploading) sendDatagrams(list []*farsockv1.Datagram) error {
	socket := u.call.Socket.Socket
	for i, d := range list {
		path := "data.datagrams" + index(i) + "."
		if err := familyFits(socket, path+"peer", d.GetPeer()); err != nil {
			return err
		}
		if err := socket.CheckOutgoing(outgoingOf(d, socket.Family()), path); err != nil {
			return err
		}
	}
	var refused []*farsockv1.RefusedDatagram
	for _, d := range list {
		offset := u.next
		u.next++
		if u.over != nil {
			continue
		}
		sent, err := u.attachment.WriteDatagram(u.ctx, outgoingOf(d, socket.Family()))
		if err != nil {
			return err
		}
		switch sent.Outcome.Code {
		case sock.Done:
		case sock.WaitElapsed:
			return u.ctx.Err()
		default:
			refused = append(refused, &farsockv1.RefusedDatagram{Offset: offset, Outcome: outcomeTo(sent.Outcome)})
			if sent.Outcome.Code == sock.BrokenPipe { // shut down: nor will any other be taken
				u.over = outcomeTo(sent.Outcome)
			}
		}
		u.applied++
	}
	return u.report(refused)
}

func (u *uploading) closeWrite(m *farsockv1.CloseWrite) error {
	if m.GetOffset() != u.next {
		return offsetOutside("close_write.offset", m.GetOffset(), u.next, u.next)
	}
	u.closed = true
	if u.over == nil || u.over.GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_DONE {
		outcome, err := u.attachment.CloseWrite()
		if err != nil {
			return err
		}
		u.over = outcomeTo(outcome)
	}
	return u.report(nil)
}

func (u *uploading) report(refused []*farsockv1.RefusedDatagram) error {
	return u.out.report(u.ctx.Done(), &farsockv1.Applied{Offset: u.applied, Refused: refused, Outcome: u.over})
}
