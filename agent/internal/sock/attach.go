//go:build linux

package sock

import (
	"context"
	"errors"
	"sync"

	"github.com/farsock/farsock/agent/internal/poller"
)

// Errors of Attach.
var (
	// ErrStaleEpoch: the same holder has attached, now or before, with this
	// epoch or a higher one.
	ErrStaleEpoch = errors.New("stale epoch")
	// ErrTakeOver: the same holder is attached with a lower epoch.
	ErrTakeOver = errors.New("attached by the same holder with a lower epoch")
)

// AttachRequest says who attaches and where the Attachment starts.
type AttachRequest struct {
	// Holder is the client's name for itself, Epoch what it raises each time.
	// The socket remembers the last ones. An empty Holder is never stale.
	Holder string
	Epoch  int64
	// ReceiveFrom is an offset between the first unacknowledged and what was
	// read; what is held before it is dropped. Nil: the first unacknowledged.
	ReceiveFrom *int64
	// SendFrom has to be what was applied. Nil: what was applied.
	SendFrom *int64
}

// Attachment has a socket's both directions for itself. Read and Write (or
// WriteDatagram) may run concurrently, each in one goroutine at a time. Detach
// ends it; the socket's Close does not, but makes all its methods fail.
type Attachment struct {
	s        *Socket            // immutable
	ctx      context.Context    // immutable; over when detached
	cancel   context.CancelFunc // immutable
	mu       sync.Mutex
	detached bool           // guarded by mu
	running  sync.WaitGroup // calls under way; Add under mu
}

// lastHolder is who attached last.
type lastHolder struct {
	name  string
	epoch int64
}

// Attach takes the socket. The caller calls Detach. Errors: ErrClosed,
// ErrAttached, ErrTakeOver, ErrStaleEpoch, ErrBusy while a Send or Receive is
// under way, *RangeError.
func (s *Socket) Attach(r AttachRequest) (*Attachment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	same := r.Holder != "" && r.Holder == s.holder.name
	switch {
	case s.gone:
		return nil, ErrClosed
	case same && r.Epoch <= s.holder.epoch:
		return nil, ErrStaleEpoch
	case s.attached != nil && same:
		return nil, ErrTakeOver
	case s.attached != nil:
		return nil, ErrAttached
	case s.unary > 0:
		return nil, ErrBusy
	}
	// Nobody else sends or receives, so that these figures stay.
	if at := s.send.count(0); r.SendFrom != nil && *r.SendFrom != at {
		return nil, &RangeError{Field: "send_from", Got: *r.SendFrom, Min: at, Max: at}
	}
	if err := s.recv.startAt(s.env, r.ReceiveFrom); err != nil {
		return nil, err
	}
	a := &Attachment{s: s}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	s.attached = a
	s.holder = lastHolder{r.Holder, r.Epoch}
	return a, nil
}

func (r *receiving) startAt(env *Env, from *int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if from == nil {
		return nil
	}
	if *from < r.acked || *from > r.read {
		return &RangeError{Field: "receive_from", Got: *from, Min: r.acked, Max: r.read}
	}
	r.drop(env, *from)
	return nil
}

// ReceiveBegin is the offset of the first byte (item) that Read will return.
func (a *Attachment) ReceiveBegin() int64 {
	a.s.recv.mu.Lock()
	defer a.s.recv.mu.Unlock()
	return a.s.recv.acked
}

// ReceiveEnd is how far the socket has read from the kernel.
func (a *Attachment) ReceiveEnd() int64 {
	a.s.recv.mu.Lock()
	defer a.s.recv.mu.Unlock()
	return a.s.recv.read
}

// SendApplied is how much the kernel has taken; refused datagrams count.
func (a *Attachment) SendApplied() int64 { return a.s.send.count(0) }

// enter begins a call; the caller calls leave. The context ends with ctx or by
// Detach.
func (a *Attachment) enter(ctx context.Context) (_ context.Context, leave func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.detached {
		return nil, nil, ErrDetached
	}
	a.running.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(a.ctx, cancel)
	return ctx, func() { stop(); cancel(); a.running.Done() }, nil
}

// Detach frees the socket. It ends Reads and Writes under way as if their
// context had ended, and returns after they left. It may be called twice.
func (a *Attachment) Detach() {
	a.mu.Lock()
	a.detached = true
	a.mu.Unlock()
	a.cancel()
	a.running.Wait()
	a.s.mu.Lock()
	if a.s.attached == a {
		a.s.attached = nil
	}
	a.s.mu.Unlock()
	a.s.desc.Signal(poller.Readable)
}

// CloseWrite is shutdown(SHUT_WR).
func (a *Attachment) CloseWrite() (Outcome, error) {
	_, leave, err := a.enter(context.Background())
	if err != nil {
		return Outcome{}, err
	}
	defer leave()
	return a.s.Shutdown(ShutWrite)
}
