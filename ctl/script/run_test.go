package script_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/farsock/farsock/ctl/script"
)

func TestTranscript(t *testing.T) {
	_, stdout, stderr := runText(t, script.Config{}, `# comment
set addr 127.0.0.1:80
say Hel`+"\x1b"+`[2J ${addr}

stdout 'Hello'
say never
`)
	if !strings.HasPrefix(stdout, "FAIL  ") || strings.Count(stdout, "\n") != 1 {
		t.Errorf("stdout is %q", stdout)
	}
	for _, want := range []string{
		"    2  set addr 127.0.0.1:80\n",
		"    3  say Hel",
		`s.txt:5: stdout 'Hello': expected a match for "Hello" in stdout`,
		"arrived instead 20 bytes\n",
		`    text  "Hel\x1b[2J 127.0.0.1:80"`,
		"    hex   0000  48 65 6c 1b 5b 32 4a 20  31 32 37 2e 30 2e 30 2e  |Hel.[2J 127.0.0.|\n",
		"          0010  31 3a 38 30                                       |1:80|\n",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is missing in\n%s", want, stderr)
		}
	}
	for _, unwanted := range []string{"never", "\x1b"} {
		if strings.Contains(stderr, unwanted) {
			t.Errorf("%q is in\n%s", unwanted, stderr)
		}
	}
}

func TestTranscriptOfVerbAndCmp(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		want         []string
	}{
		{"verb", "env who=world\nexit 6 got ${who} instead", []string{
			"exit 6, expected 0",
			"with the variables put in: 6 got world instead",
			"it said:\n         got world instead\n",
		}},
		{"mistyped", "sya abc", []string{`there is no command "sya"; did you mean say or set?`}},
		{"unknown", "frobnicate", []string{`there is no command "frobnicate"; 'help' lists them`}},
		{"not met", "! say abc", []string{"exit 0, expected an outcome other than done", `text  "abc"`}},
		{"cmp", "say abd\ncmp -trim stdout f\n-- f --\nabc\n", []string{
			"differ from byte 2 on",
			"expected 3 bytes\n    text  \"abc\"",
			"arrived instead 3 bytes\n    text  \"abd\"",
			"61 62 64",
		}},
		{"empty", "say ''\ncmp stdout f\n-- f --\nabc\n", []string{"arrived instead 0 bytes"}},
		{"background", "exit 5 late &\nexit 1 other", []string{"2: exit 1 other"}},
		{"long", "exec seq 1 1000\nstdout 1001", []string{
			"         200\n         ... and 800 lines more, 3201 bytes; -v shows all\n",
			"arrived instead 3893 bytes, 1000 lines\n    1\n",
			"    200\n    ... and 800 lines more, 3201 bytes; -v shows all\n",
		}},
		{"lines", "load f\nstdout missing\n-- f --\nState\tis\nESTABLISHED\n", []string{
			"1  load f\n         State\tis\n         ESTABLISHED\n",
			"arrived instead 21 bytes, 2 lines\n    State\tis\n    ESTABLISHED\n",
		}},
		{"carriage returns", "write f 'a\\r\\nb'\nload f\nstdout c", []string{
			"arrived instead 4 bytes, 2 lines, no newline at the end\n    a\\r\n    b\n",
		}},
		{"bytes", "write f 'a\\n\\x00'\nload f\nstdout c", []string{`text  "a\n\x00"`, "61 0a 00"}},
		{"lines of cmp", "load f\ncmp stdout g\n-- f --\na\nb \n-- g --\na\nb\n", []string{
			`differ from byte 3 on, in line 2: got "b \n", expected "b\n"`,
		}},
		{"its own name", "ctl say abc", []string{"begin without it"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, stderr := runText(t, script.Config{AllowExec: true}, tt.script)
			for _, want := range tt.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("%q is missing in\n%s", want, stderr)
				}
			}
		})
	}
}

func TestVerbose(t *testing.T) {
	_, stdout, stderr := runText(t, script.Config{Verbose: true}, "# first\nsay abc\nstdout b\n")
	want := "# first\n    2  say abc\n         abc\n    3  stdout b\n"
	if stderr != want {
		t.Errorf("stderr is %q, want %q", stderr, want)
	}
	if !strings.HasPrefix(stdout, "ok    ") {
		t.Errorf("stdout is %q", stdout)
	}
}

type coded int

func (coded) Error() string   { return "coded" }
func (c coded) ExitCode() int { return int(c) }

// A file that fails keeps no other from running; the first one's code counts.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	names := []string{"good.txt", "bad.txt", "worse.txt", "missing.txt"}
	texts := []string{"exit 0", "exit 5", "exit 1"}
	for i, text := range texts {
		names[i] = filepath.Join(dir, names[i])
		if err := os.WriteFile(names[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var begun, ended int
	var stdout, stderr bytes.Buffer
	report, err := script.Run(t.Context(), script.Config{
		Begin: func(ctx context.Context, file string) (*script.Scene, error) {
			begun++
			s, err := scene(ctx, file)
			s.End = func(context.Context) error { ended++; return nil }
			return s, err
		},
		Stdout: &stdout, Stderr: &stderr,
	}, names)
	if err != nil {
		t.Fatal(err)
	}
	var codes []int
	for _, r := range report.Results {
		code := 0
		if r.Failure != nil {
			code = r.Failure.Code
		}
		codes = append(codes, code)
	}
	if want := []int{0, 5, 1, 2}; !equal(codes, want) {
		t.Errorf("codes %v, want %v", codes, want)
	}
	if report.Code() != 5 {
		t.Errorf("exit %d, want the first failure's", report.Code())
	}
	if begun != 3 || ended != 3 {
		t.Errorf("begun %d and ended %d scenes, want 3", begun, ended)
	}
	if n := strings.Count(stdout.String(), "\n"); n != 4 {
		t.Errorf("%d lines in %q", n, stdout.String())
	}
}

func equal(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestBeginAndEndErrors(t *testing.T) {
	end := func(err error) func(context.Context, string) (*script.Scene, error) {
		return func(ctx context.Context, file string) (*script.Scene, error) {
			s, _ := scene(ctx, file)
			s.End = func(context.Context) error { return err }
			return s, nil
		}
	}
	begin := func(err error) func(context.Context, string) (*script.Scene, error) {
		return func(context.Context, string) (*script.Scene, error) { return nil, err }
	}
	clash := func(ctx context.Context, file string) (*script.Scene, error) {
		s, err := scene(ctx, file)
		s.Verbs["stdout"] = s.Verbs["say"]
		return s, err
	}
	for _, tt := range []struct {
		name  string
		begin func(context.Context, string) (*script.Scene, error)
		text  string
		code  int
	}{
		{"begin", begin(errors.New("no")), "exit 0", 8},
		{"begin with a code", begin(coded(3)), "exit 0", 3},
		{"end", end(errors.New("no")), "exit 0", 8},
		{"end with a code", end(coded(3)), "exit 0", 3},
		{"end after a failure", end(coded(3)), "exit 5", 5},
		{"a verb named as a built-in command", clash, "exit 0", 2},
	} {
		report, _, stderr := runText(t, script.Config{Begin: tt.begin}, tt.text)
		if got := report.Code(); got != tt.code {
			t.Errorf("%s: exit %d, want %d\n%s", tt.name, got, tt.code, stderr)
		}
	}
}

// An interrupted script ends its verbs, its scene and its folder, and runs no
// further file.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	name := filepath.Join(t.TempDir(), "s.txt")
	if err := os.WriteFile(name, []byte("await &\n! interrupt\nsay never"), 0o600); err != nil {
		t.Fatal(err)
	}
	ended := false
	begin := func(ctx context.Context, file string) (*script.Scene, error) {
		s, err := scene(ctx, file)
		s.Verbs["interrupt"] = script.Verb{Run: func(ctx context.Context, c script.Call) int {
			cancel()
			<-ctx.Done()
			return 1
		}}
		s.End = func(ctx context.Context) error {
			ended = true
			return ctx.Err()
		}
		return s, err
	}
	var stdout, stderr bytes.Buffer
	report, err := script.Run(ctx, script.Config{Begin: begin, Stdout: &stdout, Stderr: &stderr}, []string{name, name})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v, want context.Canceled", err)
	}
	if !ended || len(report.Results) != 1 || report.Code() != 130 {
		t.Errorf("ended %v, %d results, exit %d; want true, 1, 130", ended, len(report.Results), report.Code())
	}
	if strings.Contains(stderr.String(), "never") {
		t.Errorf("went on: %s", stderr.String())
	}
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v %v", left, err)
	}
}

// What arrived is shown up to a bound, with how much there is beyond.
func TestDumpIsBounded(t *testing.T) {
	_, _, stderr := runText(t, script.Config{}, "flood 1\nstdout x")
	_, got, _ := strings.Cut(stderr, "arrived instead ")
	if !strings.HasPrefix(got, "1048576 bytes\n") || !strings.HasSuffix(got, "and 1048320 bytes more\n") {
		t.Errorf("the dump is\n%s", got)
	}
	if n := strings.Count(got, "\n"); n != 1+1+16+1 {
		t.Errorf("%d lines in\n%s", n, got)
	}
}

// With -v nothing that is text is cut; otherwise one line that is too long is.
func TestVerboseCutsNoText(t *testing.T) {
	text := strings.Repeat("word ", 10_000)
	for _, tt := range []struct {
		verbose bool
		want    int // how often all of it is there: as output, and as what arrived
		says    string
	}{
		{true, 2, ""},
		{false, 0, "... and 33617 bytes more; -v shows all\n"},
	} {
		_, _, stderr := runText(t, script.Config{Verbose: tt.verbose}, "load f\nstdout missing\n-- f --\n"+text+"\n")
		if n := strings.Count(stderr, text); n != tt.want || !strings.Contains(stderr, tt.says) {
			t.Errorf("verbose %v: %d times in %d bytes", tt.verbose, n, len(stderr))
		}
	}
}

// Of a script with very much output the transcript has the end.
func TestTranscriptIsBounded(t *testing.T) {
	text := strings.Repeat(strings.Repeat("x", 79)+"\n", 200)
	lines := "say first\n" + strings.Repeat("load f\n", 200) + "exit 1\n-- f --\n" + text
	_, _, stderr := runText(t, script.Config{}, lines)
	if len(stderr) > 2<<20 || strings.Contains(stderr, "first") {
		t.Errorf("%d bytes", len(stderr))
	}
	for _, want := range []string{"the lines before are left out", "  202  exit 1\n"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// A failing line's output is told once, with the failure.
func TestTranscriptSaysItOnce(t *testing.T) {
	for _, verbose := range []bool{false, true} {
		_, _, stderr := runText(t, script.Config{Verbose: verbose}, "say before\nexit 6 surprise")
		if strings.Count(stderr, "         surprise\n") != 1 || !strings.Contains(stderr, "         before\n") {
			t.Errorf("verbose %v:\n%s", verbose, stderr)
		}
	}
}
