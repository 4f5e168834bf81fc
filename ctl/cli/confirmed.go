package cli

import (
	"context"
	"strings"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// confirmedError is a stream that broke off, with what is known to have passed.
type confirmedError struct {
	label    string // whose kernel
	err      error
	sent     int64 // bytes of stdin that the kernel took
	guessed  bool  // nobody could be asked: it may have taken less
	received int64 // bytes that came, all of which stdout took
}

func (e *confirmedError) Error() string { return e.err.Error() }
func (e *confirmedError) Unwrap() error { return e.err }

// tally is what passed, for people.
func (e *confirmedError) tally() string {
	atMost := ""
	if e.guessed {
		atMost = "at most "
	}
	return "confirmed: " + atMost + render.Count(e.sent, "byte") + " of stdin taken by " + kernelOf(e.label) + ", " +
		render.Count(e.received, "byte") + " received and taken by stdout"
}

// kernelOf names the kernel that an agent's sockets are in.
func kernelOf(label string) string {
	switch {
	case strings.HasPrefix(label, "the "):
		return "this machine's kernel"
	case strings.Contains(label, ":"):
		return "the kernel at " + render.Escape(label)
	}
	return "the kernel of " + render.Escape(label)
}

// askLimit bounds a question that only a complaint is about.
const askLimit = 2 * time.Second

// interrupted tells with a signal what had passed. The stream is over and
// detached; told holds if the agent knows.
func (s *streaming) interrupted(ctx context.Context, err error, up *upload, took int64, told bool) error {
	<-up.done
	e := &confirmedError{label: s.t.label, err: err, sent: up.sent, received: took, guessed: up.err != nil}
	if !told {
		s.say("the agent could not be told: what stdout took last may be received again")
		return e
	}
	if !e.guessed {
		return e
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askLimit)
	defer cancel()
	resp, err := s.t.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: s.socket})
	if err == nil {
		e.sent, e.guessed = resp.GetSocket().GetSendOffset()-s.begin.GetSendApplied(), false
	}
	return e
}
