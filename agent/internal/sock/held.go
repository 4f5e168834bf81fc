//go:build linux

package sock

import (
	"sync"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/seeded"
)

// receiving is the receiving direction: what was read from the kernel and is
// not acknowledged. Everything but turn is guarded by mu, also while a
// non-blocking recvmsg(2) runs, so that reads and offsets stay in order; nobody
// waits with it.
type receiving struct {
	turn turn // of those who wait for the kernel and take from it

	mu     sync.Mutex
	closed bool

	held    []byte    // a stream's bytes acked to read; nil when empty
	msgs    []Message // a datagram socket's items acked to read
	size    int64     // what msgs are charged
	charged int64     // taken from the environment's budget

	acked, read int64 // offsets, see Info
	handed      int64 // receives returned all up to here; between acked and read
	purged      int64 // where the last purge began to drop
	total       int64 // of descriptors closed
	descriptors int   // of those, not reported yet by a stream receive
	controlLost bool  // so were control messages that no stream receive returned

	sender []byte // the credentials that came with the last of held; nil for none
	rights bool   // descriptors came with it
	seam   int64  // the offset behind it, where a receive for so many bytes met it

	// pending is an error that the kernel told once and that comes after what
	// is held; shown says that a Manual receive returned it.
	pending *Outcome
	shown   bool
	ended   bool     // some receive was told the end
	final   *Outcome // how the direction ended, for every Attachment; nil until that was read
}

// messageCost is what a held message is charged on top of its bytes and those of
// its control messages.
const messageCost = 512

// bytes is how much is held. The caller holds mu.
func (r *receiving) bytes() int64 {
	n := int64(len(r.held))
	for i := range r.msgs {
		n += int64(len(r.msgs[i].Data))
	}
	return n
}

// grow makes room for n more bytes behind held. The caller holds mu. What was
// handed out shares the old array, which is therefore never moved within.
func (r *receiving) grow(env *Env, n int) error {
	if cap(r.held)-len(r.held) >= n {
		return nil
	}
	size := max(len(r.held)+n, min(2*len(r.held), env.window()), 1024)
	if err := env.Budget.Take(int64(size) - r.charged); err != nil {
		return err
	}
	if int64(size) < r.charged {
		env.Budget.Give(r.charged - int64(size))
	}
	bigger := make([]byte, len(r.held), size)
	copy(bigger, r.held)
	r.held, r.charged = bigger, int64(size)
	return nil
}

// alwaysHeld is how many bytes an Attachment may hold of any socket, though the
// budget be full: a stream whose client keeps up goes on.
const alwaysHeld = 4096

// growBeyond is grow up to alwaysHeld, where the budget is full. The caller holds
// mu.
func (r *receiving) growBeyond(env *Env, n int) {
	size := len(r.held) + n
	if cap(r.held) >= size {
		return
	}
	env.Budget.Force(int64(size) - r.charged)
	r.held, r.charged = append(make([]byte, 0, size), r.held...), int64(size)
}

// windowOf is how much may be held for q.
func (s *Socket) windowOf(q ReceiveRequest) int {
	if q.window > 0 && !seeded.On(seeded.WindowIgnored) {
		return min(q.window, s.env.window())
	}
	return s.env.window()
}

// settle gives back memory that is not needed any more. The caller holds mu.
func (r *receiving) settle(env *Env) {
	switch {
	case len(r.held) == 0 && len(r.msgs) == 0:
		env.Budget.Give(r.charged)
		r.held, r.msgs, r.charged, r.size = nil, nil, 0, 0
	case len(r.msgs) > 0:
		env.Budget.Give(r.charged - r.size)
		r.charged = r.size
	case r.charged > 1<<16 && int64(len(r.held)) < r.charged/4:
		kept := make([]byte, len(r.held))
		copy(kept, r.held)
		env.Budget.Give(r.charged - int64(len(kept)))
		r.held, r.charged = kept, int64(len(kept))
	}
}

// add holds one more datagram. The caller holds mu and charged it.
func (r *receiving) add(m Message) {
	m.Offset = r.read
	r.msgs = append(r.msgs, m)
	r.size += cost(m)
	r.read++
	r.final = nil
}

func cost(m Message) int64 {
	n := len(m.Data) + messageCost
	for _, c := range m.Control {
		n += len(c.Data)
	}
	return int64(n)
}

// drop acknowledges everything before offset, which is not above read. The
// caller holds mu.
func (r *receiving) drop(env *Env, offset int64) {
	n := offset - r.acked
	if n <= 0 {
		return
	}
	if r.msgs != nil {
		for _, m := range r.msgs[:n] {
			r.size -= cost(m)
		}
		r.msgs = append([]Message(nil), r.msgs[n:]...)
	} else {
		r.held = r.held[n:]
	}
	r.acked = offset
	r.handed = max(r.handed, offset)
	r.settle(env)
}

// hand says that a receive returned what is between two offsets. What lies
// before them and was given to nobody stays so. The caller holds mu.
func (r *receiving) hand(from, to int64) {
	if from <= r.handed {
		r.handed = max(r.handed, to)
	}
}

// skip counts n bytes or items that went straight to the caller, nothing being
// held. The caller holds mu.
func (r *receiving) skip(n int64) {
	r.read += n
	r.acked, r.handed = r.read, r.read
	r.final = nil
}

// finish says that a receive was told the end. The caller holds mu.
func (r *receiving) finish(how Outcome) {
	r.ended = true
	r.settleEnd(how)
}

// settleEnd keeps how the direction ended: what came first, since after a reset
// recv(2) tells an orderly end. The caller holds mu.
func (r *receiving) settleEnd(how Outcome) {
	if r.final == nil {
		r.final = &how
	}
}

// purge drops all, as the kernel does with a stream's queue when connect(2)
// dissolves the connection. The caller holds mu.
func (r *receiving) purge(env *Env) {
	r.purged = r.acked
	r.drop(env, r.read)
	r.forget()
}

// forget makes the direction one that has not ended. The caller holds mu.
func (r *receiving) forget() { r.pending, r.shown, r.ended, r.final = nil, false, false, nil }

// close drops all and reports whether there was something that no receive ever
// returned (or none without a gap before it).
func (r *receiving) close(env *Env) (unread bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	unread = r.handed < r.read && !seeded.On(seeded.FinForReset) || r.acked < r.read && seeded.On(seeded.ResetForFin)
	r.held, r.msgs, r.pending = nil, nil, nil
	r.settle(env)
	return unread
}

// ready reports whether a receive would return something without the kernel.
func (r *receiving) ready() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.held) > 0 || len(r.msgs) > 0 || r.pending != nil
}

// failing reports whether an error that the kernel has told is still to come.
func (r *receiving) failing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pending != nil
}

// takeError returns an error that the kernel has told and no receive has, and
// then none will: SO_ERROR is read.
func (r *receiving) takeError() unix.Errno {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending == nil {
		return 0
	}
	errno := r.pending.Errno
	r.pending, r.shown = nil, false
	return errno
}

// Ack drops what is held before offset. It returns the offset now acknowledged
// and how many bytes are still held. An offset below what was acknowledged
// before changes nothing; one above what was read, or negative, is a
// *RangeError. Other errors: ErrClosed, ErrAttached.
func (s *Socket) Ack(offset int64) (acked, held int64, err error) {
	if err := s.enter(); err != nil {
		return 0, 0, err
	}
	defer s.leave()
	r := &s.recv
	r.mu.Lock()
	defer r.mu.Unlock()
	if offset < 0 || offset > r.read {
		return 0, 0, &RangeError{Field: "offset", Got: offset, Min: 0, Max: r.read}
	}
	r.drop(s.env, offset)
	if r.shown && offset == r.read {
		r.pending, r.shown = nil, false
	}
	return r.acked, r.bytes(), nil
}
