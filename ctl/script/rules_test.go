package script_test

import (
	"testing"

	"github.com/farsock/farsock/ctl/script"
)

// Each row is one script; code 0 passes, otherwise the exit code and the line
// that is to blame.
func TestRules(t *testing.T) {
	for _, tt := range []struct {
		name   string
		script string
		code   int
		line   int
	}{
		{"done", "exit 0", 0, 0},
		{"not done", "\nexit 1", 1, 2},
		{"wait elapsed", "exit 5", 5, 1},
		{"expectation", "exit 6", 6, 1},
		{"end", "exit 7", 7, 1},
		{"unreachable", "exit 3", 3, 1},

		{"! with 1", "! exit 1", 0, 0},
		{"! with 5", "! exit 5", 0, 0},
		{"! with 6", "! exit 6", 0, 0},
		{"! with 7", "! exit 7", 0, 0},
		{"! with 0", "! exit 0", 6, 1},
		{"! with usage", "! exit 2", 2, 1},
		{"! with a dead agent", "! exit 3", 3, 1},
		{"! with denied", "! exit 4", 4, 1},
		{"! with an agent's error", "! exit 8", 8, 1},
		{"! with an interruption", "! exit 130", 130, 1},

		{"? with 0", "? exit 0", 0, 0},
		{"? with 1", "? exit 1", 0, 0},
		{"? with 5", "? exit 5", 0, 0},
		{"? with 2", "? exit 2", 2, 1},
		{"? with 3", "? exit 3", 3, 1},
		{"? with 8", "? exit 8", 8, 1},

		{"fails exactly", "fails 3 exit 3", 0, 0},
		{"fails usage", "fails 2 exit 2", 0, 0},
		{"fails with another", "fails 4 exit 8", 6, 1},
		{"fails with none", "fails 4 exit 0", 6, 1},
		{"fails with a dead agent", "fails 1 exit 3", 3, 1},
		{"fails 0", "fails 0 exit 0", 2, 1},
		{"fails no number", "fails x exit 1", 2, 1},
		{"fails 256", "fails 256 exit 1", 2, 1},
		{"fails a builtin", "fails 6 stdout x", 2, 1},
		{"fails with a prefix", "! fails 1 exit 1", 2, 1},
		{"fails alone", "fails 1", 2, 1},

		{"two prefixes", "! ! exit 1", 2, 1},
		{"two prefixes around a condition", "! [!GOOS:plan9] ? exit 1", 2, 1},
		{"prefix before a condition", "! [!GOOS:plan9] exit 1", 0, 0},
		{"prefix behind a condition", "[!GOOS:plan9] ! exit 1", 0, 0},
		{"condition not met", "[GOOS:plan9] exit 1\n[GOOS:plan9] say ${unset}", 0, 0},
		{"unknown condition", "say x\n[moon] exit 0", 2, 2},
		{"prefix alone", "!", 2, 1},
		{"quoted prefix is a command", "'!' exit 1", 2, 1},
		{"unknown command", "# c\n\nnonsense a b", 2, 3},
		{"unknown command is no outcome", "! nonsense", 2, 1},
		{"open quote", "say 'abc", 2, 1},

		{"background and wait", "await &\nmeet\nwait\nstdout 'met '", 0, 0},
		{"outputs in the order of starting", "say a &\nsay b &\nwait\nstdout ^ab$", 0, 0},
		{"waited for at the end", "await &\nmeet", 0, 0},
		{"background failure at wait", "exit 5 late &\nsay x\nwait", 5, 1},
		{"background failure at the end", "say x\nexit 5 &\nsay y", 5, 2},
		{"first of two background failures", "exit 5 &\nexit 1 &\nwait", 5, 1},
		{"background !", "! exit 5 &\nwait", 0, 0},
		{"background ! not met", "! exit 0 &\nwait", 6, 1},
		{"background fails", "fails 8 exit 8 &\nwait", 0, 0},
		{"background fails not met", "fails 8 exit 1 &\nwait", 6, 1},
		{"background is ended by a failure", "await &\nexit 1", 1, 2},
		{"background of a builtin", "stdout x &", 2, 1},
		{"wait with a prefix", "! wait", 2, 1},
		{"wait with arguments", "wait 3", 2, 1},

		{"variable", "set web.addr 127.0.0.1:80\nsay ${web.addr}\nstdout '^127.0.0.1:80$'", 0, 0},
		{"variable in a pattern is literal", "set a x.z\nsay xyz\n! stdout ${a}", 0, 0},
		{"variable without braces", "set web.addr 1\nsay $web.addr", 2, 2},
		{"unset variable", "say ${nothing}", 2, 1},
		{"unset in a builtin", "echo $nothing", 2, 1},
		{"quoted dollar", "say '$nothing'\nstdout nothing", 0, 0},
		{"dollar in a comment", "say x # costs $five", 0, 0},
		{"set in the background is seen after wait", "set v 1 &\nwait\nget v\nstdout 1", 0, 0},
		{"env", "env A=b\nget A\nstdout ^b$", 0, 0},
		{"scene's variables", "say $GREETING\nstdout hello", 0, 0},
		{"quoted quote", "say 'don''t'\nstdout 'don''t'", 0, 0},

		{"stdout", "say abc\nstdout b", 0, 0},
		{"stdout mismatch", "say abc\nstdout x", 6, 2},
		{"! stdout", "say abc\n! stdout x", 0, 0},
		{"! stdout mismatch", "say abc\n! stdout b", 6, 2},
		{"! stdout with a bad pattern", "say abc\n! stdout '('", 2, 2},
		{"! stdout without a pattern", "! stdout", 2, 1},
		{"stderr", "? exit 1 oh\nstderr oh", 0, 0},
		{"count", "say aXaXa\nstdout -count=3 a\nstdout -count=2 X", 0, 0},
		{"count mismatch", "say aXaXa\nstdout -count=2 a", 6, 2},
		{"count of nothing", "say a\nstdout -count=0 a", 2, 2},
		{"grep", "grep b f\n-- f --\nabc\n", 0, 0},
		{"grep mismatch", "grep x f\n-- f --\nabc\n", 6, 1},
		{"! grep in no file", "! grep x f", 2, 1},

		{"txtar file", "load f\ncmp stdout f\n-- f --\nabc\n", 0, 0},
		{"cmp mismatch", "say abd\ncmp -trim stdout f\n-- f --\nabc\n", 6, 2},
		{"cmp minds the newline", "say abc\ncmp stdout f\n-- f --\nabc\n", 6, 2},
		{"cmp -trim", "say abc\ncmp -trim stdout f\n-- f --\nabc\n", 0, 0},
		{"! cmp", "say abd\n! cmp stdout f\n-- f --\nabc\n", 0, 0},
		{"! cmp with no file", "say abd\n! cmp stdout g", 2, 2},
		{"cmpenv", "say hello\ncmpenv -trim stdout f\n-- f --\n$GREETING\n", 0, 0},
		{"write", "write f 'a\\r\\n\\x00\"''z'\nload f\nstdout -count=1 '^a\\r$'\nwrite g 'a\\r\\n\\x00\"''z'\ncmp f g", 0, 0},
		{"write with an unknown escape", `write f 'a\q'`, 2, 1},
		{"stdin", "stdin f\nupper\nstdout ABC\n-- f --\nabc\n", 0, 0},
		{"stdin is for one verb", "stdin f\nupper\nupper\n! stdout .\n-- f --\nabc\n", 0, 0},
		{"stdin from stdout", "say abc\nstdin stdout\nupper\nstdout ^ABC$", 0, 0},
		{"cat, cp, mkdir, exists, rm", "mkdir d\ncp f d/g\nexists d/g\ncat d/g\nstdout abc\nrm d\n! exists d\n-- f --\nabc\n", 0, 0},
		{"exists mismatch", "exists nothing", 6, 1},
		{"! cat is no outcome", "! cat nothing", 2, 1},
		{"rm outside", "rm ../x", 2, 1},
		{"rm everything", "rm .", 2, 1},
		{"mkdir outside", "mkdir /farsock-nowhere", 2, 1},
		{"cp outside", "cp f /farsock-nowhere\n-- f --\n", 2, 1},
		{"write outside", "write ../x y", 2, 1},
		{"txtar file outside", "-- ../x --\n", 2, 0},
		{"stop", "stop enough\nexit 1", 0, 0},
		{"exec is forbidden", "exec true", 2, 1},
		{"! exec is forbidden", "! exec true", 2, 1},
		{"sleep is forbidden", "sleep 1s", 2, 1},
		{"as much output as is kept", "flood 16", 0, 0},
		{"too much output", "flood 17", 2, 1},
		{"too much output is no outcome", "? flood 17", 2, 1},
		{"CRLF", "say abc\r\nstdout '^abc$'\r\n", 0, 0},
		{"empty", "", 2, 0},
		{"only comments and files", "# nothing\n\n-- f --\nabc\n", 2, 0},
		{"only what is not for here", "[GOOS:plan9] exit 1", 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			report, _, stderr := runText(t, script.Config{}, tt.script)
			if got := report.Code(); got != tt.code {
				t.Fatalf("exit %d, want %d\n%s", got, tt.code, stderr)
			}
			if f := report.Results[0].Failure; f != nil && f.Line != tt.line {
				t.Errorf("blames line %d, want %d: %v", f.Line, tt.line, f)
			}
		})
	}
}

func TestAllowExec(t *testing.T) {
	for _, tt := range []struct {
		script string
		code   int
	}{
		{"exec sh -c 'echo out'\nstdout out", 0},
		{"exec sh -c 'exit 3'", 6},
		{"! exec sh -c 'exit 3'", 0},
		{"! exec farsock-no-such-program", 2},
		{"exec sh -c 'exit 3' &\nwait", 6},
		{"exec sh -c 'exit 3' &", 6},
		{"sleep 1ms", 0},
		{"sleep soon", 2},
	} {
		report, _, stderr := runText(t, script.Config{AllowExec: true}, tt.script)
		if got := report.Code(); got != tt.code {
			t.Errorf("%q: exit %d, want %d\n%s", tt.script, got, tt.code, stderr)
		}
	}
}
