//go:build linux

package e2e

import (
	"encoding/binary"

	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// The two ways through the proxy.
const (
	fromClient = iota
	fromAgent
)

// streamTap reads along what one connection carries, to know of each Stream RPC
// what was sent and what was confirmed. It never changes a byte. What it cannot
// read it ignores, and then counts less under way than there is.
type streamTap struct {
	ways  [2]frameReader
	calls map[uint32]*tappedCall
}

// tappedCall is one Stream RPC, by offsets; -1: none yet.
type tappedCall struct {
	sent, applied int64 // by the client; and told to it
	came, acked   int64 // from the agent; and told to it
	messages      [2]messageReader
	other         bool // it is another RPC
}

func newStreamTap() *streamTap {
	t := &streamTap{calls: map[uint32]*tappedCall{}}
	t.ways[fromClient].skip = len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	return t
}

// eat reads bytes that went through.
func (t *streamTap) eat(way int, b []byte) {
	t.ways[way].read(b, func(stream uint32, data []byte, end bool) { t.data(way, stream, data, end) })
}

// underWay is what was sent and not confirmed on all calls, after rest was sent
// too and did not go through.
func (t *streamTap) underWay(way int, rest []byte) (up, down int64) {
	confirmed := make(map[*tappedCall][2]int64, len(t.calls))
	for _, c := range t.calls {
		confirmed[c] = [2]int64{c.applied, c.acked}
	}
	t.eat(way, rest)
	for _, c := range t.calls {
		if was, ok := confirmed[c]; ok && !c.other {
			up += max(0, c.sent-was[fromClient])
			down += max(0, c.came-was[fromAgent])
		}
	}
	return up, down
}

// data is what a frame brought for a call.
func (t *streamTap) data(way int, stream uint32, data []byte, end bool) {
	c := t.calls[stream]
	if c == nil {
		c = &tappedCall{sent: -1}
		t.calls[stream] = c
	}
	if !c.other {
		c.messages[way].read(data, func(m []byte) { c.message(way, m) })
	}
	if end && way == fromAgent {
		delete(t.calls, stream)
	}
}

// message takes one message of the call into account. The first shows whether it
// is a Stream RPC: no other begins with bytes that read as an attach.
func (c *tappedCall) message(way int, m []byte) {
	if way == fromClient {
		req := new(farsockv1.StreamRequest)
		if proto.Unmarshal(m, req) != nil || c.sent < 0 && (req.GetAttach().GetHolder() == "" || req.GetAttach().GetEpoch() < 1) {
			c.other = true
			return
		}
		switch {
		case c.sent < 0:
			c.sent = 0
		case req.GetData() != nil:
			c.sent = max(c.sent, req.GetData().GetOffset()+int64(len(req.GetData().GetData()))+int64(len(req.GetData().GetDatagrams())))
		case req.GetAck() != nil:
			c.acked = max(c.acked, req.GetAck().GetOffset())
		}
		return
	}
	res := new(farsockv1.StreamResponse)
	if proto.Unmarshal(m, res) != nil {
		c.other = true
		return
	}
	switch {
	case res.GetAttached() != nil:
		c.applied, c.sent = res.GetAttached().GetSendApplied(), max(c.sent, res.GetAttached().GetSendApplied())
		c.acked, c.came = res.GetAttached().GetReceiveBegin(), res.GetAttached().GetReceiveBegin()
	case res.GetData() != nil:
		c.came = max(c.came, res.GetData().GetOffset()+int64(len(res.GetData().GetData()))+int64(len(res.GetData().GetItems())))
	case res.GetApplied() != nil:
		c.applied = max(c.applied, res.GetApplied().GetOffset())
	}
}

// frameReader takes HTTP/2 apart: 3 bytes of length, type, flags, 4 bytes of
// stream, and then the length.
type frameReader struct {
	skip   int // what comes before the first frame
	header []byte
	left   int // of the frame's payload
}

const frameHeader, frameData, flagEnd = 9, 0, 1

// read calls data with what DATA frames hold, piece by piece, and with end at
// the last piece of a stream, whichever frame has it.
func (r *frameReader) read(b []byte, data func(stream uint32, b []byte, end bool)) {
	for len(b) > 0 {
		if r.skip > 0 {
			n := min(r.skip, len(b))
			r.skip, b = r.skip-n, b[n:]
			continue
		}
		if r.left == 0 {
			n := min(frameHeader-len(r.header), len(b))
			r.header, b = append(r.header, b[:n]...), b[n:]
			if len(r.header) < frameHeader {
				return
			}
			r.left = int(binary.BigEndian.Uint32(r.header) >> 8)
		}
		n := min(r.left, len(b))
		piece := b[:n]
		r.left, b = r.left-n, b[n:]
		kind, last := r.header[3], r.left == 0
		end := last && r.header[4]&flagEnd != 0 && kind <= 1 // DATA and HEADERS
		if kind == frameData || end {
			if kind != frameData {
				piece = nil
			}
			data(binary.BigEndian.Uint32(r.header[5:]), piece, end)
		}
		if last {
			r.header = r.header[:0]
		}
	}
}

// messageReader takes gRPC's messages apart: a byte that tells compression, which
// nobody uses here, 4 bytes of length, and then the length.
type messageReader struct{ buf []byte }

func (r *messageReader) read(b []byte, message func([]byte)) {
	const prefix = 5
	r.buf = append(r.buf, b...)
	for len(r.buf) >= prefix {
		n := prefix + int(binary.BigEndian.Uint32(r.buf[1:]))
		if len(r.buf) < n {
			return
		}
		message(r.buf[prefix:n])
		r.buf = append(r.buf[:0], r.buf[n:]...)
	}
}
