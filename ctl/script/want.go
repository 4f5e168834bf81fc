package script

import "fmt"

// A want is what a line expects of its command: an exact exit code, or one of
// the sets below zero.
type want int

const (
	wantDone    want = 0  // no prefix
	wantNotDone want = -1 // '!': the operation was carried out and is not DONE
	wantEither  want = -2 // '?': any outcome, DONE or not
)

// Exit codes of ctl that this package has to tell apart; the whole table is
// ctl/cli's.
const (
	codeUsage       = 2
	codeUnreachable = 3
	codeElapsed     = 5
	codeExpectation = 6
	codeAgent       = 8
	codeInterrupted = 130
	codeTerminated  = 143
)

// isOutcome reports whether an exit code stands for something that the kernel
// or the peer did: an outcome other than DONE, our wait, an expectation, the
// end.
func isOutcome(code int) bool {
	return code == 1 || code == codeElapsed || code == codeExpectation || code == 7
}

func (w want) met(code int) bool {
	switch w {
	case wantNotDone:
		return isOutcome(code)
	case wantEither:
		return code == 0 || isOutcome(code)
	}
	return code == int(w)
}

// exit is what the whole script exits with when code does not meet w. What
// keeps us from knowing whether the expectation holds (no agent, an
// interruption, after '!' and '?' every other error) is passed on; the rest is
// an expectation not met, unless there was none to meet.
func (w want) exit(code int) int {
	switch {
	case code == codeUnreachable, code == codeInterrupted, code == codeTerminated:
		return code
	case code == 0:
		return codeExpectation
	case w == wantDone, w == wantNotDone, w == wantEither:
		return code
	}
	return codeExpectation
}

func (w want) String() string {
	switch w {
	case wantDone:
		return "0"
	case wantNotDone:
		return "an outcome other than done (exit 1, 5, 6 or 7)"
	case wantEither:
		return "an outcome (exit 0, 1, 5, 6 or 7)"
	}
	return fmt.Sprint(int(w))
}
