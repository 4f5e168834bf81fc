//go:build linux

package differ

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/farsock/farsock/agent/agentd/leftover"
	"github.com/farsock/farsock/ctl/e2e/posix"
	"github.com/farsock/farsock/ctl/farsock"
)

// patience bounds whatever is expected to happen soon.
const patience = 30 * time.Second

// pair is the two sides: this process' own system calls and an agent.
type pair struct {
	direct *posix.Direct
	agent  *agentSide
}

// labs are the two namespaces.
type labs struct{ direct, agent *posix.Thread }

// newLabs fails in CI, and skips elsewhere, where there can be no lab.
func newLabs(t testing.TB) labs {
	t.Helper()
	if what := posix.Missing(); what != "" && os.Getenv("CI") != "" {
		t.Fatal("two labs need " + what)
	} else if what != "" {
		t.Skip("two labs need " + what)
	}
	return labs{direct: newLab(t), agent: newLab(t)}
}

func newLab(t testing.TB) *posix.Thread {
	t.Helper()
	lab, err := posix.NewLab()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lab.Close)
	return lab
}

// newPair starts an agent as a user (0 is root) and takes the same user on the
// direct side.
func newPair(t testing.TB, l labs, uid int) pair {
	t.Helper()
	return pair{
		direct: posix.NewDirect(newThread(t, l.direct, uid), folder(t)),
		agent:  newAgentSide(t, newThread(t, l.agent, uid), uid),
	}
}

func newThread(t testing.TB, lab *posix.Thread, uid int) *posix.Thread {
	t.Helper()
	thread, err := posix.NewThread(lab.Path, uid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(thread.Close)
	return thread
}

// folder is a short path that everyone may write to.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(workDir, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// locked is a buffer that the agent's log is copied to while the test looks.
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

// startAgent starts the real program on a thread, whose namespace and user it
// inherits, and connects to it as that user.
func startAgent(t testing.TB, thread *posix.Thread, uid int) *farsock.Client {
	t.Helper()
	binary, err := agentBinary()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(workDir, "") // 0700, which the agent insists on
	if err == nil {
		err = os.Chown(dir, uid, uid)
	}
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "agent.sock")
	cmd := exec.Command(binary, "--listen", "unix://"+socket, "--debug-listen", debugAddress(uid))
	cmd.Dir = dir
	cmd.Env = []string{leftover.Setting(), "PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "GORACE=halt_on_error=1 exitcode=66 atexit_sleep_ms=0"}
	log := &locked{}
	cmd.Stderr = log
	// The thread lives longer than the agent; with it gone the agent goes too.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	thread.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if err := stop(cmd, ended); err != nil {
			t.Errorf("agent: %v\n%s", err, log)
		}
	})

	dial := func(context.Context) (c net.Conn, err error) {
		thread.Do(func() { c, err = net.Dial("unix", socket) })
		return c, err
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		if probe, err := dial(ctx); err == nil {
			_ = probe.Close()
			break
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("agent ended: %v\n%s", err, log)
		case <-ctx.Done():
			t.Fatalf("agent does not listen: %s", log)
		case <-time.After(5 * time.Millisecond):
		}
	}
	c, err := farsock.Dial(ctx, "unix://"+socket, farsock.WithDialer(dial))
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// stop ends the agent as an administrator does.
func stop(cmd *exec.Cmd, ended <-chan error) error {
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		return fmt.Errorf("still runs after %v: %w", patience, cmd.Process.Kill())
	}
}
