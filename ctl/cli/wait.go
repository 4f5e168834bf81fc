package cli

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/ctl/render"
)

// defaultWait is --wait's default: a forgotten command in a pipeline should end.
const defaultWait = 30 * time.Second

// waitFlag is --wait's value; its zero value is "not said".
type waitFlag struct {
	said    bool
	forever bool
	d       time.Duration // with forever: not used
}

// String, Set and Type make it a pflag.Value.
func (w *waitFlag) String() string {
	switch {
	case !w.said:
		return render.Span(defaultWait)
	case w.forever:
		return "forever"
	}
	return render.Span(w.d)
}

func (w *waitFlag) Set(s string) error {
	if s == "forever" {
		*w = waitFlag{said: true, forever: true}
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return errors.New(`say 0, forever, or a span such as 500ms, 5s or 2m`)
	}
	*w = waitFlag{said: true, d: d}
	return nil
}

func (w *waitFlag) Type() string { return "SPAN" }

// proto is the request's field: unset for ever.
func (w *waitFlag) proto() *durationpb.Duration {
	if w.forever {
		return nil
	}
	return durationpb.New(w.span())
}

// span is how long; -1 without a bound. Nonsense (less than 0) is passed on for
// the agent to refuse.
func (w *waitFlag) span() time.Duration {
	switch {
	case !w.said:
		return defaultWait
	case w.forever:
		return -1
	}
	return w.d
}

// addWait gives a command that blocks its --wait.
func (a *app) addWait(cmd *cobra.Command) *waitFlag {
	w := new(waitFlag)
	*w = a.scope.wait
	cmd.Flags().Var(w, "wait", "how long it may block: a span such as 5s, forever, or 0 for not at all")
	return w
}

// addAs gives a command that makes a socket its --as.
func addAs(cmd *cobra.Command) *string {
	return cmd.Flags().String("as", "", "`NAME` of the new socket (default: the agent gives one)")
}

// checkAs refuses names that the agent takes and commands could not mean.
func checkAs(name string) error {
	if _, reserved := networks[name]; reserved {
		return usagef("--as %q: a word for a network; 'bind %[1]s ADDR' would make a new socket instead of using this one", name)
	}
	if strings.HasPrefix(name, "-") {
		return usagef("--as %q: begins with '-'; commands would read it as a flag", name)
	}
	return nil
}
