package script

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	engine "rsc.io/script"
)

// A job is one run of a verb, or of a program by exec.
type job struct {
	step *step // immutable

	done chan struct{} // closed by the verb's goroutine when Run returned; nil for exec
	// Written by the verb's goroutine, read by others after done.
	code        int
	out, errOut capture
	vars        map[string]string
	arrived     []byte // nil: the verb told nothing

	// Written and read by the file's goroutine.
	waited  bool
	failure *Failure
}

// A capture keeps what a verb writes. Not for concurrent use.
type capture struct {
	bytes.Buffer
	over bool
}

// Write keeps all of p or nothing.
func (c *capture) Write(p []byte) (int, error) {
	if c.Len()+len(p) > MaxOutput {
		c.over = true
		return 0, ErrOutputTooLarge
	}
	return c.Buffer.Write(p)
}

// verb makes an engine's command of a verb.
func (f *file) verb(v Verb) engine.Cmd {
	usage := engine.CmdUsage{Summary: v.Summary, Args: v.Usage, Async: true}
	return engine.Command(usage, func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		if err := f.checkVariables(); err != nil {
			return nil, err
		}
		return f.start(s, v, args), nil
	})
}

// start runs a verb on a goroutine; the WaitFunc waits for it and applies what
// it set. The engine calls it at once, at `wait`, or in CloseAndWait.
func (f *file) start(s *engine.State, v Verb, args []string) engine.WaitFunc {
	j := &job{step: f.step, done: make(chan struct{}), vars: make(map[string]string)}
	f.jobs = append(f.jobs, j)
	env := environ(s)
	call := Call{
		Args:    slices.Clone(args),
		Stdin:   bytes.NewReader(f.input),
		Stdout:  &j.out,
		Stderr:  &j.errOut,
		Dir:     s.Getwd(),
		Getenv:  func(name string) string { return env[name] },
		Set:     func(name, value string) { j.vars[name] = value },
		Arrived: func(data []byte) { j.arrived = append([]byte{}, data...) },
	}
	f.input = nil
	go func(ctx context.Context) {
		defer close(j.done)
		j.code = v.Run(ctx, call)
	}(s.Context())

	return func(s *engine.State) (string, string, error) {
		<-j.done
		j.waited = true
		j.step.shows = true
		out, errOut := j.out.String(), j.errOut.String()
		for _, name := range slices.Sorted(maps.Keys(j.vars)) {
			if err := s.Setenv(name, j.vars[name]); err != nil {
				return out, errOut, err
			}
		}
		j.failure = f.judge(j.step, j.code, nil)
		if j.out.over || j.errOut.over {
			j.failure = &Failure{File: f.name, Line: j.step.line, Text: j.step.text, Code: codeUsage, Err: ErrOutputTooLarge}
		}
		if j.failure == nil {
			return out, errOut, nil
		}
		j.failure.out, j.failure.errOut, j.failure.got = out, errOut, j.arrived
		return out, errOut, j.failure
	}
}

// fails is `fails CODE VERB ...`: the verb has to end with exactly this code.
func (f *file) fails() engine.Cmd {
	usage := engine.CmdUsage{
		Summary: "run a verb that has to end with exactly this exit code",
		Args:    "CODE verb [args...]",
		Async:   true,
	}
	return engine.Command(usage, func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		if err := f.checkVariables(); err != nil {
			return nil, err
		}
		if len(args) < 2 {
			return nil, usagef("usage: fails CODE verb [args...]")
		}
		code, err := strconv.ParseUint(args[0], 10, 8)
		if err != nil || code == 0 {
			return nil, usagef("fails: %q is not an exit code from 1 to 255", args[0])
		}
		name, rest, err := f.pick(args[1:])
		if err != nil {
			return nil, err
		}
		if f.step.want != wantDone {
			return nil, usagef("fails says which code is expected: it takes no '!' or '?'")
		}
		f.step.want = want(code)
		return f.start(s, f.scene.Verbs[name], rest), nil
	})
}

// environ is a copy of the variables, since a verb in the background may read
// them while later lines set others.
func environ(s *engine.State) map[string]string {
	env := make(map[string]string)
	for _, kv := range s.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	return env
}
