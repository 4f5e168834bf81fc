//go:build linux

package differ

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/ctl/e2e/posix"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func has(op posix.Op, f posix.Flags) bool { return op.Flags&f == f }

func (a *agentSide) send(ctx context.Context, op posix.Op) (posix.Result, error) {
	h := a.socket(op.Socket)
	req := &farsockv1.SendRequest{
		Socket: h.name, Data: op.Payload(), To: a.address(h, op.Address), Wait: wait(op), Control: controls(op.Control),
		DontWait: has(op, posix.DontWait), More: has(op, posix.More), OutOfBand: has(op, posix.OOB), DontRoute: has(op, posix.DontRoute),
		Confirm: has(op, posix.Confirm), EndOfRecord: has(op, posix.EndOfRecord), FastOpen: has(op, posix.FastOpen), BufferSizes: sizes(op.Buffers),
	}
	res, err := a.client.Sockets.Send(ctx, req)
	r := stopped(answer(res.GetOutcome()), int(res.GetApplied()))
	r.Offset = int(res.GetSendOffset())
	return a.directed(r, res.GetOutcome().GetPeer()), err
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
	r := stopped(answer(res.GetOutcome()), int(res.GetDatagramsApplied()))
	r.Offset = int(res.GetSendOffset())
	return a.directed(r, res.GetOutcome().GetPeer()), err
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
	r.Offset, r.Held = int(res.GetOffset()), a.unexplained(op, res.GetHeldBytes())
	r.Stopped = strings.TrimPrefix(strings.TrimPrefix(res.GetStoppedBy().String(), "STOPPED_BY_"), "UNSPECIFIED")
	if err != nil || r.Errno != "" {
		return r, err
	}
	r.End = res.GetEnd()
	if h.typ == posix.Stream && !req.ErrorQueue {
		r.N, r.Data, r.Control = len(res.GetData()), string(res.GetData()), fromControls(res.GetControl())
		r.ControlTruncated, r.Descriptors = res.GetControlTruncated(), int(res.GetDescriptorsClosed())
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
	return r, nil
}

// unexplained is what an agent has no reason to hold: the only one is a peek
// that waited for more than there was.
func (a *agentSide) unexplained(op posix.Op, held int64) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.holds[op.Socket] = a.holds[op.Socket] || has(op, posix.Peek|posix.WaitAll) && op.Block
	if !a.holds[op.Socket] {
		return int(held)
	}
	a.holds[op.Socket] = held > 0
	return 0
}

func (a *agentSide) message(h handle, d *farsockv1.Datagram) posix.Received {
	m := posix.Received{
		Data: string(d.GetData()), From: a.text(d.GetPeer()), Full: int(d.GetFullLength()), Truncated: d.GetTruncated(),
		ControlTruncated: d.GetControlTruncated(), EndOfRecord: d.GetEndOfRecord(), Control: fromControls(d.GetControl()),
		Interface: d.GetInterfaceName(), Destination: d.GetDestination().GetInet().GetHost(), Time: d.GetReceiveTime() != nil,
		Offset: int(d.GetOffset()), Descriptors: int(d.GetDescriptorsClosed()),
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
	return m.Comparable(h.typ)
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
