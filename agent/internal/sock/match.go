//go:build linux

package sock

import (
	"bytes"
	"time"
)

func (u Until) none() bool {
	return u.Exactly == 0 && u.Delimiter == nil && u.Pattern == nil && !u.EOF
}

func (u Until) count() int {
	n := 0
	for _, set := range []bool{u.Exactly != 0, u.Delimiter != nil, u.Pattern != nil, u.EOF} {
		if set {
			n++
		}
	}
	return n
}

// matcher looks for a condition in a view that grows. It belongs to one
// receive. Bytes at an offset never change, so that what it saw from start on
// stays true whatever comes behind.
type matcher struct {
	until Until
	start int64 // the view's offset when last looked at
	seen  int   // its length then; -1 for never

	match  []int     // the pattern's match in what was seen
	view   []byte    // what look is to look at; shares held's array
	due    time.Time // no look before
	gather bool      // ask the kernel for more before the next look
}

// find returns how many bytes of view the condition takes. For a pattern it
// only knows what look has found.
func (m *matcher) find(start int64, view []byte) (n int, by StoppedBy, match []int) {
	if m.start != start {
		m.start, m.seen, m.match = start, -1, nil // someone took bytes in between
	}
	seen := m.seen
	u := m.until
	if u.Pattern == nil {
		m.seen = len(view)
	}
	switch {
	case u.Exactly > 0:
		if len(view) >= u.Exactly {
			return u.Exactly, StoppedByExactly, nil
		}
	case u.Delimiter != nil:
		from := max(seen-len(u.Delimiter)+1, 0)
		if i := bytes.Index(view[from:], u.Delimiter); i >= 0 {
			return from + i + len(u.Delimiter), StoppedByDelimiter, nil
		}
	case u.Pattern != nil:
		if m.match != nil {
			return m.match[1], StoppedByPattern, m.match
		}
	}
	return 0, 0, nil
}

// unseen reports whether the pattern may match in view for all that is known.
func (m *matcher) unseen(view []byte) bool {
	return m.until.Pattern != nil && m.match == nil && m.seen < len(view)
}

// appetite is how many bytes to read next, given how many are in view: no more
// than needed where that is known, and otherwise so that looking at the view
// again after each read stays cheap.
func (m *matcher) appetite(view, window int) int {
	switch {
	case m.until.Exactly > 0:
		return m.until.Exactly - view
	case m.until.EOF:
		return window - view
	}
	return min(window-view, max(view, 16<<10))
}
