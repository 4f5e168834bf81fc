//go:build linux

package sock

import (
	"context"
	"slices"

	"github.com/farsock/farsock/agent/internal/poller"
	"github.com/farsock/farsock/agent/internal/seeded"
)

// AttachRequest says who attaches and where the Attachment starts.
type AttachRequest struct {
	// Holder is the client's name for itself, Epoch what it raises each time.
	// The socket remembers the last ones. An empty Holder is never stale.
	Holder string
	Epoch  int64
	// Steal takes the socket from another holder, who may not attach again
	// without it.
	Steal bool
	// Manual holds what was read until Ack; else it is gone once read. Window
	// is how many bytes may be held so; 0, or more than the environment's,
	// means that.
	Manual bool
	Window int
	// ReceiveFrom is an offset between the first unacknowledged and what was
	// read; what is held before it is dropped. Nil: the first unacknowledged.
	ReceiveFrom *int64
	// SendFrom is at most what was applied, and before that only where all from
	// there on was sent by Holder. Nil: what was applied.
	SendFrom *int64
}

// lastHolder is who attached last.
type lastHolder struct {
	name  string
	epoch int64
}

// maxStolen is how many holders that were stolen from a socket remembers.
const maxStolen = 16

// Attach takes the socket. The caller calls Detach. From the same holder with a
// lower epoch, and with Steal from any, it is taken over: the earlier Attachment
// ends with ErrFenced, and has left its system call before Attach returns.
// Attaches come one after the other. Errors: ErrClosed, ErrAttached, ErrFenced,
// ErrStaleEpoch, ErrBusy while a Send or Receive is under way, *RangeError,
// *HolderError, ctx's; all but the last two before anyone is fenced.
func (s *Socket) Attach(ctx context.Context, r AttachRequest) (*Attachment, error) {
	c := Forever().begin(ctx, 0)
	if err := s.attaching.take(c, s.closed); err == errElapsed {
		return nil, ctx.Err()
	} else if err != nil {
		return nil, err
	}
	defer s.attaching.pass()
	before, err := s.admit(r)
	if err != nil {
		return nil, err
	}
	if before != nil {
		before.end(ErrFenced)
	}
	return s.install(r, before)
}

// admit judges who may attach, and returns who has the socket now.
func (s *Socket) admit(r AttachRequest) (*Attachment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	same := r.Holder != "" && r.Holder == s.holder.name
	switch {
	case s.gone:
		return nil, ErrClosed
	case same && r.Epoch <= s.holder.epoch && !(r.Epoch == s.holder.epoch && seeded.On(seeded.EqualEpoch)):
		return nil, ErrStaleEpoch
	case !r.Steal && slices.Contains(s.stolen, r.Holder) && !seeded.On(seeded.FencedForgotten):
		return nil, ErrFenced
	case s.attached != nil && !same && !r.Steal:
		return nil, ErrAttached
	case s.attached == nil && s.unary > 0:
		return nil, ErrBusy
	}
	// Offsets only grow, and none that a client knows of was beyond them.
	return s.attached, s.mayStart(r)
}

func (s *Socket) mayStart(r AttachRequest) error {
	if err := s.send.mayStartAt(r.Holder, r.SendFrom); err != nil {
		return err
	}
	return s.recv.mayStartAt(r.ReceiveFrom)
}

// install gives the socket to r's holder. before, if any, has ended, and has kept
// everyone else out.
func (s *Socket) install(r AttachRequest, before *Attachment) (*Attachment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if before != nil {
		s.attached = nil
	}
	if s.gone {
		return nil, ErrClosed
	}
	if r.Steal && s.holder.name != "" && s.holder.name != r.Holder {
		s.stolen = append(s.stolen, s.holder.name)
		s.stolen = s.stolen[max(0, len(s.stolen)-maxStolen):]
	}
	s.stolen = slices.DeleteFunc(s.stolen, func(name string) bool { return name == r.Holder })
	if s.unary > 0 { // since admit, where nobody is attached
		return nil, ErrBusy
	}
	// Nobody else sends or receives any more, so that these figures stay.
	if err := s.mayStart(r); err != nil {
		return nil, err
	}
	a := &Attachment{s: s, holder: r.Holder, manual: r.Manual, window: r.Window, news: make(chan struct{}, 1)}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	a.cursor = s.recv.startAt(s.env, r.ReceiveFrom)
	s.attached = a
	s.holder = lastHolder{r.Holder, r.Epoch}
	return a, nil
}

func (r *receiving) mayStartAt(from *int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if from != nil && (*from < r.acked || *from > r.read) && !seeded.On(seeded.ClampReceiveFrom) {
		return &RangeError{Field: "receive_from", Got: *from, Min: r.acked, Max: r.read}
	}
	return nil
}

// startAt drops what lies before from, and returns the first offset that is left.
func (r *receiving) startAt(env *Env, from *int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if from != nil {
		r.drop(env, min(*from, r.read))
	}
	if seeded.On(seeded.ResetAsEnd) && r.final != nil {
		r.final = &Outcome{Code: Done}
	}
	return r.acked
}

// Detach frees the socket. It ends Reads and Writes under way as if their
// context had ended, and returns after they left. It may be called twice, and
// after a take-over, when it frees nothing.
func (a *Attachment) Detach() {
	a.end(ErrDetached)
	a.s.mu.Lock()
	if a.s.attached == a && a.Err() == ErrDetached { // else a successor is about to have it
		a.s.attached = nil
	}
	a.s.mu.Unlock()
	a.s.desc.Signal(poller.Readable)
}
