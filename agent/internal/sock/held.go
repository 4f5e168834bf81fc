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

	held    chunks    // a stream's bytes acked to read
	msgs    []Message // a datagram socket's items acked to read
	dropped int       // items whose place in msgs' array is lost
	load    int64     // bytes of msgs
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
func (r *receiving) bytes() int64 { return int64(r.held.len) + r.load }

// space is room of at most n bytes behind what is held, where the kernel has
// waiting bytes. With whole they get into one array with the last that are held.
// The caller holds mu, and calls settle.
func (r *receiving) space(env *Env, n, waiting int, whole bool) ([]byte, error) {
	room := r.held.room()
	if len(room) > 0 && len(room) >= min(n, waiting) {
		return room[:min(n, len(room))], nil
	}
	err := r.lengthen(env, n, whole && r.held.len > 0)
	if err != nil && len(room) == 0 {
		return nil, err
	}
	room = r.held.room()
	return room[:min(n, len(room))], nil
}

// lengthen makes room for n bytes, and for more in proportion to what there is,
// so that however they come few bytes are moved or wasted for each.
func (r *receiving) lengthen(env *Env, n int, whole bool) error {
	if whole {
		last := len(r.held.list) - 1
		have := len(r.held.list[last].b)
		size := have + max(n, minChunk-have, min(have, max(env.window()-r.held.len, have/2)))
		if err := r.charge(env, int64(size-r.held.list[last].size)); err != nil {
			return err
		}
		r.held.replace(last, size)
		return nil
	}
	least := max(n, minChunk)
	size := max(least, min(r.held.len, maxChunk))
	err := r.charge(env, int64(size))
	if err != nil && size > least {
		size = least
		err = r.charge(env, int64(size))
	}
	if err != nil {
		return err
	}
	r.held.open(size)
	return nil
}

// charge takes n bytes of the budget.
func (r *receiving) charge(env *Env, n int64) error {
	if n <= 0 {
		return nil
	}
	if err := env.Budget.Take(n); err != nil {
		return err
	}
	r.charged += n
	return nil
}

// recharge makes the charge for a stream's bytes what they take. The caller holds
// mu.
func (r *receiving) recharge(env *Env) {
	env.Budget.Force(r.held.size - r.charged)
	env.Budget.Give(r.charged - r.held.size)
	r.charged = r.held.size
}

// alwaysHeld is how many bytes an Attachment may hold of any socket, though the
// budget be full: a stream whose client keeps up goes on.
const alwaysHeld = 4096

// spaceBeyond is space up to alwaysHeld, where the budget is full. The caller
// holds mu.
func (r *receiving) spaceBeyond(env *Env, n int) []byte {
	r.held.replace(0, r.held.len+n)
	r.recharge(env)
	return r.held.room()
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
	if len(r.msgs) > 0 {
		env.Budget.Give(r.charged - r.size)
		r.charged = r.size
		return
	}
	r.msgs, r.dropped, r.load, r.size = nil, 0, 0, 0
	r.held.tidy()
	r.recharge(env)
}

// add holds one more datagram. The caller holds mu and charged it.
func (r *receiving) add(m Message) {
	m.Offset = r.read
	r.msgs = append(r.msgs, m)
	r.size += cost(m)
	r.load += int64(len(m.Data))
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
		r.dropItems(int(n))
	} else {
		r.held.drop(int(n))
	}
	r.acked = offset
	r.handed = max(r.handed, offset)
	r.settle(env)
}

// dropItems lets go of the first n of msgs, and now and then of the array's part
// that they took.
func (r *receiving) dropItems(n int) {
	for i, m := range r.msgs[:n] {
		r.size -= cost(m)
		r.load -= int64(len(m.Data))
		r.msgs[i] = Message{}
	}
	r.msgs = r.msgs[n:]
	if r.dropped += n; r.dropped > len(r.msgs) {
		r.msgs, r.dropped = append([]Message(nil), r.msgs...), 0
	}
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
	r.held, r.msgs, r.pending = chunks{}, nil, nil
	r.settle(env)
	return unread
}

// ready reports whether a receive would return something without the kernel.
func (r *receiving) ready() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held.len > 0 || len(r.msgs) > 0 || r.pending != nil
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
