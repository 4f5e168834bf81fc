//go:build linux

package sock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"
	"unicode/utf8"
)

// errLook: the step needs matcher.look, which is done without recv.mu. Never
// leaves the package.
var errLook = errors.New("a look at the bytes is due")

const (
	// lookGrace is what a look gets even if the wait is over: what is there
	// already and matches easily is found under any wait.
	lookGrace = time.Millisecond
	// lookFree is how long a look may take without a pause after it.
	lookFree = 200 * time.Microsecond
	// lookPause is the pause after a longer one, in times of its duration, so
	// that bytes that trickle in cost at most a quarter of a processor.
	lookPause = 3
)

// look matches the pattern against m.view and keeps the result for find. It
// returns errElapsed or ErrClosed if that ends first; then there is no result.
func (m *matcher) look(c *clock, closed <-chan struct{}) error {
	view := m.view
	m.view = nil
	ctx := c.ctx
	if c.blocks() {
		ctx = c.context()
	}
	begun := time.Now()
	match, err := m.until.search(ctx, closed, view, begun)
	if err != nil {
		return err
	}
	m.seen, m.match = len(view), match
	if took := time.Since(begun); took > lookFree {
		m.due = begun.Add((1 + lookPause) * took)
	}
	return nil
}

// search is Pattern.FindSubmatchIndex on view, but ends early with the context
// or the channel.
func (u Until) search(ctx context.Context, closed <-chan struct{}, view []byte, begun time.Time) ([]int, error) {
	prefix, complete := u.Pattern.LiteralPrefix()
	if complete {
		return u.Pattern.FindSubmatchIndex(view), nil // linear, whatever the bytes
	}
	if !bytes.Contains(view, []byte(prefix)) {
		return nil, nil
	}
	r := &runes{left: view, ctx: ctx.Done(), closed: closed, begun: begun}
	match := u.Pattern.FindReaderSubmatchIndex(r)
	return match, r.err
}

// runes decodes bytes as package regexp does itself. It ends them early once
// its look is to stop, and then err says so.
type runes struct {
	left        []byte
	ctx, closed <-chan struct{}
	begun       time.Time
	err         error
}

// ReadRune is io.RuneReader's.
func (r *runes) ReadRune() (rune, int, error) {
	if r.err != nil || len(r.left) == 0 || r.stop() {
		return 0, 0, io.EOF
	}
	if b := r.left[0]; b < utf8.RuneSelf {
		r.left = r.left[1:]
		return rune(b), 1, nil
	}
	c, n := utf8.DecodeRune(r.left)
	r.left = r.left[n:]
	return c, n, nil
}

// stop is asked before each rune: for one of them a large program takes a while.
func (r *runes) stop() bool {
	select {
	case <-r.closed:
		r.err = ErrClosed
		return true
	default:
	}
	select {
	case <-r.ctx:
		if time.Since(r.begun) < lookGrace {
			return false
		}
		r.err = errElapsed
		return true
	default:
	}
	return false
}

// rest waits until the next look may begin, and has the step ask the kernel
// before it. Receives that never block look only once and need no rest.
func (m *matcher) rest(c *clock, closed <-chan struct{}) error {
	m.gather = true
	timer := time.NewTimer(time.Until(m.due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-closed:
		return ErrClosed
	case <-c.context().Done():
		return errElapsed
	}
}
