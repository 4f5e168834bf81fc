package farsock

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// attachWait is how long an agent that is connected may take to attach, at
// first; it gets up to three times that if it was too slow.
const attachWait = 5 * time.Second

// errProtocol is an agent that breaks the rules of a Stream.
var errProtocol = errors.New("the agent broke the rules of the stream's messages")

// streamRPC is a Stream that was attached.
type streamRPC = farsockv1.SocketService_StreamClient

// request is the next Stream's first message: behind everything that was read
// and that is known to be sent.
func (a *attachment) request() *farsockv1.Attach {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.epoch++
	window := int32(streamAhead)
	m := &farsockv1.Attach{
		Socket: a.socket, Holder: a.holder, Epoch: a.epoch,
		Ack: farsockv1.AckMode_ACK_MODE_MANUAL, Window: &window,
	}
	m.Steal = a.steal && a.first == nil
	if a.first != nil {
		receive, send := a.inbox.ask(), a.outbox.base+a.outbox.applied
		m.ReceiveFrom, m.SendFrom = &receive, &send
	}
	return m
}

// attach opens a Stream; cancel ends it. It fails rather than wait for an agent
// that does not answer.
func (a *attachment) attach(ctx context.Context, req *farsockv1.Attach, wait time.Duration) (streamRPC, *farsockv1.Attached, context.CancelFunc, error) {
	began := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	late := time.AfterFunc(wait, cancel)
	rpc, attached, err := a.ask(ctx, req)
	if !late.Stop() {
		// Cancelled already. Perhaps the way is silent and gRPC has not noticed.
		a.client.carrier.giveUp(began)
		err = &SilentError{Waited: wait}
	}
	if err != nil {
		cancel()
		return nil, nil, nil, err
	}
	return rpc, attached, cancel, nil
}

func (a *attachment) ask(ctx context.Context, req *farsockv1.Attach) (streamRPC, *farsockv1.Attached, error) {
	rpc, err := a.client.Sockets.Stream(ctx)
	if err != nil {
		return nil, nil, err
	}
	// An error of Send is io.EOF; Recv has the real one.
	err = rpc.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: req}})
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	res, err := rpc.Recv()
	if err == nil && res.GetAttached() == nil || errors.Is(err, io.EOF) {
		err = errProtocol
	}
	return rpc, res.GetAttached(), err
}

// serve is one Stream from its attachment to its end. It says whether it was
// attached, and why it ended: nil if the agent ended it with OK.
func (a *attachment) serve(ctx context.Context, wait time.Duration) (attached bool, err error) {
	rpc, m, cancel, err := a.attach(ctx, a.request(), wait)
	if err != nil {
		return false, err
	}
	defer cancel()
	resumed := a.hasBegun()
	if err := a.begin(m); err != nil {
		return true, err
	}
	if resumed {
		a.tell(nil)
	}
	sendCtx, stop := context.WithCancel(ctx)
	var sender sync.WaitGroup
	sender.Go(func() { a.send(sendCtx, rpc) })
	err = a.receive(rpc)
	stop()
	cancel()
	sender.Wait()
	return true, err
}

// begin notes where the Stream begins.
func (a *attachment) begin(m *farsockv1.Attached) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	first := a.first == nil
	if err := a.inbox.start(m.GetReceiveBegin(), first); err != nil {
		return err
	}
	if err := a.restart(m, first); err != nil {
		return err
	}
	if first {
		a.first = m
		close(a.begun)
	}
	poke(a.work)
	return nil
}

// receive takes messages until the RPC ends, and says why it did. It never
// waits for the reader: the agent stops at the window.
func (a *attachment) receive(rpc streamRPC) error {
	for {
		res, err := rpc.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := a.take(res); err != nil {
			return err
		}
	}
}

func (a *attachment) take(res *farsockv1.StreamResponse) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch m := res.GetMessage().(type) {
	case *farsockv1.StreamResponse_Data:
		if err := a.inbox.deliver(m.Data); err != nil {
			return err
		}
		if _, due := a.inbox.dueAck(); due {
			poke(a.work)
		}
		poke(a.arrived)
	case *farsockv1.StreamResponse_Applied:
		if a.sendErr == nil {
			return a.applied(m.Applied)
		}
	case *farsockv1.StreamResponse_End:
		if m.End.GetOffset() != a.inbox.end {
			return errProtocol
		}
		if a.end == nil {
			if a.end = OutcomeErr("read", m.End.GetHow()); a.end == nil {
				a.end = io.EOF
			}
		}
		poke(a.arrived)
		poke(a.work)
	default:
		return errProtocol
	}
	return nil
}

// send is the sending goroutine of one Stream, the only one that calls its Send.
func (a *attachment) send(ctx context.Context, rpc streamRPC) {
	delay := time.NewTimer(0)
	defer delay.Stop()
	delaying := false
	for {
		m, last, late := a.outgoing()
		switch {
		case last:
			_ = rpc.CloseSend()
			return
		case m != nil:
			// An error shows in Recv, with its reason.
			if rpc.Send(m) != nil {
				return
			}
			continue
		case late && !delaying:
			delay.Reset(ackDelay)
			delaying = true
		}
		var over <-chan time.Time
		if delaying {
			over = delay.C
		}
		select {
		case <-ctx.Done():
			return
		case <-a.work:
		case <-over:
			delaying = false
			a.hurry()
		}
	}
}

// hurry has what was read acknowledged now.
func (a *attachment) hurry() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inbox.now = a.inbox.settled > a.inbox.acked
}

// outgoing is the next message, or nil if there is none now; last says that
// there will be none, late that there will be one after ackDelay.
func (a *attachment) outgoing() (m *farsockv1.StreamRequest, last, late bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if offset, due := a.inbox.dueAck(); due {
		a.inbox.ack(offset)
		return &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Ack{Ack: &farsockv1.StreamAck{Offset: offset}}}, false, false
	}
	if m := a.outbox.next(); m != nil {
		return m, false, false
	}
	return nil, a.isOver() && a.inbox.acked == a.inbox.end, a.inbox.late()
}
