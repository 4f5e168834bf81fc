package script_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/farsock/farsock/ctl/script"
)

// Whatever bytes Go can quote, `write` puts in a file as they were, and the
// engine's quotes carry them there.
func TestWriteKeepsBytes(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(rt, "data")
		quoted := strconv.Quote(string(data))
		text := strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
		line := "write f '" + strings.ReplaceAll(text, "'", "''") + "'\nload f\n"

		var got []byte
		begin := func(ctx context.Context, file string) (*script.Scene, error) {
			s, err := scene(ctx, file)
			s.Verbs["load"] = script.Verb{Run: func(_ context.Context, c script.Call) int {
				var err error
				if got, err = os.ReadFile(filepath.Join(c.Dir, c.Args[0])); err != nil {
					return 8
				}
				return 0
			}}
			return s, err
		}
		name := filepath.Join(dir, "s.txt")
		if err := os.WriteFile(name, []byte(line), 0o600); err != nil {
			rt.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		cfg := script.Config{Begin: begin, Stdout: &stdout, Stderr: &stderr}
		report, err := script.Run(t.Context(), cfg, []string{name})
		if err != nil || report.Code() != 0 {
			rt.Fatalf("%q: exit %d, %v\n%s", line, report.Code(), err, stderr.String())
		}
		if !bytes.Equal(got, data) {
			rt.Fatalf("%q wrote %q, want %q", line, got, data)
		}
	})
}
