package script

import (
	"errors"
	"fmt"
	"strings"
)

// A Failure says which line of a file did not do what the file expects.
type Failure struct {
	// File and Line are the place; Line is 0 when no single line is to blame
	// (the file cannot be read, Begin or End failed).
	File string
	Line int
	// Text is the line as written.
	Text string
	// Code is the exit code that it means: 6 if an expectation was not met,
	// 2 if the script itself is wrong, else the verb's own code.
	Code int
	// Err is the reason, one of this package's error types or what Begin, End
	// or the file system returned.
	Err error

	// Cleanup are the cleanup lines that failed after this one, in the order in
	// which they were run.
	Cleanup []*Failure

	args        []string // as run, variables expanded; nil if not known
	out, errOut string   // what the line wrote
	got         []byte   // what its verb found instead; nil if it told nothing
}

// Error gives the place, the line and the reason.
func (f *Failure) Error() string {
	switch {
	case f.Line == 0:
		return fmt.Sprintf("%s: %v", f.File, f.Err)
	case f.Text == "":
		return fmt.Sprintf("%s:%d: %v", f.File, f.Line, f.Err)
	}
	return fmt.Sprintf("%s:%d: %s: %v", f.File, f.Line, f.Text, f.Err)
}

// Outcome is what the line's command said, else the reason: one or more lines
// of text, as it came.
func (f *Failure) Outcome() string {
	if f.errOut != "" {
		return strings.TrimSuffix(f.errOut, "\n")
	}
	return f.Err.Error()
}

// Got is what there was instead of what the line expects or its verb waited
// for, or else what its command wrote to stdout.
func (f *Failure) Got() []byte {
	var mismatch *MismatchError
	if errors.As(f.Err, &mismatch) && mismatch.Got != nil {
		return mismatch.Got
	}
	if f.got != nil {
		return f.got
	}
	return []byte(f.out)
}

// Unwrap returns the reason.
func (f *Failure) Unwrap() error { return f.Err }

// An ExitError says that a verb's exit code is not the one that its line
// expects.
type ExitError struct {
	// Code is the verb's exit code.
	Code int
	// Want is what the line expects, in words.
	Want string
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("exit %d, expected %s", e.Code, e.Want)
}

// A MismatchError says that data is not what a line expects.
type MismatchError struct {
	// Want is what was expected, in words.
	Want string
	// Got is what there was instead.
	Got []byte
	// Expected is the data that was expected, where the line gave data; nil
	// where it gave a pattern.
	Expected []byte
}

func (e *MismatchError) Error() string { return "expected " + e.Want }

// A UsageError says that the script itself is wrong at this line.
type UsageError struct {
	Reason string
}

func (e *UsageError) Error() string { return e.Reason }

func usagef(format string, args ...any) error {
	return &UsageError{Reason: fmt.Sprintf(format, args...)}
}

// ErrOutputTooLarge is what writing more than MaxOutput to Call.Stdout or
// Call.Stderr returns; the line then fails.
var ErrOutputTooLarge = errors.New("more output than a script keeps for a line (16 MiB)")

// exitCode is the code that err asks for, or otherwise.
func exitCode(err error, otherwise int) int {
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return otherwise
}
