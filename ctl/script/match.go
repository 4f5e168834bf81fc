package script

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	engine "rsc.io/script"
)

// match is stdout, stderr and grep: `[-count=N] 'pattern' [file]`. Unlike the
// engine's own they tell a mismatch from a mistake by type.
func (f *file) match(name, summary string, file ...string) engine.Cmd {
	usage := engine.CmdUsage{
		Summary:    summary,
		Args:       strings.Join(append([]string{"[-count=N] 'pattern'"}, file...), " "),
		RegexpArgs: patternArg,
	}
	return engine.Command(usage, func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		if err := f.checkVariables(); err != nil {
			return nil, err
		}
		count, rest, err := countFlag(args)
		if err != nil {
			return nil, err
		}
		if len(rest) != 1+len(file) {
			return nil, usagef("usage: %s %s", name, usage.Args)
		}
		re, err := regexp.Compile("(?m)" + rest[0])
		if err != nil {
			return nil, usagef("%v", err)
		}
		text, what, err := f.subject(s, name, rest[1:])
		if err != nil {
			return nil, err
		}
		return nil, f.judgeMatch(f.step, re, rest[0], count, text, what)
	})
}

// patternArg tells the engine which argument is a pattern, so that variables
// in it are quoted.
func patternArg(args ...string) []int {
	for i, arg := range args {
		if !strings.HasPrefix(arg, "-count=") {
			return []int{i}
		}
	}
	return nil
}

func countFlag(args []string) (int, []string, error) {
	if len(args) == 0 {
		return 0, args, nil
	}
	value, ok := strings.CutPrefix(args[0], "-count=")
	if !ok {
		return 0, args, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, nil, usagef("-count=%s is not a number of at least 1", value)
	}
	return n, args[1:], nil
}

// subject is the text to look at and its name.
func (f *file) subject(s *engine.State, name string, file []string) ([]byte, string, error) {
	switch {
	case name == "stdout":
		return []byte(s.Stdout()), name, nil
	case name == "stderr":
		return []byte(s.Stderr()), name, nil
	}
	data, err := readData(s, file[0])
	return data, file[0], err
}

func (f *file) judgeMatch(st *step, re *regexp.Regexp, pattern string, count int, text []byte, what string) error {
	n := len(re.FindAllIndex(text, max(count+1, 1)))
	var err error
	switch {
	case count == 0 && n == 0:
		err = &MismatchError{Want: fmt.Sprintf("a match for %q in %s", pattern, what), Got: text}
	case count > 0 && n != count:
		err = &MismatchError{Want: fmt.Sprintf("%d matches for %q in %s", count, pattern, what), Got: text}
	case st.want == wantNotDone:
		unwanted := &MismatchError{Want: fmt.Sprintf("no match for %q in %s", pattern, what), Got: text}
		return &Failure{File: f.name, Line: st.line, Text: st.text, Code: codeExpectation, Err: unwanted}
	}
	return failureOrNil(f.judge(st, builtinCode(err), err))
}

// cmp is `cmp [-trim] got want`, byte for byte.
func (f *file) cmp(expand bool) engine.Cmd {
	usage := engine.CmdUsage{
		Summary: "compare two files byte for byte",
		Args:    "[-trim] got want",
		Detail: []string{
			"Each is a file, or 'stdout' or 'stderr' of the last command.",
			"With -trim one newline at the end of either is left out of the comparison: a file in a script always has one.",
		},
	}
	if expand {
		usage.Summary += ", after putting in variables"
	}
	return engine.Command(usage, func(s *engine.State, args ...string) (engine.WaitFunc, error) {
		if err := f.checkVariables(); err != nil {
			return nil, err
		}
		trim := len(args) > 0 && args[0] == "-trim"
		if trim {
			args = args[1:]
		}
		if len(args) != 2 {
			return nil, usagef("usage: %s %s", commandName(f.step), usage.Args)
		}
		var data [2][]byte
		for i, name := range args {
			var err error
			if data[i], err = readData(s, name); err != nil {
				return nil, err
			}
			if expand {
				data[i] = []byte(s.ExpandEnv(string(data[i]), false))
			}
			if trim {
				data[i] = bytes.TrimSuffix(data[i], []byte("\n"))
			}
		}
		return nil, f.judgeCompare(f.step, args, data[0], data[1])
	})
}

func (f *file) judgeCompare(st *step, names []string, got, want []byte) error {
	var err error
	if at := firstDifference(got, want); at >= 0 {
		err = &MismatchError{
			Want:     fmt.Sprintf("%s to be as %s; they differ from byte %d on%s", names[0], names[1], at, differingLine(got, want, at)),
			Got:      got,
			Expected: append([]byte{}, want...),
		}
	}
	return failureOrNil(f.judge(st, builtinCode(err), err))
}

// differingLine shows the line in which two texts first differ: without quotes
// blanks at its end could not be seen. Empty if one of them has no lines.
func differingLine(got, want []byte, at int) string {
	if !isText(string(got)) || !isText(string(want)) || !manyLines(string(got)) && !manyLines(string(want)) {
		return ""
	}
	start := bytes.LastIndexByte(got[:at], '\n') + 1
	line := func(data []byte) string {
		text, more, cut := string(data[start:]), "", false
		if text, _, cut = strings.Cut(text, "\n"); cut {
			text += "\n"
		}
		if len(text) > maxDump {
			text, more = text[:maxDump], "..."
		}
		return strconv.Quote(text) + more
	}
	return fmt.Sprintf(", in line %d: got %s, expected %s", bytes.Count(got[:start], []byte("\n"))+1, line(got), line(want))
}

// firstDifference is the first place where a and b differ, -1 if none.
func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return n
	}
	return -1
}

// readData reads a file, or the last command's stdout or stderr.
func readData(s *engine.State, name string) ([]byte, error) {
	switch name {
	case "stdout":
		return []byte(s.Stdout()), nil
	case "stderr":
		return []byte(s.Stderr()), nil
	}
	return os.ReadFile(s.Path(name))
}

// failureOrNil keeps a nil *Failure from becoming an error that is not nil.
func failureOrNil(failure *Failure) error {
	if failure == nil {
		return nil
	}
	return failure
}
