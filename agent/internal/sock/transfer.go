//go:build linux

package sock

import (
	"context"
	"errors"

	"github.com/farsock/farsock/agent/internal/seeded"
)

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

// Read waits for data, and returns at most max bytes, or on a datagram socket up
// to 64 items of max bytes together (one larger datagram comes alone, whole). It
// consumes them, or with Manual holds them and goes on behind them. While it
// waits for the kernel it has no buffer; it also waits where the window or the
// budget has no room. If ctx ends first the Chunk is empty and the error is
// ctx's; nothing is lost. Other errors: ErrClosed, ErrDetached, ErrFenced.
func (a *Attachment) Read(ctx context.Context, max int) (Chunk, error) {
	inner, leave, err := a.enter(ctx)
	if err != nil {
		return Chunk{}, err
	}
	defer leave()
	c := Forever().begin(inner, 0)
	defer c.end()
	got, err := a.receive(c, max)
	if err != nil {
		return Chunk{}, err
	}
	switch {
	case got.Outcome.Code == WaitElapsed:
		return Chunk{}, a.ended(ctx)
	case got.Outcome.Code == InvalidArgument && a.s.peerless(): // so says recv(2) of a unix stream socket
		got.Outcome = notConnected()
	}
	return a.chunk(got), nil
}

// receive is Socket.receive, waiting for room where there is none.
func (a *Attachment) receive(c *clock, most int) (Received, error) {
	budget := a.s.env.Budget
	var line *roomWaiter // in the budget's queue, or woken out of it
	woken := false
	leave := func() {
		if line != nil {
			budget.leave(line)
			line, woken = nil, false
		}
	}
	defer leave()
	for {
		if got, ok := a.over(); ok {
			return got, nil
		}
		got, err := a.s.receive(c, a.request(most))
		var full *BudgetError
		switch {
		case errors.As(err, &full) && (line == nil || woken):
			leave() // somebody else was quicker
			line = budget.await(full.Asked)
			continue // what was given back before that wakes nobody
		case errors.As(err, &full):
		case err != nil || got.Outcome.Code != Limit:
			return got, err
		default: // it is the window that is full
			leave()
		}
		var ready <-chan struct{}
		if line != nil {
			ready = line.ready
		}
		select {
		case <-ready:
			woken = true
		case <-a.news:
		case <-a.s.closed:
			return Received{}, ErrClosed
		case <-c.context().Done():
			return Received{Outcome: Outcome{Code: WaitElapsed}}, nil
		}
	}
}

func (a *Attachment) request(most int) ReceiveRequest {
	q := ReceiveRequest{Max: most, attached: true, Manual: a.manual, window: a.window}
	if a.s.typ != Stream {
		q.Max, q.MaxDatagrams, q.together = maxReceive, maxItems, most
	}
	if a.manual {
		at := a.ReceiveBegin()
		q.Offset = &at
	}
	return q
}

// over is the end, if that was read before and all data has been returned.
func (a *Attachment) over() (Received, bool) {
	r := &a.s.recv
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.final == nil || a.position() < r.read && !seeded.On(seeded.EndBeforeData) {
		return Received{}, false
	}
	r.ended = true
	return Received{Outcome: *r.final, Offset: r.read, End: true}, true
}

// chunk is what Read returns, and moves behind it.
func (a *Attachment) chunk(got Received) Chunk {
	chunk := Chunk{
		Offset: got.Offset, Data: got.Data, DescriptorsClosed: got.DescriptorsClosed,
		Control: got.Control, ControlTruncated: got.ControlTruncated,
	}
	r := &a.s.recv
	r.mu.Lock()
	defer r.mu.Unlock()
	out := got.Outcome
	switch stream := a.s.typ == Stream; {
	case got.End && r.final != nil:
		chunk.End = r.final
	case got.End, !out.OK() && a.s.typ != Datagram, stream && len(got.Data) == 0:
		chunk.End = &out
	case !out.OK():
		chunk.Items = []Item{{Error: &out}}
		r.skip(1) // an error takes a number in a stream of items
	default:
		for i := range got.Datagrams {
			m := &got.Datagrams[i]
			if m.failed != nil {
				chunk.Items = append(chunk.Items, Item{Error: m.failed})
			} else {
				chunk.Items = append(chunk.Items, Item{Datagram: m})
			}
		}
	}
	a.cursor = got.Offset + int64(len(got.Data)+len(chunk.Items))
	if a.manual && seeded.On(seeded.TrimBeforeAck) {
		r.drop(a.s.env, a.cursor)
	}
	return chunk
}

// Write sends all of data on a stream socket, unless ctx ends (WaitElapsed) or
// the kernel refuses. Errors: ErrClosed, ErrDetached, ErrFenced.
func (a *Attachment) Write(ctx context.Context, data []byte) (Sent, error) {
	return a.write(ctx, Forever(), Outgoing{Data: data})
}

// WriteNow is Write that never waits: if the kernel does not take all at once the
// outcome is WouldBlock.
func (a *Attachment) WriteNow(ctx context.Context, data []byte) (Sent, error) {
	return a.write(ctx, For(0), Outgoing{Data: data})
}

// WriteDatagram sends one message; its number counts as applied also if the
// kernel or the resolver refused it, but not if ctx ended first (WaitElapsed)
// or with an error: ErrClosed, ErrDetached, ErrFenced, Authorize's, *RangeError,
// *ArgumentError.
func (a *Attachment) WriteDatagram(ctx context.Context, o Outgoing) (Sent, error) {
	if err := a.s.CheckOutgoing(o, ""); err != nil {
		return Sent{}, err
	}
	if err := a.join(); err != nil { // so that a take-over waits for the count too
		return Sent{}, err
	}
	defer a.running.Done()
	sent, err := a.write(ctx, Forever(), o)
	if err == nil && !sent.Outcome.OK() && sent.Outcome.Code != WaitElapsed {
		sent.Offset = a.s.send.refuse(sent.Outcome)
	}
	return sent, err
}

func (a *Attachment) write(ctx context.Context, w Wait, o Outgoing) (Sent, error) {
	ctx, leave, err := a.enter(ctx)
	if err != nil {
		return Sent{}, err
	}
	defer leave()
	if seeded.On(seeded.StaleEpochPumps) {
		ctx = context.WithoutCancel(ctx)
	}
	c := w.begin(ctx, 0)
	defer c.end()
	sent, err := a.s.transmitOne(c, &SendRequest{Holder: a.holder, attached: true}, o)
	if err == nil && !sent.Outcome.OK() && a.s.sentAll(sent.Outcome) {
		a.s.send.end(sent.Outcome)
	}
	return sent, err
}
