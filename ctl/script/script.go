// Package script runs files of ctl's verbs, one a line, on rsc.io/script's
// engine, and says what arrived instead when a line does not do what the file
// expects.
//
// The verbs are the caller's: this package knows neither agents nor sockets.
// Guide describes the language for people.
package script

import (
	"context"
	"io"
	"time"
)

// A Verb is one command of the language, such as listen or recv.
type Verb struct {
	// Summary is one line for `help`. Immutable.
	Summary string
	// Usage is the arguments, without the verb's name. Immutable.
	Usage string
	// Run does the verb and returns ctl's exit code for it: 0 done, 1, 5, 6
	// and 7 for outcomes other than DONE, anything else for errors. It must
	// return when ctx ends. Several may run at once (`&`).
	Run func(ctx context.Context, c Call) int
}

// A Call is what one run of a verb gets. It is the verb's alone; nothing in it
// may be used after Run returned.
type Call struct {
	// Args are the words after the verb's name, variables already expanded.
	Args []string
	// Stdin is what `stdin FILE` set up for this line, otherwise empty.
	Stdin io.Reader
	// Stdout and Stderr are kept for the lines that follow; each takes at most
	// MaxOutput bytes and then fails with ErrOutputTooLarge.
	Stdout, Stderr io.Writer
	// Dir is the folder that relative file names start at: the script's own,
	// temporary and private.
	Dir string
	// Getenv reads a variable as it was when the line began; "" if unset.
	Getenv func(name string) string
	// Set sets a variable, such as "web.addr", for the lines that follow (for
	// a verb in the background: those after its `wait`).
	Set func(name, value string)
	// Arrived tells what is there instead of what the verb waited for, for
	// Failure.Got; the verb itself says it to people. The last call counts.
	Arrived func(data []byte)
}

// A Scene is what the verbs of one file share, for example a connection and a
// session for each agent.
type Scene struct {
	// Verbs are the commands beside the built-in ones. Immutable.
	Verbs map[string]Verb
	// Flags may stand before any verb, each with a value, for example "--agent"
	// and "-a"; the verb gets them as its first arguments. Immutable.
	Flags []string
	// Env are the first variables, each "NAME=VALUE"; nil for none. The
	// process's own environment is not added.
	Env []string
	// ExecEnv is asked before each program that exec runs for variables to
	// set first, each "NAME=VALUE". May be nil. Immutable.
	ExecEnv func() []string
	// End is called once, after all verbs of the file returned, also when the
	// file failed or was interrupted; its ctx ends after EndTimeout at the
	// latest. An error makes the file fail. May be nil.
	End func(ctx context.Context) error
}

// Config is what Run needs.
type Config struct {
	// Begin is called before each file. Required. An error makes the file
	// fail; if it or End's has an `ExitCode() int`, that is the code, else 8.
	Begin func(ctx context.Context, file string) (*Scene, error)
	// AllowExec admits the commands exec and sleep.
	AllowExec bool
	// Stdout gets one line a file: "ok  FILE  0.21s", or "FAIL  FILE  ...".
	Stdout io.Writer
	// Each is called after each file, in place of that line; an error ends the
	// run. May be nil.
	Each func(Result) error
	// Stderr gets the transcript of a file that failed, and with Verbose every
	// line with its output as it is run.
	Stderr io.Writer
	// Verbose also shows what goes well.
	Verbose bool
}

// MaxOutput bounds in bytes what one line may write to stdout, and likewise to
// stderr.
const MaxOutput = 16 << 20

// MaxFile bounds a script file in bytes.
const MaxFile = 64 << 20

// EndTimeout bounds Scene.End, since an interrupted run has to end too.
const EndTimeout = 10 * time.Second

// CleanupTimeout bounds each line that `cleanup` has put off: also an
// interrupted run has to end.
const CleanupTimeout = 10 * time.Second

// A Report says how the files went, in the order they were run. Files that an
// interruption kept from running are not in it.
type Report struct {
	Results []Result
}

// A Result says how one file went.
type Result struct {
	// File is its name as given to Run.
	File string
	// Took is how long it ran, Begin and End included.
	Took time.Duration
	// Failure says what went wrong; nil if all went well.
	Failure *Failure
}

// Code is the exit code for the whole: that of the first file that failed, 0
// if none did.
func (r Report) Code() int {
	for _, res := range r.Results {
		if res.Failure != nil {
			return res.Failure.Code
		}
	}
	return 0
}
