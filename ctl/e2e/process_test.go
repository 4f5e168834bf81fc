//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/farsock/farsock/agent/agentd/leftover"
)

// raceRules end a program at its first data race, with a code of its own, and
// spare each command the second that the detector otherwise waits at its end.
const raceRules = "GORACE=halt_on_error=1 exitcode=66 atexit_sleep_ms=0"

// process is a child of the test. Kill and Wait may be called from any
// goroutine, any number of times; the test's cleanup kills it and waits for it.
type process struct {
	cmd    *exec.Cmd
	start  time.Time
	stdout locked
	stderr locked
	done   chan struct{} // closed when the process has been waited for
	took   time.Duration // valid after done
}

// locked is a buffer that the child's output is copied to while the test looks.
type locked struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// startProcess starts cmd, whose Env is complete but for the mark. A nil Stdin
// is the null device.
func startProcess(t testing.TB, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, done: make(chan struct{})}
	cmd.Env = append(cmd.Env, leftover.Setting(), raceRules)
	if cmd.Stdout == nil {
		cmd.Stdout = &p.stdout
	}
	cmd.Stderr = &p.stderr
	// A test binary that is itself killed (go test -timeout) takes them along.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	// A grandchild that kept the output open must not hang Wait.
	cmd.WaitDelay = 5 * time.Second
	p.start = time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", strings.Join(cmd.Args, " "), err)
	}
	go p.await()
	t.Cleanup(func() { p.kill(); <-p.done })
	return p
}

func (p *process) await() {
	_ = p.cmd.Wait() // the exit code is read from ProcessState
	p.took = time.Since(p.start)
	close(p.done)
}

// kill sends SIGKILL unless the process has ended.
func (p *process) kill() { p.signal(syscall.SIGKILL) }

func (p *process) signal(s syscall.Signal) {
	// os.Process knows whether it was waited for, so the number is never a
	// stranger's.
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
}

// wait returns what the process did, and fails the test if it is still running
// after limit.
func (p *process) wait(t testing.TB, limit time.Duration) result {
	t.Helper()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		t.Fatalf("%s still runs after %v\nstdout: %s\nstderr: %s", strings.Join(p.cmd.Args, " "), limit, p.stdout.String(), p.stderr.String())
	}
	return result{args: p.cmd.Args, code: exitCode(p.cmd.ProcessState), stdout: p.stdout.String(), stderr: p.stderr.String(), took: p.took}
}

// exitCode is as a shell has it: 128+n for a process that signal n ended.
func exitCode(s *os.ProcessState) int {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return s.ExitCode()
}

// runTool runs one of the system's own tools (ip, nft, ss, sysctl) and returns
// its output.
func runTool(name string, args ...string) (string, error) { return runToolInput("", name, args...) }

func runToolInput(input, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return string(out), nil
}
