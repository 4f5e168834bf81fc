//go:build linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// programs are the two real binaries, built once per test binary and with the
// race detector if it has it.
type programs struct{ agent, ctl string }

var built = sync.OnceValues(func() (programs, error) {
	dir := filepath.Join(workDir, "bin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return programs{}, err
	}
	args := []string{"build", "-o", dir + "/"}
	if underRace {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./agent", "./ctl")...)
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		return programs{}, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return programs{agent: filepath.Join(dir, "agent"), ctl: filepath.Join(dir, "ctl")}, nil
})

// binaries returns the programs and fails the test if they do not build.
func binaries(t testing.TB) programs {
	t.Helper()
	p, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
