package farsock

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/google/uuid"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

const (
	// byteSlots is how many messages of bytes may be on their way to the
	// kernel at once: what a Write that timed out can leave behind.
	byteSlots = 8
	// datagramSlots is the same for datagrams.
	datagramSlots = 64
)

// handle is what Conn and PacketConn share: one socket, its deadlines, and the
// attachment that the first read or write makes. Until then the agent reads
// nothing from the kernel.
type handle struct {
	*control

	readBy  *deadline
	writeBy *deadline
	reading chan struct{} // holds the token of the one reader
	writing chan struct{} // holds the token of the one writer of bytes

	closed    chan struct{} // closed, under mu, when Close or Detach begins
	closeDone chan struct{} // closed when it has ended
	closeErr  error         // written before closeDone is closed

	mu       sync.Mutex
	attached *attachment // guarded by mu; nil before the first read or write
}

func newHandle(c *Client, network string, socket *farsockv1.Socket) *handle {
	return &handle{
		control:   newControl(c, network, socket),
		readBy:    newDeadline(),
		writeBy:   newDeadline(),
		reading:   make(chan struct{}, 1),
		writing:   make(chan struct{}, 1),
		closed:    make(chan struct{}),
		closeDone: make(chan struct{}),
	}
}

// messages says whether what is sent and received has boundaries.
func (h *handle) messages() bool { return h.socket.GetType() != stream }

// attachment returns the attachment and makes it if there is none. A failed
// one stays: with data handed out and lost, no second could go on.
func (h *handle) attachment() (*attachment, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.isClosed() {
		return nil, net.ErrClosed
	}
	if h.attached != nil {
		return h.attached, nil
	}
	slots := byteSlots
	if h.messages() {
		slots = datagramSlots
	}
	h.attached = newAttachment(h.client, &farsockv1.Attach{
		Socket: h.resource, Holder: uuid.NewString(), Epoch: 1}, slots)
	if h.attached == nil {
		return nil, net.ErrClosed
	}
	return h.attached, nil
}

func (h *handle) isClosed() bool {
	select {
	case <-h.closed:
		return true
	default:
		return false
	}
}

// stopped says why an operation may not go on: closed, or its deadline passed.
func (h *handle) stopped(by *deadline) error {
	if h.isClosed() {
		return net.ErrClosed
	}
	if by.expired() {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// enter takes one of a channel's tokens; it waits at most until the operation
// has to stop.
func (h *handle) enter(tokens chan struct{}, by *deadline) error {
	for {
		if err := h.stopped(by); err != nil {
			return err
		}
		select {
		case tokens <- struct{}{}:
			return nil
		case <-by.done():
		case <-h.closed:
		}
	}
}

// receive waits for bytes or a datagram.
func (h *handle) receive(b []byte) (n int, from *farsockv1.Datagram, err error) {
	err = h.await(func(a *attachment) (err error, ok bool) {
		n, from, err, ok = a.take(b)
		return err, ok
	})
	return n, from, err
}

// receiveMessage waits for a datagram and hands it over whole.
func (h *handle) receiveMessage() (d *farsockv1.Datagram, err error) {
	err = h.await(func(a *attachment) (err error, ok bool) {
		_, d, err, ok = a.take(nil)
		return err, ok
	})
	return d, err
}

// await is the one reader until take has something, or has to stop.
func (h *handle) await(take func(*attachment) (err error, ok bool)) error {
	if err := h.enter(h.reading, h.readBy); err != nil {
		return err
	}
	defer func() { <-h.reading }()
	a, err := h.attachment()
	if err != nil {
		return err
	}
	for {
		if err := h.stopped(h.readBy); err != nil {
			return err
		}
		if err, ok := take(a); ok {
			return err
		}
		select {
		case <-a.arrived:
		case <-h.readBy.done():
		case <-h.closed:
		}
	}
}

// sendBytes returns when the kernel has taken all of b, with a count that is
// what was taken; if the deadline passes first, what was taken or still will
// be: going on with the rest continues the stream.
func (h *handle) sendBytes(b []byte) (n int, err error) {
	if err := h.enter(h.writing, h.writeBy); err != nil {
		return 0, err
	}
	defer func() { <-h.writing }()
	a, err := h.attachment()
	if err != nil {
		return 0, err
	}
	var posted []*parcel // at most byteSlots
	queued := 0
	for len(b) > 0 || len(posted) > 0 {
		if err := h.stopped(h.writeBy); errors.Is(err, os.ErrDeadlineExceeded) {
			return n + queued, err
		} else if err != nil {
			return n, err
		}
		var slots chan struct{}
		if len(b) > 0 {
			slots = a.slots
		}
		var oldest chan struct{}
		if len(posted) > 0 {
			oldest = posted[0].done
		}
		select {
		case <-oldest:
			p := posted[0]
			posted = posted[1:]
			n += p.n
			queued -= len(p.data)
			if p.err != nil {
				return n, p.err
			}
		case slots <- struct{}{}:
			p := &parcel{data: bytes.Clone(b[:min(len(b), wire.StreamSendChunk)])}
			b = b[len(p.data):]
			queued += len(p.data)
			posted = append(posted, p)
			a.post(p)
		case <-h.writeBy.done():
		case <-h.closed:
		}
	}
	return n, nil
}

// sendOne posts one datagram, or the end of sending, and waits until the
// kernel has answered.
func (h *handle) sendOne(p *parcel) error {
	if p.datagram != nil && len(p.datagram.GetData()) > wire.MaxUnaryBytes {
		return syscall.EMSGSIZE
	}
	a, err := h.attachment()
	if err != nil {
		return err
	}
	if err := h.enter(a.slots, h.writeBy); err != nil {
		return err
	}
	if err := a.takeLate(); err != nil {
		<-a.slots
		return err
	}
	a.post(p)
	for {
		select {
		case <-p.done:
			return p.err
		case <-h.writeBy.done():
		case <-h.closed:
		}
		if err := h.stopped(h.writeBy); err != nil {
			return err
		}
	}
}

// end begins closing; it is false if that was begun before.
func (h *handle) end() (*attachment, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.isClosed() {
		return nil, false
	}
	close(h.closed)
	return h.attached, true
}

// release ends the attachment and then, unless keep, the socket. The second
// and later calls return what the first did.
func (h *handle) release(keep, abort bool) error {
	a, first := h.end()
	if !first {
		<-h.closeDone
		return h.closeErr
	}
	defer close(h.closeDone)
	h.readBy.set(time.Time{})
	h.writeBy.set(time.Time{})
	if a != nil {
		if !a.unread() {
			a.drain(callLimit)
		}
		a.cancel()
		<-a.done
		// As a kernel does when data that it received is closed away.
		abort = abort || !h.messages() && a.unread()
	}
	if !keep {
		h.closeErr = h.client.closeSocket(h.resource, abort)
	}
	return h.closeErr
}

// closeSocket closes a socket on the agent. One that is gone already is no
// error.
func (c *Client) closeSocket(resource string, abort bool) error {
	ctx, cancel := context.WithTimeout(c.life, callLimit)
	defer cancel()
	res, err := c.Sockets.Close(ctx, &farsockv1.CloseRequest{Socket: resource, Abort: abort})
	if gone(err) {
		return nil
	}
	if err != nil {
		return restore(c.life, err)
	}
	return OutcomeErr("close", res.GetOutcome())
}
