//go:build linux

package sock

import (
	"context"
	"sync"

	"github.com/farsock/farsock/agent/internal/seeded"
)

// Attachment has a socket's both directions for itself. Read and Write (or
// WriteDatagram) may run concurrently, each in one goroutine at a time; the
// other methods at any time. Detach or a take-over ends it; the socket's Close
// does not, but makes all its methods fail.
type Attachment struct {
	s      *Socket            // immutable
	holder string             // immutable
	manual bool               // immutable
	window int                // immutable; bytes, 0 for the environment's
	ctx    context.Context    // immutable; over when detached
	cancel context.CancelFunc // immutable
	news   chan struct{}      // capacity 1; something was acknowledged
	cursor int64              // guarded by s.recv.mu; with manual, Read returned all before it

	mu      sync.Mutex
	err     error          // guarded by mu; ErrDetached or ErrFenced once it has ended
	running sync.WaitGroup // calls under way; Add under mu
}

// Context ends with the Attachment, and Err then says by what.
func (a *Attachment) Context() context.Context { return a.ctx }

// Err is ErrFenced or ErrDetached, or nil while the Attachment has the socket.
func (a *Attachment) Err() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// end ends it with err, unless it has ended, and waits until all calls left.
func (a *Attachment) end(err error) {
	a.mu.Lock()
	if a.err == nil {
		a.err = err
	}
	a.mu.Unlock()
	a.cancel()
	if !seeded.On(seeded.StaleEpochPumps) {
		a.running.Wait()
	}
}

// join begins a call; the caller calls a.running.Done.
func (a *Attachment) join() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return a.err
	}
	a.running.Add(1)
	return nil
}

// enter begins a call that may wait; the caller calls leave. The context ends
// with ctx or with the Attachment.
func (a *Attachment) enter(ctx context.Context) (_ context.Context, leave func(), err error) {
	if err := a.join(); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(a.ctx, cancel)
	return ctx, func() { stop(); cancel(); a.running.Done() }, nil
}

// ended is why a call came to nothing whose context is over.
func (a *Attachment) ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.Err()
}

// ReceiveBegin is the offset of the first byte (item) that Read will return.
func (a *Attachment) ReceiveBegin() int64 {
	a.s.recv.mu.Lock()
	defer a.s.recv.mu.Unlock()
	return a.position()
}

// position is that of the next Read. The caller holds s.recv.mu.
func (a *Attachment) position() int64 {
	if a.manual {
		return max(a.cursor, a.s.recv.acked)
	}
	return a.s.recv.acked
}

// ReceiveEnd is how far the socket has read from the kernel.
func (a *Attachment) ReceiveEnd() int64 {
	a.s.recv.mu.Lock()
	defer a.s.recv.mu.Unlock()
	return a.s.recv.read
}

// End is how the receiving direction ended, at ReceiveEnd; nil if that was not
// read yet.
func (a *Attachment) End() *Outcome {
	a.s.recv.mu.Lock()
	defer a.s.recv.mu.Unlock()
	return a.s.recv.final
}

// SendApplied is how much the kernel has taken; refused datagrams count.
func (a *Attachment) SendApplied() int64 { return a.s.send.count(0) }

// SendFloor is from where on all that was applied is this holder's.
func (a *Attachment) SendFloor() int64 {
	d := &a.s.send
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.floor(a.holder)
}

// Wrote reports whether all that was applied between two offsets is known to be
// this holder's.
func (a *Attachment) Wrote(from, to int64) bool {
	d := &a.s.send
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.wrote(a.holder, from, to)
}

// SendOver is why nothing more can be sent: Done after CloseWrite or Shutdown,
// else what the kernel answered; nil while something can.
func (a *Attachment) SendOver() *Outcome {
	d := &a.s.send
	if a.s.isWriteShut() {
		d.end(done())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over
}

// WriteClosed reports whether a CloseWrite, of this Attachment or an earlier one,
// has ended sending in order.
func (a *Attachment) WriteClosed() bool {
	d := &a.s.send
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closed
}

// Refused are the datagrams of this holder's from offset on that the kernel
// refused; of very many, the last 1024.
func (a *Attachment) Refused(offset int64) []Refusal {
	d := &a.s.send
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []Refusal
	for _, r := range d.refused {
		if a.holder != "" && d.last().holder == a.holder && r.Offset >= offset {
			list = append(list, r)
		}
	}
	return list
}

// Ack drops what is held before offset, of a manual Attachment. One below what
// was acknowledged before changes nothing; one above what Read returned, or
// negative, is a *RangeError. Other errors: ErrDetached, ErrFenced.
func (a *Attachment) Ack(offset int64) error {
	if err := a.join(); err != nil {
		return err
	}
	defer a.running.Done()
	r := &a.s.recv
	r.mu.Lock()
	defer r.mu.Unlock()
	if seeded.On(seeded.AckUnread) {
		offset = min(offset, r.read)
	}
	if most := a.position(); offset < 0 || offset > most {
		return &RangeError{Field: "offset", Got: offset, Min: 0, Max: most}
	}
	r.drop(a.s.env, offset)
	select {
	case a.news <- struct{}{}:
	default:
	}
	return nil
}

// CloseWrite is shutdown(SHUT_WR). Where nothing more could be sent, by a
// CloseWrite before or by a failure, the outcome is that again. Where there is no
// peer it is NotConnected and the kernel is not asked, who would shut down what
// connects later.
func (a *Attachment) CloseWrite() (Outcome, error) {
	if err := a.join(); err != nil {
		return Outcome{}, err
	}
	defer a.running.Done()
	out, err := a.closeWrite()
	if err == nil && out.OK() {
		d := &a.s.send
		d.mu.Lock()
		d.closed = true
		d.mu.Unlock()
	}
	return out, err
}

func (a *Attachment) closeWrite() (Outcome, error) {
	if over := a.SendOver(); over != nil {
		return *over, nil
	}
	if a.s.peerless() {
		out := notConnected()
		if a.s.sentAll(out) { // it has no peer any more
			a.s.send.end(out)
		}
		return out, nil
	}
	out, err := a.s.Shutdown(ShutWrite)
	if err == nil && (out.OK() || a.s.sentAll(out)) {
		a.s.send.end(out)
	}
	return out, err
}
