package script

import (
	"strings"

	engine "rsc.io/script"
)

// help is the engine's, which gives a panic for a command that there is not and
// nothing for such a condition.
func (f *file) help() engine.Cmd {
	inner := engine.Help()
	wrapped := f.builtin(inner)
	return engine.Command(*inner.Usage(), func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		for i, arg := range args {
			cond, isCond := strings.CutPrefix(arg, "[")
			cond, closed := strings.CutSuffix(cond, "]")
			name, _, _ := strings.Cut(cond, ":")
			switch {
			case i == 0 && arg == "-v":
			case isCond && closed && f.engine.Conds[name] == nil:
				return nil, usagef("there is no condition %q; 'help' lists them", cond)
			case !(isCond && closed) && f.engine.Cmds[arg] == nil:
				return nil, f.unknown(arg)
			}
		}
		return wrapped.Run(s, args...)
	})
}
