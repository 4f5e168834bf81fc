//go:build linux

package sock

import (
	"slices"
	"sync"

	"github.com/farsock/farsock/agent/internal/seeded"
)

// sending is the sending direction. Of what was sent it remembers who wrote it,
// in runs: parts that one holder wrote without anyone else between.
type sending struct {
	turn turn

	mu      sync.Mutex
	offset  int64     // guarded by mu; bytes (messages) that the kernel took, or refused on an Attachment
	writer  string    // guarded by mu; who has the turn, or had it last; "" is nobody by name
	runs    []stretch // guarded by mu; the last maxRuns, oldest first
	refused []Refusal // guarded by mu; the last run's last ones
	over    *Outcome  // guarded by mu; why nothing more can be sent; nil while it can
	closed  bool      // guarded by mu; a CloseWrite has answered Done
}

// stretch goes on to where the next begins.
type stretch struct {
	holder string // "" is nobody by name
	from   int64
}

// maxRuns is how many of them a socket remembers.
const maxRuns = 16

// Refusal is a message on an Attachment that the kernel did not take.
type Refusal struct {
	// Offset is its number.
	Offset int64
	// Outcome is what the kernel, or the resolver, said.
	Outcome Outcome
}

// maxRefusals is how many of a run are remembered.
const maxRefusals = 1024

// count adds n, which writer's call had sent, and returns the offset after it.
func (d *sending) count(n int64) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n > 0 && (len(d.runs) == 0 || d.last().holder != d.writer) {
		if len(d.runs) == maxRuns {
			d.runs = slices.Delete(d.runs, 0, 1)
		}
		d.runs, d.refused = append(d.runs, stretch{d.writer, d.offset}), nil
	}
	d.offset += n
	return d.offset
}

// begin is for who has the turn: what it sends is holder's from now on. It
// returns how many of the n bytes (messages) from offset at on were sent before.
func (d *sending) begin(holder string, at *int64, n int64) (skip int64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at != nil {
		if err := d.place("offset", holder, *at, *at+n); err != nil {
			return 0, err
		}
		skip = min(n, d.offset-*at)
		if seeded.On(seeded.DoubleApply) {
			skip = 0
		}
	}
	d.writer = holder
	return skip, nil
}

// last is the one at the end; there is one. The caller holds mu.
func (d *sending) last() stretch { return d.runs[len(d.runs)-1] }

// place judges an offset that holder names, of something that ends at another:
// what was sent before of that has to be holder's. The caller holds mu.
func (d *sending) place(field, holder string, at, to int64) error {
	switch {
	case at > d.offset || at < 0:
		return &RangeError{Field: field, Got: at, Min: d.floor(holder), Max: d.offset}
	case !d.wrote(holder, at, min(to, d.offset)):
		return &HolderError{Field: field, Offset: at, SendOffset: d.offset}
	}
	return nil
}

// wrote reports whether all between two offsets is known to be holder's. The
// caller holds mu.
func (d *sending) wrote(holder string, from, to int64) bool {
	for _, r := range slices.Backward(d.runs) {
		if from >= to || holder == "" || r.from < to && r.holder != holder {
			break
		}
		to = min(to, r.from)
	}
	return from >= to
}

// floor is from where on everything was sent by holder. The caller holds mu.
func (d *sending) floor(holder string) int64 {
	if holder != "" && len(d.runs) > 0 && d.last().holder == holder {
		return d.last().from
	}
	return d.offset
}

// mayStartAt judges where an attachment of holder's is to start; nil is where
// sending has got to.
func (d *sending) mayStartAt(holder string, at *int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at == nil {
		return nil
	}
	return d.place("send_from", holder, *at, d.offset)
}

// refuse counts a message that the kernel did not take.
func (d *sending) refuse(o Outcome) int64 {
	after := d.count(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.refused) == maxRefusals {
		d.refused = append(d.refused[:0], d.refused[1:]...)
	}
	d.refused = append(d.refused, Refusal{Offset: after - 1, Outcome: o})
	return after
}

// end keeps the first reason for which nothing more can be sent.
func (d *sending) end(o Outcome) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over == nil {
		d.over = &o
	}
}

// forget makes the direction one that has not ended: the connection is dissolved.
func (d *sending) forget() {
	d.mu.Lock()
	d.over, d.closed = nil, false
	d.mu.Unlock()
}

// sentAll reports whether an outcome of a send means that none can follow on
// this connection.
func (s *Socket) sentAll(o Outcome) bool {
	switch o.Code {
	case BrokenPipe, Reset:
		return s.typ != Datagram || s.isWriteShut()
	case NotConnected:
		return s.isTCP() && s.hadPeer.Load() && s.isOver()
	}
	return s.typ != Datagram && s.over(&o)
}
