package script

import (
	"errors"
	"fmt"
)

// judge compares an exit code with what the line expects. reason says more
// than the code does, or is nil. It returns nil or what the file fails with.
func (f *file) judge(st *step, code int, reason error) *Failure {
	if st.want.met(code) {
		return nil
	}
	failure := &Failure{File: f.name, Line: st.line, Text: st.text, Code: st.want.exit(code), Err: reason}
	exit := &ExitError{Code: code, Want: st.want.String()}
	switch {
	case reason == nil:
		failure.Err = exit
	case st.want != wantDone:
		failure.Err = fmt.Errorf("%w: %w", exit, reason)
	}
	return failure
}

// builtinCode is the exit code that a built-in command would have, so that
// the prefixes mean the same for all: a mismatch satisfies '!', a mistake in
// the script does not.
func builtinCode(err error) int {
	var mismatch *MismatchError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &mismatch):
		return codeExpectation
	}
	return codeUsage
}
