package script_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/farsock/farsock/ctl/script"
)

// noting is a scene with the verb note, which keeps its arguments.
func noting(notes *[]string) func(context.Context, string) (*script.Scene, error) {
	return func(ctx context.Context, file string) (*script.Scene, error) {
		s, err := scene(ctx, file)
		s.Verbs["note"] = script.Verb{Run: func(ctx context.Context, c script.Call) int {
			if ctx.Err() != nil {
				return 130
			}
			*notes = append(*notes, strings.Join(c.Args, " "))
			return 0
		}}
		s.End = func(context.Context) error { *notes = append(*notes, "end"); return nil }
		return s, err
	}
}

func TestCleanup(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		code, line   int
		notes        string // in order, with '|' between them
		says         string // on stderr
	}{
		{"last first", "cleanup note a\ncleanup note b\nnote c", 0, 0, "c|b|a|end", ""},
		{"after a failure", "cleanup note a\nexit 5\ncleanup note b", 5, 2, "a|end", ""},
		{"after a mistake", "cleanup note a\nnonsense", 2, 2, "a|end", ""},
		{"after stop", "cleanup note a\nstop\nnote b", 0, 0, "a|end", ""},
		{"after the background", "cleanup note a\nawait &\nexit 1", 1, 3, "a|end", ""},
		{"variables of that moment", "set v 1\ncleanup note $v\nset v 2", 0, 0, "1|end", ""},
		{"words stay words", "cleanup note 'it''s  ' \"# $GREETING\" '$x'", 0, 0, "it's   # hello $x|end", ""},
		{"its files", "cleanup load f\nrm f\n-- f --\n", 2, 1, "end", "s.txt:1: cleanup load f: exit 2"},
		{"flags before it", "cleanup --agent b note a", 0, 0, "--agent b a|end", ""},
		{"not done", "cleanup ! exit 5\ncleanup ? exit 0\ncleanup fails 8 exit 8\nnote a", 0, 0, "a|end", ""},
		{"only there", "[GOOS:plan9] cleanup note a\n[!GOOS:plan9] cleanup note b", 0, 0, "b|end", ""},
		{"it fails, the others run", "cleanup note a\ncleanup exit 7\ncleanup exit 6 oh\ncleanup note b\nnote c", 6, 3, "c|b|a|end",
			"s.txt:2: cleanup exit 7: exit 7"},
		{"it fails after a failure", "cleanup exit 7\nexit 5", 5, 2, "end", "s.txt:1: cleanup exit 7: exit 7"},
		{"not met", "cleanup ! exit 0", 6, 1, "end", ""},
		{"unknown", "cleanup nothing\nnote a", 2, 1, "end", `no command "nothing"`},
		{"unknown verb after flags", "cleanup --agent b nothing", 2, 1, "end", `no command "nothing"`},
		{"alone", "cleanup", 2, 1, "end", "usage: cleanup"},
		{"a prefix alone", "cleanup !", 2, 1, "end", "usage: cleanup"},
		{"a prefix before it", "! cleanup exit 1", 2, 1, "end", "behind cleanup"},
		{"of itself", "cleanup cleanup note a", 2, 1, "end", "cannot run"},
		{"not allowed", "cleanup exec true", 2, 1, "end", "--allow-exec"},
		{"in the background", "cleanup note a &", 2, 1, "end", "background"},
		{"unset", "cleanup note ${nothing}", 2, 1, "end", "${nothing} is not set"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var notes []string
			report, _, stderr := runText(t, script.Config{Begin: noting(&notes)}, tt.script)
			if got := strings.Join(notes, "|"); report.Code() != tt.code || got != tt.notes || !strings.Contains(stderr, tt.says) {
				t.Fatalf("exit %d and %s, want %d, %s and %q\n%s", report.Code(), got, tt.code, tt.notes, tt.says, stderr)
			}
			if f := report.Results[0].Failure; f != nil && f.Line != tt.line {
				t.Errorf("blames line %d, want %d", f.Line, tt.line)
			}
		})
	}
}

// The line that failed stays the last of the transcript.
func TestCleanupIsSilent(t *testing.T) {
	_, _, stderr := runText(t, script.Config{}, "cleanup say tidy\nexit 5 late")
	if !strings.Contains(stderr, "    2  exit 5 late\n/") || strings.Count(stderr, "tidy") != 1 {
		t.Errorf("%s", stderr)
	}
}

func TestCleanupRunsPrograms(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	report, _, stderr := runText(t, script.Config{AllowExec: true}, "cleanup exec touch "+mark+"\nexit 1")
	if _, err := os.Stat(mark); err != nil || report.Code() != 1 {
		t.Errorf("exit %d, %v\n%s", report.Code(), err, stderr)
	}
}

// Also an interrupted script cleans up.
func TestCleanupAfterInterruption(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	name := filepath.Join(t.TempDir(), "s.txt")
	if err := os.WriteFile(name, []byte("cleanup note a\ninterrupt\nnote never"), 0o600); err != nil {
		t.Fatal(err)
	}
	var notes []string
	begin := func(ctx context.Context, file string) (*script.Scene, error) {
		s, err := noting(&notes)(ctx, file)
		s.Verbs["interrupt"] = script.Verb{Run: func(ctx context.Context, _ script.Call) int {
			cancel()
			<-ctx.Done()
			return 130
		}}
		return s, err
	}
	var stdout, stderr bytes.Buffer
	report, err := script.Run(ctx, script.Config{Begin: begin, Stdout: &stdout, Stderr: &stderr}, []string{name})
	if got := strings.Join(notes, "|"); !errors.Is(err, context.Canceled) || report.Code() != 130 || got != "a|end" {
		t.Errorf("%v, exit %d, %s\n%s", err, report.Code(), got, stderr.String())
	}
}

// A cleanup line that hangs is ended, and the others still run.
func TestCleanupHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var notes []string
		report, _, stderr := runText(t, script.Config{Begin: noting(&notes)}, "cleanup note a\ncleanup await\nnote b")
		if got := strings.Join(notes, "|"); report.Code() != 5 || got != "b|a|end" || !strings.Contains(stderr, "s.txt:2: cleanup await: the time of") {
			t.Errorf("exit %d, %s\n%s", report.Code(), got, stderr)
		}
	})
}
