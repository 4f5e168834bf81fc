package script

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// abbreviated is how many bytes of a line's output the transcript shows if
	// that is not text.
	abbreviated = 512
	// maxKept is about how many bytes of the lines so far are kept; of more the
	// oldest go.
	maxKept = 1 << 20
)

// A transcript is what a person reads when a file fails: the lines run so far,
// each with its output, and what went wrong at the last. Only the file's
// goroutine uses it.
type transcript struct {
	name    string
	verbose bool
	w       io.Writer
	kept    bytes.Buffer // the lines so far; with verbose they were written already
	dropped bool         // the oldest of them are not in kept
	err     error        // the first error of writing to w
}

func newTranscript(cfg Config, name string) *transcript {
	return &transcript{name: name, verbose: cfg.Verbose, w: cfg.Stderr}
}

func (t *transcript) write(w io.Writer, format string, args ...any) {
	if _, err := fmt.Fprintf(w, format, args...); err != nil && t.err == nil {
		t.err = err
	}
}

// add adds to what is kept, or shows it at once.
func (t *transcript) add(format string, args ...any) {
	if t.verbose {
		t.write(t.w, format, args...)
		return
	}
	t.write(&t.kept, format, args...)
	if over := t.kept.Len() - maxKept; over > 0 {
		// Half of it, so that not every line moves all of it.
		at := over + maxKept/2
		if i := bytes.IndexByte(t.kept.Bytes()[at:], '\n'); i >= 0 {
			at += i + 1
		}
		t.kept.Next(at)
		t.dropped = true
	}
}

// mark is a place in what is kept, for forget.
func (t *transcript) mark() int { return t.kept.Len() }

// forget takes what was added since mark out again; what was shown stays.
func (t *transcript) forget(mark int) {
	if t.kept.Len() > mark {
		t.kept.Truncate(mark)
	}
}

func (t *transcript) comment(line string) {
	if t.verbose {
		t.write(t.w, "%s\n", printable(line))
	}
}

func (t *transcript) begin(st *step) {
	t.add("%5d  %s\n", st.line, printable(st.text))
}

func (t *transcript) output(out, errOut string) {
	for _, text := range []string{out, errOut} {
		if text != "" {
			t.add("%s", indent(t.abbreviate(text)))
		}
	}
}

// background says how far something is that nobody waits for any more.
func (t *transcript) background(j *job) {
	if j.waited || j.done == nil {
		return
	}
	select {
	case <-j.done:
		t.add("%5d  ended in the background with exit %d\n", j.step.line, j.code)
		t.output(j.out.String(), j.errOut.String())
	default:
		t.add("%5d  still ran in the background\n", j.step.line)
	}
}

// failure shows the lines so far, what went wrong, and which cleanup lines
// failed after that.
func (t *transcript) failure(f *Failure) {
	if t.kept.Len() > 0 {
		t.write(t.w, "--- %s\n", t.name)
		if t.dropped {
			t.write(t.w, "... the lines before are left out; -v shows all\n")
		}
		t.write(t.w, "%s", t.kept.String())
		t.kept.Reset()
	}
	t.reason(f)
	for _, later := range f.Cleanup {
		t.reason(later)
	}
}

// reason shows what went wrong at one line.
func (t *transcript) reason(f *Failure) {
	t.write(t.w, "%s\n", printable(f.Error()))
	if strings.Contains(f.Text, "$") && len(f.args) > 0 {
		t.write(t.w, "  with the variables put in: %s\n", printable(strings.Join(f.args, " ")))
	}
	if f.errOut != "" {
		t.write(t.w, "  it said:\n%s", indent(t.abbreviate(f.errOut)))
	}
	var mismatch *MismatchError
	isMismatch := errors.As(f.Err, &mismatch)
	if isMismatch && mismatch.Expected != nil {
		t.write(t.w, "  expected %s", dump(mismatch.Expected, t.verbose))
	}
	switch {
	case isMismatch && mismatch.Got != nil:
		t.write(t.w, "  arrived instead %s", dump(mismatch.Got, t.verbose))
	case f.out != "":
		t.write(t.w, "  its output was %s", dump([]byte(f.out), t.verbose))
	}
}

// abbreviate cuts an output that is too long, saying how much is missing.
func (t *transcript) abbreviate(text string) string {
	switch {
	case !isText(text):
		if len(text) <= abbreviated {
			return text
		}
		return fmt.Sprintf("%s\n... and %s more", text[:abbreviated], count(len(text)-abbreviated, "byte"))
	case t.verbose:
		return text
	}
	shown := cutText(text)
	left := leftOut(text, shown)
	if left == "" {
		return text
	}
	return strings.TrimSuffix(shown, "\n") + "\n" + left
}

// indent makes a text printable, puts it under the command that wrote it, and
// ends it with a newline.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			b.WriteString("         " + printable(line))
		}
		b.WriteString("\n")
	}
	return b.String()
}
