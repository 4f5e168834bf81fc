package agentd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// detachedIdle is when an agent that was started on demand stops again.
const detachedIdle = "15m"

// start runs an agent of its own session that outlives this process, and waits
// until it answers. It logs beside its socket.
func start(ctx context.Context, path string) (*found, error) {
	// Another starter may have been done before this one got its turn.
	if f, err := find(ctx, path); !errors.Is(err, errNoAgent) {
		return f, err
	}
	if _, held := locked(path + ".lock"); held {
		return nil, errNoAgent // it starts, or it leaves: its turn first
	}
	base := strings.TrimSuffix(path, ".sock")
	cmd, err := spawn(path, base)
	if err != nil {
		return nil, fmt.Errorf("starting an agent: %w", err)
	}
	defer cmd.Process.Release()
	for {
		f, err := find(ctx, path)
		if !errors.Is(err, errNoAgent) {
			return f, err
		}
		if ended(cmd.Process.Pid) {
			// It may have lost the socket to an agent that somebody else
			// started; that one will answer.
			if _, held := locked(path + ".lock"); held {
				return nil, errNoAgent
			}
			return nil, fmt.Errorf("the agent that was started here ended at once: %s", lastLine(base+".err"))
		}
		if err := pause(ctx); err != nil {
			return nil, fmt.Errorf("the agent that was started here does not answer on %s: %w; see %s.log", path, err, base)
		}
	}
}

func spawn(path, base string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	// Only what it says before it logs, and the trace of a crash.
	stderr, err := os.OpenFile(base+".err", os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	defer stderr.Close()
	cmd := exec.Command(self, "--listen", "unix://"+path, "--idle-exit", detachedIdle, "--log-file", base+".log")
	cmd.Dir = "/"
	cmd.Stderr = stderr // stdin and stdout are /dev/null
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, cmd.Start()
}

// ended says whether a child has ended, without waiting for it.
func ended(pid int) bool {
	var status unix.WaitStatus
	got, err := unix.Wait4(pid, &status, unix.WNOHANG, nil)
	return got == pid || errors.Is(err, unix.ECHILD)
}

// lastLine is the end of a short file, for an error message.
func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if last := lines[len(lines)-1]; len(last) > 0 {
		return string(last)
	}
	return "it did not say why"
}
