//go:build linux

package examples_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/farsock/farsock/ctl/cli"
)

// Every script in this folder, as README and the scripts themselves say that
// they are run.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("*.txt")
	if err != nil || len(files) < 9 {
		t.Fatalf("found %d scripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			stdout, stderr, code := ctl(t, "run", "--embedded", file)
			if code != 0 || !strings.HasPrefix(stdout, "ok ") {
				t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
			}
		})
	}
}

// ctl runs one command line with nothing of the user's around it.
func ctl(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	home := t.TempDir()
	vars := map[string]string{
		"HOME": home, "FARSOCK_CONFIG": filepath.Join(home, "config.json"), "FARSOCK_SOCKET": filepath.Join(home, "agent.sock"),
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errOut bytes.Buffer
	code = cli.Main(ctx, args, cli.Env{
		Stdout: &out, Stderr: &errOut,
		Getenv: func(name string) string { return vars[name] },
	})
	return out.String(), errOut.String(), code
}
