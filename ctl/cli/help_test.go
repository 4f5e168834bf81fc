package cli

import (
	"bytes"
	"context"
	"strings"
	"syscall"
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
	// Without a terminal it is as wide as COLUMNS says.
	var out bytes.Buffer
	env := Env{Stdout: &out, Stderr: &out, Getenv: func(name string) string { return map[string]string{"COLUMNS": "50"}[name] }}
	if code := Main(context.Background(), []string{"help", "send"}, env); code != 0 || out.String() != helpAt(t, 50, "help", "send") {
		t.Errorf("COLUMNS=50: exit %d\n%s", code, out.String())
	}
	if helpAt(t, 0, "send", "--help") != helpAt(t, 80, "send", "--help") {
		t.Error("help for a pager does not have 80 columns")
	}
}

// Help that nobody can read is a failure, as any answer.
func TestHelpIntoFullFile(t *testing.T) {
	for err, code := range map[error]int{syscall.ENOSPC: 8, syscall.EPIPE: 141} {
		for _, args := range [][]string{{"help", "stream"}, {"stream", "--help"}, {"session"}} {
			var said bytes.Buffer
			env := Env{Stdout: failing{err}, Stderr: &said, Getenv: func(string) string { return "" }}
			if got := Main(context.Background(), args, env); got != code || strings.Contains(said.String(), "write to stdout: ") != (code == 8) {
				t.Errorf("%v, %v: exit %d, %q", args, err, got, said.String())
			}
		}
	}
}

// failing is a stdout that takes nothing.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
