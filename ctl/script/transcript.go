package script

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// abbreviated is how many bytes of a line's output the transcript shows if the
// line did what was expected.
const abbreviated = 512

// A transcript is what a person reads when a file fails: the lines run so far,
// each with its output, and what went wrong at the last. Only the file's
// goroutine uses it.
type transcript struct {
	name    string
	verbose bool
	w       io.Writer
	kept    bytes.Buffer // the lines so far; with verbose they were written already
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
			t.add("%s", indent(abbreviate(text)))
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

// failure shows the lines so far and what went wrong.
func (t *transcript) failure(f *Failure) {
	if t.kept.Len() > 0 {
		t.write(t.w, "--- %s\n%s", t.name, t.kept.String())
		t.kept.Reset()
	}
	t.write(t.w, "%s\n", printable(f.Error()))
	if strings.Contains(f.Text, "$") && len(f.args) > 0 {
		t.write(t.w, "  with the variables put in: %s\n", printable(strings.Join(f.args, " ")))
	}
	if f.errOut != "" {
		t.write(t.w, "  it said:\n%s", indent(f.errOut))
	}
	var mismatch *MismatchError
	isMismatch := errors.As(f.Err, &mismatch)
	if isMismatch && mismatch.Expected != nil {
		t.write(t.w, "  expected %s", dump(mismatch.Expected))
	}
	switch {
	case isMismatch && mismatch.Got != nil:
		t.write(t.w, "  arrived instead %s", dump(mismatch.Got))
	case f.out != "":
		t.write(t.w, "  its output was %s", dump([]byte(f.out)))
	}
}

// abbreviate cuts a text, saying how much is missing.
func abbreviate(text string) string {
	if len(text) <= abbreviated {
		return text
	}
	return fmt.Sprintf("%s\n... and %d bytes more", text[:abbreviated], len(text)-abbreviated)
}

// indent makes a text printable, puts it under the command that wrote it, and
// ends it with a newline.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("         " + printable(strings.TrimRight(line, "\r\n")) + "\n")
	}
	return b.String()
}
