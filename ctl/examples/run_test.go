//go:build linux

package examples_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write makes a script of its own for a test.
func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "s.txt")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// What ctl run makes of lines that do not go as expected, with the real verbs.
func TestRunFails(t *testing.T) {
	const pair = "listen tcp 127.0.0.1:0 --as web\ndial tcp ${web.addr} --as d\naccept web --as c\n"
	gone := "unix://" + filepath.Join(t.TempDir(), "gone.sock")
	for _, tt := range []struct {
		name, script string
		code         int
		want         []string // on stderr
	}{
		{"a dead agent is no outcome", "! dial tcp 127.0.0.1:1 --agent " + gone, 3, []string{"s.txt:1: ! dial"}},
		{"a dead agent by its code", "fails 3 ls --agent " + gone, 0, nil},
		{"usage is no outcome", "! dial tcp", 2, nil},
		{"an unknown socket is no outcome", "! send nobody x", 8, []string{"SOCKET_NOT_FOUND"}},
		{"a verb's own code", "listen tcp 127.0.0.1:0 --as web\naccept web --wait 10ms", 5, []string{"s.txt:2: accept web"}},
		{"expect shows what arrived", pair + "send d 'not that'\nshutdown d write\nexpect c this --wait 10s", 6,
			[]string{`"not that"`, "6e 6f 74 20 74 68 61 74"}},
		{"recv and stdout show what arrived", pair + "send d 'not that'\nrecv c\nstdout this", 6,
			[]string{`text  "not that"`, "6e 6f 74 20 74 68 61 74"}},
		{"recv and cmp show both", pair + "send d 'not that'\nrecv c\ncmp -trim stdout want\n-- want --\nthis\n", 6,
			[]string{"expected 4 bytes", "74 68 69 73", `text  "not that"`, "6e 6f 74 20 74 68 61 74"}},
		{"a verb in the background", "listen tcp 127.0.0.1:0 --as web\naccept web --wait 10ms &\nls", 5, []string{"s.txt:2: accept web"}},
		{"no script in a script", "run other.txt", 2, []string{`no command "run"`}},
		{"no exec", "exec true", 2, []string{"--allow-exec"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, stderr, code := ctl(t, "run", "--embedded", write(t, tt.script))
			if code != tt.code {
				t.Fatalf("exit %d, want %d\n%s", code, tt.code, stderr)
			}
			for _, want := range tt.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("%q is missing in\n%s", want, stderr)
				}
			}
		})
	}
}

// One script, two agents: a listener on one, its client on the other. The
// script's sessions are gone when it is over.
func TestRunWithSeveralAgents(t *testing.T) {
	a, b := "unix://"+startAgent(t), "unix://"+startAgent(t)
	file := write(t, strings.NewReplacer("@a", a, "@b", b).Replace(`
listen tcp 127.0.0.1:0 --as web --agent @a
accept web --as c1 --agent @a &
dial tcp ${web.addr} --as d --agent @b
wait
send d Hello --agent @b
recv c1 --max 1024 --agent @a
stdout ^Hello$
fails 8 show d --agent @a
`))
	if stdout, stderr, code := ctl(t, "run", file); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	for _, agent := range []string{a, b} {
		stdout, stderr, code := ctl(t, "session", "ls", "-o", "json", "--agent", agent)
		if code != 0 || strings.Contains(stdout, "sessions/") {
			t.Errorf("exit %d, sessions left: %s%s", code, stdout, stderr)
		}
	}
}

// The example of two machines, with an agent besides the one inside of ctl.
func TestTwoAgents(t *testing.T) {
	stdout, stderr, code := ctl(t, "run", "-v", "--agent", "unix://"+startAgent(t), "two-agents.txt")
	if code != 0 {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	if !strings.Contains(stderr, "cleanup close web\n") {
		t.Errorf("%s", stderr)
	}
}
