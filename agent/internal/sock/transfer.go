//go:build linux

package sock

import "context"

// Chunk is what Attachment.Read got: one of Data, Items or End, or none of
// them when the context ended first.
type Chunk struct {
	// Offset is that of the first byte (item), or where the end is.
	Offset int64
	Data   []byte
	// Items is for sockets of messages.
	Items []Item
	// End is how the receiving direction ended: Done for an orderly end.
	End *Outcome
	// DescriptorsClosed, Control and ControlTruncated are as in Received, for
	// stream sockets.
	DescriptorsClosed int
	Control           []Control
	ControlTruncated  bool
}

// Item is one element of a datagram socket's receiving direction: a datagram,
// or an error, which is not the end.
type Item struct {
	// Datagram is set unless Error is. Its Offset is the item's number.
	Datagram *Message
	Error    *Outcome
}

// maxItems bounds the items of one Chunk.
const maxItems = 64

// Read waits for data, consumes it, and returns at most max bytes, or on a
// datagram socket up to 64 items of max bytes together (one larger datagram
// comes alone, whole). While it waits it has no buffer. If ctx ends first the
// Chunk is empty and the error is ctx's; nothing is lost. Other errors:
// ErrClosed, ErrDetached.
func (a *Attachment) Read(ctx context.Context, max int) (Chunk, error) {
	inner, leave, err := a.enter(ctx)
	if err != nil {
		return Chunk{}, err
	}
	defer leave()
	c := Forever().begin(inner, 0)
	defer c.end()
	stream := a.s.typ == Stream
	q := ReceiveRequest{Max: max, attached: true}
	if !stream {
		q = ReceiveRequest{Max: maxReceive, MaxDatagrams: maxItems, together: max, attached: true}
	}
	got, err := a.s.receive(c, q)
	if err != nil {
		return Chunk{}, err
	}
	if got.Outcome.Code == WaitElapsed {
		if ctx.Err() == nil {
			return Chunk{}, ErrDetached
		}
		return Chunk{}, ctx.Err()
	}
	chunk := Chunk{
		Offset: got.Offset, Data: got.Data, DescriptorsClosed: got.DescriptorsClosed,
		Control: got.Control, ControlTruncated: got.ControlTruncated,
	}
	switch {
	case stream && len(got.Data) == 0, got.End:
		out := got.Outcome
		chunk.End = &out
	case !got.Outcome.OK():
		out := got.Outcome
		chunk.Items = []Item{{Error: &out}}
		a.s.recv.mu.Lock()
		a.s.recv.skip(1) // an error takes a number in a stream of items
		a.s.recv.mu.Unlock()
	default:
		for i := range got.Datagrams {
			chunk.Items = append(chunk.Items, Item{Datagram: &got.Datagrams[i]})
		}
	}
	return chunk, nil
}

// Write sends all of data on a stream socket, unless ctx ends (WaitElapsed) or
// the kernel refuses. Errors: ErrClosed, ErrDetached.
func (a *Attachment) Write(ctx context.Context, data []byte) (Sent, error) {
	return a.write(ctx, Outgoing{Data: data})
}

// WriteDatagram sends one message; its number counts as applied also if the
// kernel or the resolver refused it, but not if ctx ended first (WaitElapsed)
// or with an error: ErrClosed, ErrDetached, Authorize's, *RangeError,
// *ArgumentError.
func (a *Attachment) WriteDatagram(ctx context.Context, o Outgoing) (Sent, error) {
	if err := a.s.CheckOutgoing(o, ""); err != nil {
		return Sent{}, err
	}
	sent, err := a.write(ctx, o)
	if err == nil && !sent.Outcome.OK() && sent.Outcome.Code != WaitElapsed {
		sent.Offset = a.s.send.count(1)
	}
	return sent, err
}

func (a *Attachment) write(ctx context.Context, o Outgoing) (Sent, error) {
	ctx, leave, err := a.enter(ctx)
	if err != nil {
		return Sent{}, err
	}
	defer leave()
	c := Forever().begin(ctx, 0)
	defer c.end()
	return a.s.transmitOne(c, &SendRequest{}, o)
}
