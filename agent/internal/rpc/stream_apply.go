//go:build linux

package rpc

import (
	"cmp"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// take applies a job, or leaves it, or its rest, to the backlog.
func (u *uploading) take(j job) error {
	if !u.manual {
		n := j.cost()
		u.server.Env.Budget.Force(n)
		defer u.server.Env.Budget.Give(n)
		return u.apply(j)
	}
	switch {
	case u.backlog.busy(0), len(j.datagrams) > 0: // a name may have to be resolved
		return u.later(j)
	case u.over != nil || len(j.data) == 0:
		return u.apply(j)
	}
	sent, err := u.attachment.WriteNow(u.ctx, j.data)
	if err != nil {
		return err
	}
	if sent.Outcome.Code == sock.WouldBlock {
		return u.later(job{data: j.data[sent.Applied:], array: j.array})
	}
	return u.settle(sent.Outcome)
}

// apply hands a job to the kernel, waiting for room there.
func (u *uploading) apply(j job) error {
	switch {
	case j.closeWrite && u.over == nil:
		outcome, err := u.attachment.CloseWrite()
		if err != nil {
			return err
		}
		u.over = outcomeTo(outcome)
	case len(j.datagrams) > 0:
		return u.sendDatagrams(j)
	case len(j.data) > 0 && u.over == nil:
		sent, err := u.attachment.Write(u.ctx, j.data)
		if err != nil {
			return err
		}
		return u.settle(sent.Outcome)
	}
	return u.report(nil)
}

// settle reports what a write came to.
func (u *uploading) settle(o sock.Outcome) error {
	switch o.Code {
	case sock.Done:
	case sock.WaitElapsed: // the stream's context ended
		return errStreamOver
	default:
		u.over = outcomeTo(o)
	}
	return u.report(nil)
}

// sendDatagrams sends each; one that the kernel refuses is passed over, as
// sendto(2) has it, and told.
func (u *uploading) sendDatagrams(j job) error {
	var refused []*farsockv1.RefusedDatagram
	for i, d := range j.datagrams {
		if u.over != nil {
			break
		}
		sent, err := u.attachment.WriteDatagram(u.ctx, outgoingOf(d, u.call.Socket.Socket.Family()))
		if err != nil {
			return err
		}
		switch sent.Outcome.Code {
		case sock.Done:
		case sock.WaitElapsed:
			return errStreamOver
		default:
			refused = append(refused, &farsockv1.RefusedDatagram{Offset: j.first + int64(i), Outcome: outcomeTo(sent.Outcome)})
			if u.attachment.SendOver() != nil { // shut down: nor will any other be taken
				u.over = outcomeTo(sent.Outcome)
			}
		}
	}
	return u.report(refused)
}

func (u *uploading) report(refused []*farsockv1.RefusedDatagram) error {
	return u.out.report(u.ctx.Done(), &farsockv1.Applied{
		Offset: u.attachment.SendApplied(), Refused: refused, Outcome: cmp.Or(u.over, u.before),
	})
}
