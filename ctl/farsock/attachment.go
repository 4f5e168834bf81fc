package farsock

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/google/uuid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// streamAhead is how many bytes the agent may send that were not acknowledged,
// a datagram being charged 512 more: the window of an attachment. They lie here
// until they are read, and at the agent until the next read.
const streamAhead = 1 << 20

// attachment is one socket's stream as its Conn sees it: what arrived and was
// not read yet, and what the kernel has not taken yet. It outlives the Stream
// RPCs that carry it: when one breaks the next begins where the kernel and the
// reader are. Its goroutine, run, lasts until the stream is over or lost.
type attachment struct {
	client   *Client            // immutable
	socket   string             // immutable; resource name
	holder   string             // immutable; the agent's name for this attachment
	messages bool               // immutable; whether what is sent and received has boundaries
	lease    lease              // immutable; its session
	notify   func(broken error) // immutable; see Conn.NotifyLink; may be nil
	steal    bool               // immutable; whether the first Stream takes the socket from others
	cancel   context.CancelFunc
	done     chan struct{} // closed when run and what it started have ended
	begun    chan struct{} // closed when it has attached once, or never will

	arrived chan struct{} // holds one token when inbox or end changed
	work    chan struct{} // holds one token when there is something to send
	slots   chan struct{} // holds a token for each parcel that is not settled

	mu      sync.Mutex
	epoch   int64               // guarded by mu; of the latest Stream
	first   *farsockv1.Attached // guarded by mu; nil until it has attached once
	inbox   inbox               // guarded by mu
	outbox  outbox              // guarded by mu
	end     error               // guarded by mu; what readers get after inbox: io.EOF or why
	sendErr error               // guarded by mu; why nothing more is sent
	shut    bool                // guarded by mu; sendErr is for an orderly end
	lost    error               // guarded by mu; why there is no further Stream; nil for an orderly end
}

// newAttachment attaches in the background: what is asked of it meanwhile
// waits. At most slots parcels are on their way at once. It is nil if the client
// is closed.
func newAttachment(h *handle, slots int) *attachment {
	ctx, cancel := context.WithCancel(h.client.life)
	a := &attachment{
		client:   h.client,
		socket:   h.resource,
		holder:   uuid.NewString(),
		messages: h.messages(),
		lease:    h.lease,
		notify:   h.notify,
		steal:    h.steal,
		cancel:   cancel,
		done:     make(chan struct{}),
		begun:    make(chan struct{}),
		arrived:  make(chan struct{}, 1),
		work:     make(chan struct{}, 1),
		slots:    make(chan struct{}, slots),
	}
	if !h.client.start(func() { a.run(ctx) }) {
		cancel()
		return nil
	}
	return a
}

func (a *attachment) run(ctx context.Context) {
	defer close(a.done)
	defer a.cancel()
	a.finish(ctx, a.carry(ctx))
}

// finish tells readers and writers that there is no further Stream. Nil says
// nothing new: both directions had ended before.
func (a *attachment) finish(ctx context.Context, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case err == nil:
	case ctx.Err() != nil:
		err = &restoredError{as: net.ErrClosed, err: err}
	default:
		err = a.lostBy(err)
		a.lost = err
	}
	if reasonOf(err) == farsockv1.ErrorReason_ERROR_REASON_FENCED {
		a.inbox.clear() // the agent gives it to the one who took the socket
	}
	if a.end == nil {
		a.end = err
	}
	a.stopSending(err)
	if a.first == nil {
		close(a.begun)
	}
	poke(a.arrived)
}

// settle notes that the reader is done with what it got.
func (a *attachment) settle() {
	a.mu.Lock()
	defer a.mu.Unlock()
	waited := a.inbox.late()
	a.inbox.settle()
	if _, due := a.inbox.dueAck(); due || !waited && a.inbox.late() {
		poke(a.work)
	}
}

// read hands over bytes of a stream, or one item cut to len(b), or what ended
// receiving. ok is false when there is nothing yet.
func (a *attachment) read(b []byte) (n int, from *farsockv1.Datagram, err error, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n, from, err, ok = a.inbox.take(b); ok {
		return n, from, err, true
	}
	return 0, nil, a.end, a.end != nil
}

// unread says whether something arrived that nobody has taken.
func (a *attachment) unread() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.inbox.items) > 0
}

// over says whether both directions have ended, so that no Stream has anything
// left to do but to acknowledge.
func (a *attachment) over() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.isOver()
}

// isOver needs mu.
func (a *attachment) isOver() bool { return a.end != nil && a.sendErr != nil }

// broken returns why there is no further Stream; nil while there may be, or if
// none is needed.
func (a *attachment) broken() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lost
}

// attached waits until the agent has attached it once, and returns its answer.
func (a *attachment) attached(ctx context.Context) (*farsockv1.Attached, error) {
	select {
	case <-a.begun:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.first == nil {
		if errors.Is(a.end, io.EOF) {
			return nil, errProtocol
		}
		return nil, a.end
	}
	return a.first, nil
}

// poke leaves a token, unless one is there.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
