//go:build linux

package differ

import (
	"bytes"
	"context"
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/ctl/e2e/posix"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func has(op posix.Op, f posix.Flags) bool { return op.Flags&f != 0 }

func (a *agentSide) send(ctx context.Context, op posix.Op) (posix.Result, error) {
	h := a.socket(op.Socket)
	req := &farsockv1.SendRequest{
		Socket: h.name, Data: op.Payload(), To: a.address(h, op.Address), Wait: wait(op), Control: controls(op.Control),
		DontWait: has(op, posix.DontWait), More: has(op, posix.More), OutOfBand: has(op, posix.OOB), DontRoute: has(op, posix.DontRoute),
		Confirm: has(op, posix.Confirm), EndOfRecord: has(op, posix.EndOfRecord), FastOpen: has(op, posix.FastOpen), BufferSizes: sizes(op.Buffers),
	}
	res, err := a.client.Sockets.Send(ctx, req)
	r := answer(res.GetOutcome())
	r.N = int(res.GetApplied())
	if r.N > 0 {
		// send(2) tells the count, and its reason to stop the next time;
		// SendResponse has both.
		r.Errno = ""
	}
	return r, err
}

func (a *agentSide) sendMany(ctx context.Context, op posix.Op) (posix.Result, error) {
	h := a.socket(op.Socket)
	req := &farsockv1.SendRequest{Socket: h.name, Wait: wait(op), More: has(op, posix.More)}
	for _, m := range op.Messages {
		d := &farsockv1.Datagram{
			Data: []byte(m.Data), Peer: a.address(h, m.To), Control: controls(m.Control), Source: m.Source, InterfaceName: m.Interface,
		}
		if m.TTL != nil {
			d.Ttl = proto.Int32(int32(*m.TTL))
		}
		if m.Class != nil {
			d.TrafficClass = proto.Int32(int32(*m.Class))
		}
		req.Datagrams = append(req.Datagrams, d)
	}
	res, err := a.client.Sockets.Send(ctx, req)
	r := answer(res.GetOutcome())
	if r.N = int(res.GetDatagramsApplied()); r.N > 0 {
		// sendmmsg(2) keeps the errno that ended a batch to itself.
		r.Errno = ""
	}
	return r, err
}

// fill is posix's: until not even a byte is taken when all has arrived.
func (a *agentSide) fill(ctx context.Context, op posix.Op) (posix.Result, error) {
	h := a.socket(op.Socket)
	for {
		for _, size := range []int{posix.FillChunk, 1} {
			res, err := a.client.Sockets.Send(ctx, &farsockv1.SendRequest{Socket: h.name, Data: bytes.Repeat([]byte{'f'}, size), Wait: wait(op)})
			r := answer(res.GetOutcome())
			if err != nil || r.Errno != "" && r.Errno != "EAGAIN" {
				return r, err
			}
			if size == 1 && r.Errno == "EAGAIN" {
				return posix.Result{}, nil
			}
			if err := posix.Settle(); err != nil {
				return posix.Result{}, err
			}
		}
	}
}

func (a *agentSide) receive(ctx context.Context, op posix.Op) (posix.Result, error) {
	h := a.socket(op.Socket)
	req := &farsockv1.ReceiveRequest{
		Socket: h.name, MaxBytes: proto.Int32(int32(op.Size)), Wait: wait(op), Peek: has(op, posix.Peek), OutOfBand: has(op, posix.OOB),
		DontWait: has(op, posix.DontWait), WaitAll: has(op, posix.WaitAll), ErrorQueue: has(op, posix.ErrorQueue), BufferSizes: sizes(op.Buffers),
	}
	if op.Room != 0 {
		req.MaxControlBytes = proto.Int32(int32(max(op.Room, 0)))
	}
	if op.Count != 0 {
		req.MaxDatagrams = proto.Int32(int32(op.Count))
	}
	res, err := a.client.Sockets.Receive(ctx, req)
	r := answer(res.GetOutcome())
	if err != nil || r.Errno != "" {
		return r, err
	}
	r.End = res.GetEnd()
	if h.typ == posix.Stream && !req.ErrorQueue {
		r.N, r.Data, r.Control = len(res.GetData()), string(res.GetData()), fromControls(res.GetControl())
		r.ControlTruncated = res.GetControlTruncated()
		// A local shutdown sets it beside data, which recv(2) cannot.
		r.End = r.End && r.N == 0 && op.Size > 0
		return r, nil
	}
	for _, d := range res.GetDatagrams() {
		m := a.message(h, d)
		if req.ErrorQueue {
			m.Full = 0 // the kernel does not tell it
		}
		r.Messages = append(r.Messages, m)
	}
	r.N = len(r.Messages)
	if h.typ == posix.Seqpacket && r.N == 1 && r.Messages[0].Full == 0 && !req.ErrorQueue {
		return posix.Result{End: true}, nil // see posix: an empty record or the end
	}
	return r, nil
}

func (a *agentSide) message(h handle, d *farsockv1.Datagram) posix.Received {
	m := posix.Received{
		Data: string(d.GetData()), From: a.text(d.GetPeer()), Full: int(d.GetFullLength()), Truncated: d.GetTruncated(),
		ControlTruncated: d.GetControlTruncated(), EndOfRecord: d.GetEndOfRecord(), Control: fromControls(d.GetControl()),
		Interface: d.GetInterfaceName(), Destination: d.GetDestination().GetInet().GetHost(), Time: d.GetReceiveTime() != nil,
	}
	if h.family == posix.Unix && d.GetPeer() == nil {
		m.From = "" // no name at all
	}
	if d.Ttl != nil {
		m.TTL = strconv.Itoa(int(d.GetTtl()))
	}
	if d.TrafficClass != nil {
		m.Class = strconv.Itoa(int(d.GetTrafficClass()))
	}
	if e := d.GetError(); e != nil {
		m.Error = posix.ErrorText(e.GetErrnoName(), int(e.GetOrigin()), int(e.GetType()), int(e.GetCode()), e.GetInfo(), e.GetData(), e.GetOffender().GetInet().GetHost())
	}
	return m
}

func controls(in []posix.Control) []*farsockv1.ControlMessage {
	var out []*farsockv1.ControlMessage
	for _, c := range in {
		out = append(out, &farsockv1.ControlMessage{Level: int32(c.Level), Type: int32(c.Type), Data: []byte(c.Data)})
	}
	return out
}

func fromControls(in []*farsockv1.ControlMessage) []posix.Control {
	var out []posix.Control
	for _, c := range in {
		out = append(out, posix.Control{Level: int(c.GetLevel()), Type: int(c.GetType()), Data: string(c.GetData())}.Comparable())
	}
	return out
}

func sizes(in []int) []int32 {
	var out []int32
	for _, n := range in {
		out = append(out, int32(n))
	}
	return out
}
