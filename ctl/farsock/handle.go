package farsock

import (
	"net"
	"os"
	"sync"
	"syscall"

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
	attached *attachment        // guarded by mu; nil before the first read or write
	notify   func(broken error) // guarded by mu; see Conn.NotifyLink
	steal    bool               // guarded by mu; see Conn.Steal
}

func newHandle(c *Client, session lease, network string, socket *farsockv1.Socket) *handle {
	return &handle{
		control:   newControl(c, session, network, socket),
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

// attachment returns the attachment and makes it if there is none. One that is
// over stays: no second may go on in its place.
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
	h.attached = newAttachment(h, slots)
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

// stopped says why an operation may not go on: closed, or its deadline, if it
// has one, passed.
func (h *handle) stopped(by *deadline) error {
	if h.isClosed() {
		return net.ErrClosed
	}
	if by != nil && by.expired() {
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
		n, from, err, ok = a.read(b)
		return err, ok
	})
	return n, from, err
}

// receiveMessage waits for a datagram and hands it over whole.
func (h *handle) receiveMessage() (d *farsockv1.Datagram, err error) {
	err = h.await(func(a *attachment) (err error, ok bool) {
		_, d, err, ok = a.read(nil)
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
	a.settle()
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

// sendOne posts one datagram and waits until the kernel has answered.
func (h *handle) sendOne(p *parcel) error {
	if len(p.datagram.GetData()) > wire.MaxUnaryBytes {
		return syscall.EMSGSIZE
	}
	a, err := h.attachment()
	if err != nil {
		return err
	}
	if err := h.enter(a.slots, h.writeBy); err != nil {
		return err
	}
	if err := a.post(p); err != nil {
		return err
	}
	return h.settled(p)
}

// sendNone is a Write of nothing.
func (h *handle) sendNone() error {
	if err := h.stopped(h.writeBy); err != nil {
		return err
	}
	if a := h.present(); a != nil {
		return a.ended()
	}
	return nil
}

// sendEnd posts the end of sending, whatever the deadline, and waits for it.
func (h *handle) sendEnd() error {
	a, err := h.attachment()
	if err != nil {
		return err
	}
	return h.settled(a.postEnd())
}

// settled waits until a parcel is, or the operation has to stop.
func (h *handle) settled(p *parcel) error {
	for {
		select {
		case <-p.done:
			return p.err
		default:
		}
		if err := h.stopped(h.writeBy); err != nil {
			return err
		}
		select {
		case <-p.done:
		case <-h.writeBy.done():
		case <-h.closed:
		}
	}
}
