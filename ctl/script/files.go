package script

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	engine "rsc.io/script"
)

func everyArg(args []string) []string { return args }

func lastArg(args []string) []string { return args[max(0, len(args)-1):] }

// writes wraps a command that changes files: those that written picks have to
// lie in the script's own folder, so that a script from elsewhere can be run
// without reading it for `rm` first.
func (f *file) writes(inner engine.Cmd, written func([]string) []string) engine.Cmd {
	wrapped := f.builtin(inner)
	return engine.Command(*inner.Usage(), func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		for _, name := range written(args) {
			if err := inside(s, name); err != nil {
				return nil, err
			}
		}
		return wrapped.Run(s, args...)
	})
}

// inside checks that a name stays below the script's folder. There are no
// symbolic links to follow out of it: no command makes one.
func inside(s *engine.State, name string) error {
	rel, err := filepath.Rel(s.Getwd(), s.Path(name))
	if err != nil || rel == "." || !filepath.IsLocal(rel) {
		return usagef("%q is not inside the script's own folder", name)
	}
	return nil
}

// exists is `exists file...`.
func (f *file) exists() engine.Cmd {
	usage := engine.CmdUsage{Summary: "check that files exist", Args: "file..."}
	return engine.Command(usage, func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		if err := f.checkVariables(); err != nil {
			return nil, err
		}
		if len(args) == 0 {
			return nil, usagef("usage: exists file...")
		}
		var missing error
		for _, name := range args {
			_, err := os.Stat(s.Path(name))
			if errors.Is(err, fs.ErrNotExist) {
				missing = &MismatchError{Want: "a file " + strconv.Quote(name)}
			} else if err != nil {
				return nil, err
			}
		}
		return nil, failureOrNil(f.judge(f.step, builtinCode(missing), missing))
	})
}

// stdin is `stdin FILE`.
func (f *file) stdin() engine.Cmd {
	usage := engine.CmdUsage{
		Summary: "give the next verb a file as its standard input",
		Args:    "file",
		Detail:  []string{"'stdout' and 'stderr' stand for what the last command wrote."},
	}
	return engine.Command(usage, func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		if err := f.checkVariables(); err != nil {
			return nil, err
		}
		if len(args) != 1 {
			return nil, usagef("usage: stdin file")
		}
		data, err := readData(s, args[0])
		if err != nil {
			return nil, err
		}
		f.input = data
		return nil, failureOrNil(f.judge(f.step, 0, nil))
	})
}

// write is `write FILE 'TEXT'`: the way to bytes that a file in the script
// cannot hold, or to one without a newline at its end.
func (f *file) write() engine.Cmd {
	usage := engine.CmdUsage{
		Summary: "write text to a file, with escapes and without a newline at the end",
		Args:    "file 'text'",
		Detail:  []string{`The escapes are those of a Go string: \r \n \t \\ \xHH \OOO (three octal digits) \uHHHH.`},
	}
	return engine.Command(usage, func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		if err := f.checkVariables(); err != nil {
			return nil, err
		}
		if len(args) != 2 {
			return nil, usagef("usage: write file 'text'")
		}
		if err := inside(s, args[0]); err != nil {
			return nil, err
		}
		data, err := unescape(args[1])
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(s.Path(args[0]), data, 0o600); err != nil {
			return nil, err
		}
		return nil, failureOrNil(f.judge(f.step, 0, nil))
	})
}

// unescape reads Go's escapes; quotes need none.
func unescape(text string) ([]byte, error) {
	out := make([]byte, 0, len(text))
	for rest := text; rest != ""; {
		if rest[0] != '\\' {
			out, rest = append(out, rest[0]), rest[1:] // also a byte that is no UTF-8 stays
			continue
		}
		char, multibyte, tail, err := strconv.UnquoteChar(rest, 0)
		if err != nil {
			return nil, usagef("%q is not a known escape", rest)
		}
		if multibyte {
			out = append(out, string(char)...)
		} else {
			out = append(out, byte(char))
		}
		rest = tail
	}
	return out, nil
}
