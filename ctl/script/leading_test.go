package script_test

import (
	"strings"
	"testing"

	"github.com/farsock/farsock/ctl/script"
)

// Flags may stand before a verb; it gets them first.
func TestLeadingFlags(t *testing.T) {
	for _, tt := range []struct {
		script string
		code   int
		says   string // on stderr
	}{
		{"--agent b say x\nstdout '^--agent b x$'", 0, ""},
		{"-a b say x\nstdout '^-a b x$'", 0, ""},
		{"-ab say x\nstdout '^-ab x$'", 0, ""},
		{"--agent=b say x\nstdout '^--agent=b x$'", 0, ""},
		{"env who=b\n--agent=${who} --agent ${who} say x\nstdout '^--agent=b --agent b x$'", 0, ""},
		{"--agent \"b c\" say x\nstdout '^--agent b c x$'", 0, ""},
		{"! --agent b say x", 6, ""},
		{"[!GOOS:plan9] --agent b say x", 0, ""},
		{"--agent b say x &\nwait\nstdout '^--agent b x$'", 0, ""},
		{"fails 9 --agent 9 exit", 6, "exit 2"},
		{"--agent b", 2, "--agent b without a command"},
		{"--agent", 2, "--agent without a value"},
		{"--agent b sya x", 2, "did you mean say"},
		{"--agent b stdout x", 2, `"stdout" is a command of the script`},
		{"--agnet b say x", 2, "--agnet cannot stand before a command; --agent, -a can"},
		{"-x b say x", 2, "-x cannot stand"},
		{"--agent ${nobody} say x", 2, "${nobody} is not set"},
		{"! --agnet b say x", 2, "--agnet"},
	} {
		report, _, stderr := runText(t, script.Config{}, tt.script)
		if report.Code() != tt.code || !strings.Contains(stderr, tt.says) {
			t.Errorf("%q: exit %d, want %d and %q\n%s", tt.script, report.Code(), tt.code, tt.says, stderr)
		}
	}
}

// What a verb found instead of what it waits for is what Got returns.
func TestArrived(t *testing.T) {
	for text, want := range map[string]string{"look abc": "abc", "look ''": "", "exit 5 x": ""} {
		report, _, stderr := runText(t, script.Config{}, text)
		if got := report.Results[0].Failure.Got(); string(got) != want {
			t.Errorf("%s: %q, want %q\n%s", text, got, want, stderr)
		}
	}
}
