package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// helpAt is a command's help on a terminal of this width.
func helpAt(t *testing.T, width int, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	env := Env{Stdout: &out, Stderr: &errOut, Width: func() int { return width }, Getenv: func(string) string { return "" }}
	if code := Main(context.Background(), args, env); code != 0 || errOut.Len() > 0 {
		t.Fatalf("%v: exit %d, %s", args, code, errOut.String())
	}
	return out.String()
}

func words(s string) string { return strings.Join(strings.Fields(s), " ") }

// Help fits the terminal, and says the same whatever its width.
func TestHelpFits(t *testing.T) {
	for _, name := range []string{"", "send", "recv", "run", "listen", "session exec", "agent add", "await", "drain"} {
		args := append(strings.Fields(name), "--help")
		whole := helpAt(t, 0, args...)
		for _, width := range []int{120, 80, 60, 45} {
			got := helpAt(t, width, args...)
			if words(got) != words(whole) {
				t.Errorf("%s at %d says something else:\n%s", name, width, got)
			}
			_, examples, _ := strings.Cut(whole, "Examples:\n")
			examples, _, _ = strings.Cut(examples, "\n\n")
			for line := range strings.Lines(got) {
				if line = strings.TrimSuffix(line, "\n"); len(line) <= width {
					continue
				}
				usage := strings.HasPrefix(line, "  ctl ")
				if word := strings.TrimLeft(line, " "); strings.Contains(word, " ") && !usage && !strings.Contains(examples, line) {
					t.Errorf("%s at %d: %q", name, width, line)
				}
			}
		}
	}
	if helpAt(t, 0, "send", "--help") != helpAt(t, 80, "send", "--help") {
		t.Error("help for a pager does not have 80 columns")
	}
}
