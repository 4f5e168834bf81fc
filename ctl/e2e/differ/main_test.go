//go:build linux

package differ

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/farsock/farsock/agent/agentd/leftover"
)

// workDir holds everything that this run writes; removed by TestMain. Set once
// before the tests start.
var workDir string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fsd")
	if err == nil {
		err = os.Chmod(dir, 0o755) // an ordinary user starts the agent from it
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "differ:", err)
		return 1
	}
	workDir = dir
	code := leftover.Judge(m.Run())
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, "differ:", err)
		code = 1
	}
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, "differ:", err)
		code = 1
	}
	return code
}

// agentBinary builds the agent, once, and with the race detector if this test
// has it.
var agentBinary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workDir, "agent")
	args := []string{"build", "-o", path}
	if underRace {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./agent")...)
	cmd.Dir = "../../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})
