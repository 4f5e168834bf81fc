//go:build linux

package verbs

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

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

// runAll also fails if the tests left a process or a goroutine behind.
func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fsverbs")
	if err != nil {
		fmt.Fprintln(os.Stderr, "verbs:", err)
		return 1
	}
	workDir = dir
	code := leftover.Judge(m.Run())
	for _, err := range []error{os.RemoveAll(dir), goleak.Find()} {
		if err != nil {
			fmt.Fprintln(os.Stderr, "verbs: left behind:", err)
			code = max(code, 1)
		}
	}
	return code
}

// built is the folder of the agent and ctl, built once.
var built = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(workDir, "bin")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", dir+"/", "./agent", "./ctl")
	cmd.Dir = filepath.Join("..", "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
})
