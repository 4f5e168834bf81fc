package script

import (
	"slices"
	"strings"

	engine "rsc.io/script"
)

// leading stands for a line that begins with a flag, such as
// `--agent b listen tcp`.
func (f *file) leading(word string) engine.Cmd {
	usage := engine.CmdUsage{Summary: "flags that hold for every verb may stand before it", Async: true}
	return engine.Command(usage, func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		if err := f.checkVariables(); err != nil {
			return nil, err
		}
		// The engine puts no variables into what it takes for a name.
		name, args, err := f.pick(slices.Insert(slices.Clone(args), 0, s.ExpandEnv(word, false)))
		if err != nil {
			return nil, err
		}
		return f.start(s, f.scene.Verbs[name], args), nil
	})
}

// pick finds the verb in words that begin with flags or with it. The flags go
// behind it.
func (f *file) pick(words []string) (verb string, args []string, err error) {
	rest := words
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		size, err := f.flagWords(rest)
		if err != nil {
			return "", nil, err
		}
		rest = rest[size:]
	}
	flags := words[:len(words)-len(rest)]
	if len(rest) == 0 {
		return "", nil, usagef("%s without a command", strings.Join(flags, " "))
	}
	verb = rest[0]
	if _, ok := f.scene.Verbs[verb]; ok {
		return verb, slices.Concat(flags, rest[1:]), nil
	}
	if f.engine.Cmds[verb] == nil {
		return "", nil, f.unknown(verb)
	}
	if len(flags) == 0 {
		return "", nil, usagef("%q is not a verb", verb)
	}
	return "", nil, usagef("%s stands before a verb; %q is a command of the script", flags[0], verb)
}

// flagWords is how many words the flag at their beginning and its value are.
func (f *file) flagWords(words []string) (int, error) {
	flag, _, glued := strings.Cut(words[0], "=")
	if !slices.Contains(f.scene.Flags, flag) && len(flag) > 2 && flag[1] != '-' {
		flag, glued = flag[:2], true // -aVALUE
	}
	switch {
	case !slices.Contains(f.scene.Flags, flag):
		return 0, usagef("%s cannot stand before a command; %s can", flag, strings.Join(f.scene.Flags, ", "))
	case glued:
		return 1, nil
	case len(words) == 1:
		return 0, usagef("%s without a value", flag)
	}
	return 2, nil
}
