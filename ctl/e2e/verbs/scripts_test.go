//go:build linux

package verbs

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/farsock/farsock/agent/agentd/leftover"
)

// patience is how long anything here may take before the test gives up on it.
const patience = time.Minute

// TestScripts runs every script of this folder with the real ctl against one real
// agent.
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	s := newStage(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if out, err := s.run(t, file, text); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// stage is what scripts run on: the programs, and an agent on the near host.
type stage struct {
	programs string // immutable: the folder of agent and ctl
	endpoint string // immutable: the agent's
	far      string // immutable: the other host's network namespace
}

func newStage(t *testing.T) *stage {
	t.Helper()
	h := newHosts(t)
	programs, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return &stage{programs: programs, endpoint: startAgent(t, programs, h.near), far: h.far}
}

// run runs a script with ctl and returns what it wrote; an error unless it passed.
// args are ctl run's.
func (s *stage) run(t *testing.T, name string, text []byte, args ...string) ([]byte, error) {
	t.Helper()
	dir := t.TempDir()
	script := filepath.Join(dir, name)
	// The namespace's name is this run's own.
	text = bytes.ReplaceAll(text, []byte("\nenv other=far\n"), []byte("\nenv other="+s.far+"\n"))
	if err := os.WriteFile(script, text, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(s.programs, "ctl"), append([]string{"--agent", s.endpoint, "run", script}, args...)...)
	cmd.Env = environment(dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd.CombinedOutput()
}

// startAgent starts the agent in a network namespace and returns its endpoint. It
// has to end in order when the test does.
func startAgent(t *testing.T, programs, namespace string) string {
	t.Helper()
	dir, err := os.MkdirTemp(workDir, "agent")
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "agent.sock")
	cmd := exec.Command("ip", "netns", "exec", namespace, filepath.Join(programs, "agent"), "--listen", "unix://"+socket)
	cmd.Dir, cmd.Env = dir, environment(dir)
	var stderr bytes.Buffer // read only once the agent has ended
	cmd.Stderr = &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		// ip(8) has become the agent, so the signal is the agent's.
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended, which Wait tells
		timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		if err := <-ended; err != nil {
			t.Errorf("agent: %v\n%s", err, stderr.String())
		}
	})
	for deadline := time.Now().Add(patience); ; {
		c, err := net.Dial("unix", socket)
		if err == nil {
			_ = c.Close()
			return "unix://" + socket
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			ended <- err // for the cleanup
			t.Fatalf("agent ended: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// environment is what a program sees: nothing of the user's own.
func environment(home string) []string {
	return []string{leftover.Setting(), "PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "FARSOCK_CONFIG=" + filepath.Join(home, "config.json")}
}
