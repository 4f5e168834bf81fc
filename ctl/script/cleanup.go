package script

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	engine "rsc.io/script"
)

// errCleanupTimeout ends a cleanup line.
var errCleanupTimeout = errors.New("the time of a cleanup line (" + CleanupTimeout.String() + ") is over")

// cleanup is `cleanup [!|?] command [args...]`. Variables are put in where the
// line stands.
func (f *file) cleanup() engine.Cmd {
	usage := engine.CmdUsage{
		Summary: "run a command when the script ends, in whatever way",
		Args:    "[! | ?] command [args...]",
		Detail:  []string{"The last such line is run first. Each has at most " + CleanupTimeout.String() + "."},
	}
	return engine.Command(usage, func(_ *engine.State, args ...string) (engine.WaitFunc, error) {
		if err := f.checkVariables(); err != nil {
			return nil, err
		}
		if f.step.want != wantDone {
			return nil, usagef("'!' and '?' stand behind cleanup, before its command")
		}
		st := &step{line: f.step.line, text: f.step.text}
		if len(args) > 0 && (args[0] == "!" || args[0] == "?") {
			_, st.want, _ = splitPrefix(args[0] + " command")
			args = args[1:]
		}
		if len(args) == 0 {
			return nil, usagef("usage: cleanup %s", usage.Args)
		}
		words, err := f.cleanupWords(args)
		if err != nil {
			return nil, err
		}
		st.rest = words[0]
		for _, word := range words[1:] {
			st.rest += " '" + strings.ReplaceAll(word, "'", "''") + "'"
		}
		f.cleanups = append(f.cleanups, st)
		return nil, nil
	})
}

// cleanupWords are the command's name and arguments. A mistake that can be seen
// is told before the script relies on the line.
func (f *file) cleanupWords(args []string) ([]string, error) {
	if strings.HasPrefix(args[0], "-") {
		verb, rest, err := f.pick(args)
		return slices.Insert(rest, 0, verb), err
	}
	name := args[0]
	switch {
	case f.engine.Cmds[name] == nil:
		return nil, f.unknown(name)
	case name == "cleanup" || name == "stop" || name == "wait":
		return nil, usagef("cleanup cannot run %q", name)
	case isProgram(name) && !f.cfg.AllowExec:
		return nil, notAllowed(name)
	}
	return args, nil
}

// cleanUp runs the cleanup lines, the last first, whatever became of those
// before, also after an interruption. What fails is added to failure. Nothing
// runs in the background any more.
func (f *file) cleanUp(ctx context.Context, failure *Failure) *Failure {
	for _, st := range slices.Backward(f.cleanups) {
		later := f.cleanUpLine(ctx, st)
		switch {
		case later == nil:
		case failure == nil:
			failure = later
		default:
			failure.Cleanup = append(failure.Cleanup, later)
		}
	}
	return failure
}

// cleanUpLine runs one in a state of its own: the script's may have ended.
func (f *file) cleanUpLine(ctx context.Context, st *step) *Failure {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), CleanupTimeout, errCleanupTimeout)
	defer cancel()
	state, err := engine.NewState(ctx, f.state.Getwd(), f.state.Environ())
	if err != nil {
		return &Failure{File: f.name, Line: st.line, Text: st.text, Code: codeUsage, Err: err}
	}
	f.state, f.jobs, f.input = state, nil, nil
	before := f.log.mark()
	failure := f.execute(ctx, st)
	// Nothing is in the background, so that there is no error either.
	_ = state.CloseAndWait(io.Discard)
	if failure == nil {
		// The line that failed should stay the last that people see.
		f.log.forget(before)
	}
	return failure
}
