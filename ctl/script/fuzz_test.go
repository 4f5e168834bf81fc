package script_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/farsock/farsock/ctl/script"
)

// Whatever a file holds, running it ends with a verdict, runs no program, and
// leaves nothing changed outside of its folder.
func FuzzScript(f *testing.F) {
	for _, text := range []string{
		"say hello\nstdout 'h.*o'\n! stdout bye\n", "exit 5\n", "! exit 5\n? exit 0\nfails 6 exit 6 'why not'\n",
		"set web.addr 1.2.3.4:80\nsay ${web.addr}\nstdout -count=1 4:80\n", "say \"$GREETING, \\\"you\\\" \\\\ \\$\"\n",
		"say a &\nexit 1 &\nwait\n", "cleanup exit 0\ncleanup say bye\nstop 'that is all'\n", "[GOOS:linux] say a\n[!root] exit 1\n[nothing] say\n",
		"stdin in\nupper\ncmp stdout want\n-- in --\nabc\n-- want --\nABC\n", "write f 'a\\x00\\r\\n'\nload f\ncmpenv -trim stdout f\nrm f\n! exists f\n",
		"--agent b say x\n-ab say\n--agent\n", "exec touch x\n", "sleep 1s\n", "mkdir a/b ../c\n", "cp in ../out\n-- in --\n-- ../out --\n", "rm ..\nrm /\nrm .\n",
		"env\nenv PATH\nenv A=b\nsay $A $B\n", "help\nhelp say\nhelp nothing\n", "look x\n", "grep -count=0 x f\n", "! ! say\n! # x\n", "cat in nothing\n-- in --\nx",
		"fails exit\nfails 3 exit 3\nfails x exit\nfails 3 fails 3 exit 3\n", "say 'it''s' 'open\n", "say \"${\"\n", "\xff\x00\r\n", "cleanup\ncleanup cleanup say\ncleanup exec x\n", "-- x --\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, endless := range []string{"/dev", "/proc", "/sys"} {
			if strings.Contains(text, endless) {
				return // they are read as any file, and have no end
			}
		}
		dir := t.TempDir()
		t.Setenv("TMPDIR", dir)
		name := filepath.Join(dir, "s.txt")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errOut bytes.Buffer
		begin := func(ctx context.Context, file string) (*script.Scene, error) {
			s, err := scene(ctx, file)
			for _, name := range []string{"meet", "await", "flood"} {
				delete(s.Verbs, name) // they wait for each other, or write much
			}
			for name, verb := range s.Verbs {
				run := verb.Run
				verb.Run = func(ctx context.Context, c script.Call) int {
					if len(c.Args) < 2 {
						c.Args = append(c.Args, "0", "0")
					}
					return run(ctx, c)
				}
				s.Verbs[name] = verb
			}
			return s, err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		report, err := script.Run(ctx, script.Config{Begin: begin, Stdout: &out, Stderr: &errOut, Verbose: true}, []string{name})
		if err != nil || len(report.Results) != 1 {
			t.Fatalf("%q: %v, %d results", text, err, len(report.Results))
		}
		checkFailure(t, text, report.Results[0].Failure)
		if got, err := os.ReadFile(name); err != nil || string(got) != text {
			t.Fatalf("%q changed itself: %q, %v", text, got, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Fatalf("%q left %v behind, %v", text, left, err)
		}
	})
}

// checkFailure holds a verdict against what all of them promise; nil is success.
func checkFailure(t *testing.T, text string, failure *script.Failure) {
	t.Helper()
	if failure == nil {
		return
	}
	lines := strings.Count(text, "\n") + 2 // the `wait` that was added
	if failure.Code <= 0 || failure.Code > 255 || failure.Err == nil || failure.Error() == "" || failure.Line < 0 || failure.Line > lines {
		t.Fatalf("%q fails with %+v", text, failure)
	}
	_, _ = failure.Outcome(), failure.Got()
	var usage *script.UsageError
	if errors.As(failure, &usage) && usage.Reason == "" {
		t.Fatalf("%q fails without a reason: %+v", text, failure)
	}
	for _, c := range failure.Cleanup {
		checkFailure(t, text, c)
	}
}
