package render

import (
	"strings"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Outcome says what the kernel answered, for example "refused (ECONNREFUSED,
// connect 10.0.0.7:81)". The wait is told when it was what ended the
// operation; below 0 it is not known.
func Outcome(o *farsockv1.Outcome, wait time.Duration) string { return OutcomeAbout(o, wait, "") }

// OutcomeAbout is Outcome that names what the kernel was given and answers for,
// such as "ttl=300"; empty: nothing in particular.
func OutcomeAbout(o *farsockv1.Outcome, wait time.Duration, about string) string {
	var why []string
	if o.GetErrnoName() != "" {
		why = append(why, o.GetErrnoName())
	}
	if call := callOf(o); call != "" {
		why = append(why, call)
	}
	s := OutcomeWords(o.GetCode())
	if about != "" {
		why = append(why, about)
		if o.GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_INVALID {
			s = "the kernel does not take it"
		}
	}
	if o.GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED && wait >= 0 {
		why = append(why, Span(wait))
	}
	if len(why) > 0 {
		s += " (" + strings.Join(why, ", ") + ")"
	}
	if o.GetDetail() != "" {
		s += ": " + o.GetDetail()
	}
	return Escape(s)
}

// callOf is the system call and the address that it was about.
func callOf(o *farsockv1.Outcome) string {
	about := o.GetPeer()
	if about == nil {
		about = o.GetLocal()
	}
	return strings.TrimSpace(o.GetSyscall() + " " + wire.FormatAddress(about))
}

// OutcomeName is an outcome's code without its prefix, for example "REFUSED".
func OutcomeName(c farsockv1.OutcomeCode) string {
	return strings.TrimPrefix(c.String(), "OUTCOME_CODE_")
}

// OutcomeWords is an outcome's code as words: "refused", "address in use".
func OutcomeWords(c farsockv1.OutcomeCode) string {
	switch c {
	case farsockv1.OutcomeCode_OUTCOME_CODE_OTHER:
		return "failed"
	case farsockv1.OutcomeCode_OUTCOME_CODE_LIMIT:
		return "limit reached"
	case farsockv1.OutcomeCode_OUTCOME_CODE_INVALID:
		return "invalid for this socket"
	case farsockv1.OutcomeCode_OUTCOME_CODE_UNSPECIFIED:
		return "no outcome (a bug of the agent)"
	}
	return words(OutcomeName(c))
}

// words turns the rest of an enum's name into words.
func words(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", " "))
}
