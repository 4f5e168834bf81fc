package script

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	engine "rsc.io/script"
)

// execGrace is how long a program may take to end after an interrupt, before
// it is killed.
const execGrace = 2 * time.Second

// commands are the built-in ones and the verbs.
func (f *file) commands(scene *Scene) (map[string]engine.Cmd, error) {
	verbs := scene.Verbs
	cmds := map[string]engine.Cmd{
		"cat":     f.builtin(engine.Cat()),
		"cleanup": f.cleanup(),
		"cmp":     f.cmp(false),
		"cmpenv":  f.cmp(true),
		"cp":      f.writes(engine.Cp(), lastArg),
		"echo":    f.builtin(engine.Echo()),
		"env":     f.builtin(engine.Env()),
		"exists":  f.exists(),
		"fails":   f.fails(),
		"grep":    f.match("grep", "find a pattern in a file", "file"),
		"help":    f.help(),
		"mkdir":   f.writes(engine.Mkdir(), everyArg),
		"rm":      f.writes(engine.Rm(), everyArg),
		"stderr":  f.match("stderr", "find a pattern in the stderr of the last command"),
		"stdin":   f.stdin(),
		"stdout":  f.match("stdout", "find a pattern in the stdout of the last command"),
		"stop":    f.stop(),
		"wait":    f.wait(),
		"write":   f.write(),
	}
	for _, name := range []string{"exec", "sleep"} {
		cmds[name] = f.forbidden(name)
	}
	if f.cfg.AllowExec {
		interrupt := func(cmd *exec.Cmd) error { return cmd.Process.Signal(os.Interrupt) }
		cmds["exec"] = f.exec(engine.Exec(interrupt, execGrace), scene.ExecEnv)
		cmds["sleep"] = f.builtin(engine.Sleep())
	}
	for _, name := range slices.Sorted(maps.Keys(verbs)) {
		if _, ok := cmds[name]; ok {
			return nil, usagef("the verb %q has the name of a built-in command", name)
		}
		cmds[name] = f.verb(verbs[name])
	}
	return cmds, nil
}

// conditions are what may stand in brackets before a command. Those of the
// engine that speak of the Go compiler mean nothing here.
func conditions() map[string]engine.Cond {
	all := engine.DefaultConds()
	return map[string]engine.Cond{"GOOS": all["GOOS"], "GOARCH": all["GOARCH"], "root": all["root"]}
}

// builtin gives one of the engine's commands our meaning of the prefixes.
func (f *file) builtin(inner engine.Cmd) engine.Cmd {
	return engine.Command(*inner.Usage(), func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		if err := f.checkVariables(); err != nil {
			return nil, err
		}
		st := f.step
		wait, err := inner.Run(s, args...)
		if wait == nil {
			return nil, f.judgeBuiltin(s, st, inner, err)
		}
		j := &job{step: st}
		f.jobs = append(f.jobs, j)
		return func(s *engine.State) (string, string, error) {
			out, errOut, err := wait(s)
			j.waited, st.shows = true, true
			err = f.judgeBuiltin(s, st, inner, err)
			if errors.As(err, &j.failure) {
				j.failure.out, j.failure.errOut = out, errOut
			}
			return out, errOut, err
		}, nil
	})
}

// exec sets what the scene has for programs before one is run.
func (f *file) exec(inner engine.Cmd, env func() []string) engine.Cmd {
	wrapped := f.builtin(inner)
	return engine.Command(*inner.Usage(), func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		if env != nil {
			for _, kv := range env() {
				name, value, _ := strings.Cut(kv, "=")
				if err := s.Setenv(name, value); err != nil {
					return nil, err
				}
			}
		}
		return wrapped.Run(s, args...)
	})
}

// judgeBuiltin returns nil, a *Failure, or the error that ended the script.
func (f *file) judgeBuiltin(s *engine.State, st *step, inner engine.Cmd, err error) error {
	if ctxErr := s.Context().Err(); ctxErr != nil && err != nil {
		return ctxErr // the script ends: no verdict on a program that we killed
	}
	var exit *exec.ExitError
	switch {
	case errors.Is(err, engine.ErrUsage):
		err = usagef("usage: %s %s", commandName(st), inner.Usage().Args)
	case errors.As(err, &exit):
		err = &MismatchError{Want: "exit 0 of the program, got " + exit.Error()}
	}
	if failure := f.judge(st, builtinCode(err), err); failure != nil {
		return failure
	}
	return nil
}

// commandName is the first word of a line that has one.
func commandName(st *step) string {
	for _, word := range strings.Fields(st.rest) {
		if !strings.HasPrefix(word, "[") {
			return word
		}
	}
	return ""
}

// stop wraps the engine's, which does not tell the caller of Execute.
func (f *file) stop() engine.Cmd {
	inner := engine.Stop()
	return engine.Command(*inner.Usage(), func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		wait, err := inner.Run(s, args...)
		if errors.Is(err, engine.ErrUsage) {
			return nil, usagef("usage: stop [message]")
		}
		f.stopped = true
		return wait, err
	})
}

// wait wraps the engine's, so that the transcript shows the outputs it joins.
func (f *file) wait() engine.Cmd {
	inner := engine.Wait()
	return engine.Command(*inner.Usage(), func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		switch {
		case f.step.want != wantDone:
			return nil, usagef("wait takes no '!' or '?': put it before the command in the background")
		case len(args) > 0:
			return nil, usagef("wait takes no arguments: it waits for every command in the background")
		}
		f.step.shows = true
		return inner.Run(s)
	})
}

// forbidden stands where exec and sleep would be.
func (f *file) forbidden(name string) engine.Cmd {
	usage := engine.CmdUsage{Summary: "not allowed without --allow-exec", Args: "...", Async: true}
	return engine.Command(usage, func(*engine.State, ...string) (engine.WaitFunc, error) {
		return nil, notAllowed(name)
	})
}

func notAllowed(name string) error {
	return usagef("%s is not allowed: run the script with --allow-exec", name)
}

// isProgram says whether a command is there only with AllowExec.
func isProgram(name string) bool { return name == "exec" || name == "sleep" }

// checkVariables fails for variables that nothing has set.
func (f *file) checkVariables() error {
	unset := unsetVariables(f.step.rest, f.state.LookupEnv)
	if len(unset) == 0 {
		return nil
	}
	name := unset[0]
	for known := range environ(f.state) {
		if strings.HasPrefix(known, name+".") {
			return usagef("$%s is not set; a name with a dot needs braces: ${%s}", name, known)
		}
	}
	return usagef("${%s} is not set (quote '$' to mean the character)", name)
}
