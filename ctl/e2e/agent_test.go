//go:build linux

package e2e

import (
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// agentProcess is one running agent.
type agentProcess struct {
	*process
	namespace string // immutable; "" is the namespace of the test itself
	socket    string // immutable: the path of its unix socket
	debug     string // immutable: its debug listener, HOST:PORT in its namespace
}

// endpoint is what --agent takes.
func (a *agentProcess) endpoint() string { return "unix://" + a.socket }

// startAgent starts an agent in a network namespace ("" for the test's own)
// and returns when its socket takes connections; the first call may find it
// still starting. args follow its usual flags.
func startAgent(t testing.TB, namespace, debug string, args ...string) *agentProcess {
	t.Helper()
	return startAgentUnder(t, nil, namespace, debug, args...)
}

// startAgentUnder is startAgent with a command that becomes the agent: prefix
// is what stands before the agent's own path.
func startAgentUnder(t testing.TB, prefix []string, namespace, debug string, args ...string) *agentProcess {
	t.Helper()
	dir, err := os.MkdirTemp(workDir, "a")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // TestMain removes what is left
	a := &agentProcess{namespace: namespace, socket: filepath.Join(dir, "agent.sock"), debug: debug}
	line := []string{binaries(t).agent, "--listen", a.endpoint()}
	if debug != "" {
		line = append(line, "--debug-listen", debug)
	}
	line = append(prefix, append(line, args...)...)
	if namespace != "" {
		line = append([]string{"ip", "netns", "exec", namespace}, line...)
	}
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir}
	a.process = startProcess(t, cmd)
	t.Cleanup(func() { a.stop(t) })
	eventually(t, func() error {
		select {
		case <-a.done:
			t.Fatalf("agent ended: %s", a.stderr.String())
		default:
		}
		c, err := net.Dial("unix", a.socket)
		if err == nil {
			err = c.Close()
		}
		if err == nil && debug != "" {
			if c, err = dialIn(namespace, "tcp", debug); err == nil {
				err = c.Close()
			}
		}
		return err
	})
	return a
}

// stop ends the agent as an administrator does, and fails the test unless it
// goes in order. An agent that the test killed is left alone; one that ended by
// itself is a failure.
func (a *agentProcess) stop(t testing.TB) {
	t.Helper()
	a.signal(syscall.SIGTERM)
	if r := a.wait(t, patience); r.code != 0 && r.code != 128+int(syscall.SIGKILL) {
		t.Errorf("agent exited with %d", r.code)
	}
	if t.Failed() {
		said := strings.SplitAfter(a.stderr.String(), "\n")
		t.Logf("agent %s said, at the end: %s", a.namespace, strings.Join(said[max(0, len(said)-40):], ""))
	}
}

// freePort is a TCP port of 127.0.0.1 in the test's own namespace that was free
// a moment ago, for programs that cannot be told port 0. It is none of those
// that the kernel gives to whoever asks for any (ip_local_port_range).
func freePort(t testing.TB) string {
	t.Helper()
	var taken error
	for range 100 {
		port := strconv.Itoa(10_000 + rand.IntN(20_000))
		l, err := net.Listen("tcp4", "127.0.0.1:"+port)
		if err == nil {
			_ = l.Close()
			return port
		}
		taken = err
	}
	t.Fatal(taken)
	return ""
}
