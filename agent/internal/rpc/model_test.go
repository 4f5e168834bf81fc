//go:build linux

package rpc_test

import (
	"slices"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// span is a figure of the agent's as far as a client can know it: between lo
// and hi, both possible.
type span struct{ lo, hi int64 }

func exactly(v int64) span { return span{v, v} }

func (s span) holds(v int64) bool { return s.lo <= v && v <= s.hi }

func (s span) known() bool { return s.lo == s.hi }

// widen says that the figure may by now be as high as v.
func (s *span) widen(v int64) { s.hi = max(s.hi, v) }

// atLeast says that it was seen to have reached v.
func (s *span) atLeast(v int64) { s.lo = max(s.lo, v); s.hi = max(s.hi, s.lo) }

// writer wrote what was sent from an offset on, up to the next writer's. Unary
// Sends without a holder are "".
type writer struct {
	holder string
	begin  int64
}

// model is what the contract says of one socket and whoever uses it, in plain
// values. Offsets are bytes, or items on a datagram socket. The content of what
// is sent at an offset follows from its writer and the offset, see content, so
// that none has to be kept.
type model struct {
	datagrams bool // or packets: items
	tight     bool // the agent's budget may have no room for all that the window has

	// The sending direction.
	applied span     // what the kernel took
	planned int64    // where the attached stream's next data begins
	begun   int64    // what was applied before it
	ended   bool     // a close_write had ended sending before it
	floor   int64    // from here on what was applied is its holder's
	writers []writer // ascending
	over    []farsockv1.OutcomeCode
	told    bool // a client was told how it is over
	shut    bool // over by a close_write
	unary   bool // or by a Shutdown, rather

	// The receiving direction.
	wrote  int64                   // by the peer
	how    []farsockv1.OutcomeCode // how it ended, once the peer ended it: one of these
	cutoff bool                    // by a reset: what had not arrived never will
	acked  span
	read   span
	handed span // a receive or a stream gave the client all up to here

	// Who attached.
	holder   string // the last
	epoch    int64
	fenced   []string
	attached bool
	leaving  bool // its client has cut the stream, of which the agent may not know yet
	manual   bool
	window   int64
}

// writerAt is who wrote what was sent at an offset.
func (m *model) writerAt(offset int64) string {
	who := ""
	for _, w := range m.writers {
		if w.begin <= offset {
			who = w.holder
		}
	}
	return who
}

// remembered is how many writers the agent remembers.
const remembered = 16

// known tells whether the agent knows that a holder wrote all between two
// offsets, which was applied for certain.
func (m *model) known(holder string, from, to int64) bool {
	for n := len(m.writers) - 1; n >= max(0, len(m.writers)-remembered) && from < to; n-- {
		if m.writers[n].begin >= to {
			continue
		}
		if m.writers[n].holder != holder || holder == "" {
			break
		}
		to = m.writers[n].begin
	}
	return from >= to
}

// foreign tells whether someone else than a holder wrote any of what lies between
// an offset and where sending is: possibly and surely, since a writer that begins
// where nothing need have been applied may have written nothing. Nobody's bytes
// are nobody's.
func (m *model) foreign(holder string, from int64) (possibly, surely bool) {
	surely = true
	for n := len(m.writers); ; n-- {
		mine := n > 0 && holder != "" && m.writers[n-1].holder == holder && from >= m.writers[n-1].begin
		possibly, surely = possibly || !mine, surely && !mine
		if n == 0 || m.writers[n-1].begin < m.applied.lo {
			return possibly, surely
		}
	}
}

// writes says that a writer's bytes up to an offset may be taken from now on.
// What was applied so far has to be known where the writer changes.
func (m *model) writes(holder string, from, to int64) {
	if to > from {
		if n := len(m.writers); n == 0 || m.writers[n-1].holder != holder {
			m.writers = append(m.writers, writer{holder, from})
		}
	}
	m.applied.widen(to)
}

// settleApplied says that the kernel took so much and no more.
func (m *model) settleApplied(v int64) {
	m.applied = exactly(v)
	for n := len(m.writers); n > 0 && m.writers[n-1].begin >= v; n-- {
		m.writers = m.writers[:n-1]
	}
}

// ceiling is how far the agent may have read when it may hold from an offset.
func (m *model) ceiling(acked int64) int64 {
	if !m.manual {
		return m.wrote
	}
	if !m.datagrams {
		return min(m.wrote, acked+m.window)
	}
	to, size := acked, int64(0)
	for to < m.wrote {
		size += int64(len(datagramOf(peerName, to))) + 512
		if size > m.window && to > acked {
			break
		}
		to++
	}
	return to
}

// full tells whether the window has no room for anything, be it empty, behind
// what is held up to an offset.
func (m *model) full(to int64) bool {
	if !m.datagrams {
		return to-m.acked.hi >= m.window
	}
	size := int64(512)
	for i := m.acked.hi; i < to; i++ {
		size += int64(len(datagramOf(peerName, i))) + 512
	}
	return size > m.window && to > m.acked.hi
}

// loose tells whether the agent may read less than the window has room for.
func (m *model) loose() bool { return m.manual && m.tight }

// least is how far the agent has at least read, where it was let.
func (m *model) least() int64 {
	if m.tight && m.manual { // a socket that holds nothing may always hold some
		return min(m.read.hi, max(m.read.lo, m.acked.hi+1))
	}
	return m.read.hi
}

// flows says what the attached stream may have read by now.
func (m *model) flows() {
	if !m.attached {
		return
	}
	m.read.widen(m.ceiling(m.acked.hi))
	if !m.manual {
		m.acked.widen(m.read.hi)
	}
	m.handed.widen(m.read.hi)
}

// got says that a stream's client saw everything up to an offset.
func (m *model) got(to int64) {
	m.read.atLeast(to)
	m.handed.atLeast(to)
	if !m.manual {
		m.acked.atLeast(to)
	}
}

// possible and certain are the reasons for which an attach may be refused, and
// for which it must be.
type verdict struct {
	possible []farsockv1.ErrorReason
	certain  bool // at least one of them applies
}

func (v *verdict) say(r farsockv1.ErrorReason, possibly, surely bool) {
	if possibly {
		v.possible = append(v.possible, r)
	}
	v.certain = v.certain || surely
}

// judge says what may become of an attach.
func (m *model) judge(a *farsockv1.Attach) verdict {
	var v verdict
	same := a.GetHolder() == m.holder
	if a.GetEpoch() < 1 || a.Window != nil && (a.GetAck() != manual || a.GetWindow() < 4096) {
		return verdict{[]farsockv1.ErrorReason{reasonInvalid}, true}
	}
	stale := same && a.GetEpoch() <= m.epoch
	v.say(farsockv1.ErrorReason_ERROR_REASON_STALE_EPOCH, stale, stale)
	fenced := !a.GetSteal() && slices.Contains(m.fenced, a.GetHolder())
	v.say(farsockv1.ErrorReason_ERROR_REASON_FENCED, fenced, fenced)
	taken := m.attached && !same && !a.GetSteal()
	v.say(farsockv1.ErrorReason_ERROR_REASON_ATTACHED, taken, taken && !m.leaving)
	if a.ReceiveFrom != nil {
		from := a.GetReceiveFrom()
		v.say(outside, from < m.acked.hi || from > m.read.lo, from < m.acked.lo || from > m.read.hi)
	}
	if a.SendFrom != nil {
		from := a.GetSendFrom()
		v.say(outside, from > m.applied.lo, from > m.applied.hi)
		possibly, surely := m.foreign(a.GetHolder(), from)
		v.say(farsockv1.ErrorReason_ERROR_REASON_HOLDER_CHANGED, possibly && from < m.applied.hi, surely && from < m.applied.lo)
	}
	return v
}

const (
	reasonInvalid = farsockv1.ErrorReason_ERROR_REASON_INVALID_FIELD
	outside       = farsockv1.ErrorReason_ERROR_REASON_OFFSET_OUT_OF_RANGE
)

// stolen says that an attach has taken the socket from whoever had it.
func (m *model) stolen(a *farsockv1.Attach) {
	if m.holder != "" && m.holder != a.GetHolder() && a.GetSteal() && !slices.Contains(m.fenced, m.holder) {
		m.fenced = append(m.fenced, m.holder)
		m.fenced = m.fenced[max(0, len(m.fenced)-16):]
	}
	m.fenced = slices.DeleteFunc(m.fenced, func(h string) bool { return h == a.GetHolder() })
}

// took says that a holder attached.
func (m *model) took(a *farsockv1.Attach, window int64) {
	m.stolen(a)
	m.holder, m.epoch, m.attached, m.leaving = a.GetHolder(), a.GetEpoch(), true, false
	m.manual, m.window = a.GetAck() == manual, window
	m.planned, m.begun, m.floor = m.applied.lo, m.applied.lo, m.applied.lo
	if n := len(m.writers); n > 0 && m.writers[n-1].holder == m.holder {
		m.floor = m.writers[n-1].begin
	}
}
