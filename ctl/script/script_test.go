package script_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/farsock/farsock/ctl/script"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// verbs are small ones with which each rule can be shown.
func verbs() map[string]script.Verb {
	met := make(chan struct{}, 16)
	return map[string]script.Verb{
		"exit": {Usage: "CODE [text...]", Run: func(_ context.Context, c script.Call) int {
			code, err := strconv.Atoi(c.Args[0])
			if err != nil {
				return 2
			}
			fmt.Fprint(c.Stderr, strings.Join(c.Args[1:], " "))
			return code
		}},
		"say": {Run: func(_ context.Context, c script.Call) int {
			fmt.Fprint(c.Stdout, strings.Join(c.Args, " "))
			return 0
		}},
		"set": {Run: func(_ context.Context, c script.Call) int {
			c.Set(c.Args[0], c.Args[1])
			return 0
		}},
		// look finds something else than it waits for.
		"look": {Run: func(_ context.Context, c script.Call) int {
			c.Arrived([]byte(c.Args[0]))
			return 5
		}},
		"get": {Run: func(_ context.Context, c script.Call) int {
			fmt.Fprint(c.Stdout, c.Getenv(c.Args[0]))
			return 0
		}},
		"upper": {Run: func(_ context.Context, c script.Call) int {
			data, err := io.ReadAll(c.Stdin)
			if err != nil {
				return 8
			}
			c.Stdout.Write(bytes.ToUpper(data))
			return 0
		}},
		"load": {Run: func(_ context.Context, c script.Call) int {
			data, err := os.ReadFile(filepath.Join(c.Dir, c.Args[0]))
			if err != nil {
				return 2
			}
			c.Stdout.Write(data)
			return 0
		}},
		// meet and await rendezvous: a background verb and a later one.
		"meet": {Run: func(context.Context, script.Call) int { met <- struct{}{}; return 0 }},
		"await": {Run: func(ctx context.Context, c script.Call) int {
			select {
			case <-met:
				fmt.Fprint(c.Stdout, "met ")
				return 0
			case <-ctx.Done():
				return 130
			}
		}},
		"flood": {Usage: "MIB", Run: func(_ context.Context, c script.Call) int {
			mib, err := strconv.Atoi(c.Args[0])
			if err != nil {
				return 2
			}
			block := make([]byte, 1<<20)
			for range mib {
				if _, err := c.Stdout.Write(block); err != nil {
					return 8
				}
			}
			return 0
		}},
	}
}

func scene(context.Context, string) (*script.Scene, error) {
	return &script.Scene{Verbs: verbs(), Flags: []string{"--agent", "-a"}, Env: []string{"GREETING=hello", "PATH=" + os.Getenv("PATH")}}, nil
}

// runText runs one script and returns its report and what was written.
func runText(t *testing.T, cfg script.Config, text string) (report script.Report, stdout, stderr string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "s.txt")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	cfg.Stdout, cfg.Stderr = &out, &errOut
	if cfg.Begin == nil {
		cfg.Begin = scene
	}
	report, err := script.Run(t.Context(), cfg, []string{name})
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	return report, out.String(), errOut.String()
}
