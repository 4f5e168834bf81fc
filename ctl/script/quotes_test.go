package script_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/farsock/farsock/ctl/script"
)

func TestDoubleQuotes(t *testing.T) {
	for _, tt := range []struct {
		script string
		code   int
	}{
		{`say "Hello, client!"` + "\n" + `stdout '^Hello, client!$'`, 0},
		{`say "it's" "a # b"` + "\n" + `stdout '^it''s a # b$'`, 0},
		{`say a"b c"d'e "'"` + "\n" + `stdout '^ab cde $'`, 2}, // the last quote is open
		{`say a"b c"d'e "'` + "\n" + `stdout '^ab cde "$'`, 0},
		{`say 'a'"b"'c'` + "\n" + `stdout '^abc$'`, 0},
		{`say 'it''s'"'"` + "\n" + `stdout '^it''s''$'`, 0},
		{`say "" x` + "\n" + `stdout '^ x$'`, 0},
		{`say "$GREETING, $GREETING"s" ${GREETING}s"` + "\n" + `stdout '^hello, hellos hellos$'`, 0},
		{`say "$GREETING-x" "${GREETING}"` + "\n" + `stdout '^hello-x hello$'`, 0},
		{`say '$GREETING'` + "\n" + `stdout '^\$GREETING$'`, 0},
		{`say "\$GREETING \"x\" \\ \r\n"` + "\n" + `stdout '^\$GREETING "x" \\ \\r\\n$'`, 0},
		{`say "a$ $b"`, 2},
		{`say "5$ $"` + "\n" + `stdout '^5\$ \$$'`, 0},
		{`set a.b 1.1` + "\n" + `say "at ${a.b}"` + "\n" + `stdout "^at ${a.b}$"`, 0},
		{`set a.b 1.1` + "\n" + `say 1x1` + "\n" + `! stdout "^${a.b}$"`, 0},
		{`say x # "`, 0},
		{`say "x" # "` + "\n" + `stdout '^x$'`, 0},
		{`say "&"` + "\n" + `stdout '^&$'`, 0},
		{`say "x" &` + "\n" + `wait`, 0},
		{`! exit 1 "x y"`, 0},
		{`say "x`, 2},
		{`! say "x`, 2},
		{`say "${GREETING"`, 2},
		{`say "${}"`, 2},
		{`say "x"y'`, 2},
	} {
		report, _, stderr := runText(t, script.Config{}, tt.script)
		if report.Code() != tt.code {
			t.Errorf("%s: exit %d, want %d\n%s", tt.script, report.Code(), tt.code, stderr)
		}
	}
}

// A word is the same word, in whichever quotes its parts are written.
func TestQuotesMeanTheSame(t *testing.T) {
	word := rapid.StringMatching(`[a-c'"$\\# !&?\[\]{}=-]{0,8}`)
	rapid.Check(t, func(rt *rapid.T) {
		var line strings.Builder
		var want strings.Builder
		line.WriteString("say x")
		want.WriteString("x")
		for _, part := range rapid.SliceOfN(word, 1, 5).Draw(rt, "parts") {
			want.WriteString(part)
			if rapid.Bool().Draw(rt, "double") {
				line.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(part) + `"`)
				continue
			}
			line.WriteString("'" + strings.ReplaceAll(part, "'", "''") + "'")
			if rapid.Bool().Draw(rt, "plain") {
				line.WriteString("y")
				want.WriteString("y")
			} else {
				line.WriteString(`""`) // two single quotes in a row would be one that is meant
			}
		}
		report, _, stderr := runText(t, script.Config{Verbose: true}, line.String()+"\nfails 5 look '"+strings.ReplaceAll(want.String(), "'", "''")+"'\nsay "+"z")
		if report.Code() != 0 {
			rt.Fatalf("%s\n%s", line.String(), stderr)
		}
		if first := strings.SplitN(stderr, "\n", 3)[1]; strings.TrimSpace(first) != strings.TrimSpace(want.String()) {
			rt.Fatalf("%s\nsays %q, want %q", line.String(), first, want.String())
		}
	})
}
