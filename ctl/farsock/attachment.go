package farsock

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

const (
	// receiveQueue is how many received bytes may lie here unread, a datagram
	// being charged 512 more, before nothing more is taken from gRPC. Behind
	// it stand gRPC's own window and then the peer's.
	receiveQueue = 256 << 10
	// datagramCharge is what a datagram costs in receiveQueue besides its
	// bytes.
	datagramCharge = 512
)

// attachment is one socket's Stream RPC: what arrived and was not read yet, and
// what is being sent. Two goroutines serve it, receive and send; cancel ends
// both.
type attachment struct {
	attach *farsockv1.Attach // immutable
	cancel context.CancelFunc
	done   chan struct{} // closed when both goroutines have ended

	arrived  chan struct{} // holds one token when inbox or end changed
	room     chan struct{} // holds one token when inbox has shrunk
	work     chan struct{} // holds one token when there is something to send
	progress chan struct{} // holds one token when a report came, or none will
	over     chan struct{} // closed, under mu, when sendErr is set
	slots    chan struct{} // holds a token for each parcel that is not settled

	mu       sync.Mutex
	inbox    []item // guarded by mu
	charged  int    // guarded by mu; what inbox costs
	dropping bool   // guarded by mu; what arrives is thrown away
	dropped  bool   // guarded by mu; something was
	end      error  // guarded by mu; what readers get after inbox: io.EOF or why
	outbox   outbox // guarded by mu
	sendErr  error  // guarded by mu; why nothing more is sent
}

// item is one thing received: bytes of a stream, a datagram, or an error that
// is not the end.
type item struct {
	data     []byte
	datagram *farsockv1.Datagram // nil on a stream
	err      error
}

func (i item) charge() int {
	if i.datagram != nil || i.err != nil {
		return len(i.data) + datagramCharge
	}
	return len(i.data)
}

// newAttachment attaches in the background: what is asked of it meanwhile
// waits. At most slots parcels are on their way at once. It is nil if the client
// is closed.
func newAttachment(c *Client, attach *farsockv1.Attach, slots int) *attachment {
	ctx, cancel := context.WithCancel(c.life)
	a := &attachment{
		attach:   attach,
		cancel:   cancel,
		done:     make(chan struct{}),
		arrived:  make(chan struct{}, 1),
		room:     make(chan struct{}, 1),
		work:     make(chan struct{}, 1),
		progress: make(chan struct{}, 1),
		over:     make(chan struct{}),
		slots:    make(chan struct{}, slots),
	}
	if !c.start(func() { a.run(ctx, c.Sockets) }) {
		cancel()
		return nil
	}
	return a
}

// run is the receiving goroutine and owns the sending one.
func (a *attachment) run(ctx context.Context, sockets farsockv1.SocketServiceClient) {
	defer close(a.done)
	defer a.cancel()
	rpc, err := a.open(ctx, sockets)
	if err != nil {
		a.finish(ctx, err)
		return
	}
	var sender sync.WaitGroup
	sender.Go(func() { a.send(ctx, rpc) })
	a.finish(ctx, a.receive(ctx, rpc))
	a.cancel()
	sender.Wait()
}

func (a *attachment) open(ctx context.Context, sockets farsockv1.SocketServiceClient) (farsockv1.SocketService_StreamClient, error) {
	rpc, err := sockets.Stream(ctx)
	if err != nil {
		return nil, err
	}
	// An error of Send is io.EOF; Recv has the real one.
	err = rpc.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: a.attach}})
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	res, err := rpc.Recv()
	if err != nil {
		return nil, err
	}
	attached := res.GetAttached()
	if attached == nil {
		return nil, errProtocol
	}
	a.mu.Lock()
	a.outbox.end = attached.GetSendApplied()
	a.mu.Unlock()
	return rpc, nil
}

// errProtocol is an agent that breaks the order of messages.
var errProtocol = errors.New("the agent broke the order of the stream's messages")

// receive takes messages until the RPC ends, and says why it did.
func (a *attachment) receive(ctx context.Context, rpc farsockv1.SocketService_StreamClient) error {
	for {
		res, err := rpc.Recv()
		if err != nil {
			return err
		}
		switch m := res.GetMessage().(type) {
		case *farsockv1.StreamResponse_Data:
			if err := a.deliver(ctx, m.Data); err != nil {
				return err
			}
		case *farsockv1.StreamResponse_Applied:
			a.applied(m.Applied)
		case *farsockv1.StreamResponse_End:
			err := OutcomeErr("read", m.End.GetHow())
			if err == nil {
				err = io.EOF
			}
			a.mu.Lock()
			a.end = err
			a.mu.Unlock()
			poke(a.arrived)
		default:
			return errProtocol
		}
	}
}

// deliver queues what arrived and then waits until the queue has room again.
func (a *attachment) deliver(ctx context.Context, m *farsockv1.StreamReceive) error {
	a.mu.Lock()
	if len(m.GetData()) > 0 {
		a.push(item{data: m.GetData()})
	}
	for _, it := range m.GetItems() {
		if d := it.GetDatagram(); d != nil {
			a.push(item{data: d.GetData(), datagram: d})
		} else if err := OutcomeErr("read", it.GetError()); err != nil {
			a.push(item{err: err})
		}
	}
	full := a.charged > receiveQueue
	a.mu.Unlock()
	poke(a.arrived)
	if !full {
		return nil
	}
	a.setBlind(true)
	defer a.setBlind(false)
	for full {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-a.room:
		}
		a.mu.Lock()
		full = a.charged > receiveQueue
		a.mu.Unlock()
	}
	return nil
}

// push needs mu.
func (a *attachment) push(i item) {
	if a.dropping {
		a.dropped = true
		return
	}
	a.inbox = append(a.inbox, i)
	a.charged += i.charge()
}

// take hands over bytes of a stream, or one datagram cut to len(b), or what
// ended receiving. ok is false when there is nothing yet.
func (a *attachment) take(b []byte) (n int, from *farsockv1.Datagram, err error, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.inbox) == 0 {
		return 0, nil, a.end, a.end != nil
	}
	first := &a.inbox[0]
	n = copy(b, first.data)
	from, err = first.datagram, first.err
	if from == nil && err == nil && n < len(first.data) {
		first.data = first.data[n:]
		a.charged -= n
		return n, nil, nil, true
	}
	a.charged -= first.charge()
	*first = item{}
	a.inbox = a.inbox[1:]
	if len(a.inbox) == 0 {
		a.inbox = nil
	}
	poke(a.room)
	return n, from, err, true
}

// unread says whether something arrived that nobody has taken.
func (a *attachment) unread() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.dropped || len(a.inbox) > 0
}

// drain waits until the kernel has taken everything that counts as written,
// for a while at most. Nothing is read any more, so what arrives is dropped.
func (a *attachment) drain(limit time.Duration) {
	a.mu.Lock()
	a.dropping = true
	a.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for a.owed() {
		select {
		case <-a.progress:
		case <-a.done:
			return
		case <-timer.C:
			return
		}
	}
}

// finish tells readers and writers that the RPC is over. An RPC that ended
// with OK says nothing new: both directions had ended before.
func (a *attachment) finish(ctx context.Context, err error) {
	switch {
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	case ctx.Err() != nil:
		err = &restoredError{as: net.ErrClosed, err: err}
	default:
		err = restore(ctx, err)
	}
	a.mu.Lock()
	if a.end == nil {
		a.end = err
	}
	a.stopSending(err)
	a.mu.Unlock()
	poke(a.arrived)
	poke(a.progress)
}

// poke leaves a token, unless one is there.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
