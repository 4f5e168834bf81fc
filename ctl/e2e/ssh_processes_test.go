//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// running is a process of this machine or, seen from here, of a remote.
type running struct {
	pid, parent int
	pids        string // its process namespace
	args        []string
}

func (p running) String() string { return fmt.Sprintf("%d %s", p.pid, strings.Join(p.args, " ")) }

// allRunning reads /proc; what ends meanwhile is left out.
func allRunning() []running {
	entries, _ := os.ReadDir("/proc") // without it there are no processes to find
	var all []running
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		pids, err := os.Readlink("/proc/" + e.Name() + "/ns/pid")
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		// The command stands in brackets and may have some itself.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		line, err := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if err != nil || len(fields) < 2 {
			continue
		}
		parent, err := strconv.Atoi(fields[1])
		if err != nil {
			continue
		}
		all = append(all, running{pid, parent, pids, strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")})
	}
	return all
}

// processes are those of the host.
func (r *remote) processes() []running {
	return slices.DeleteFunc(allRunning(), func(p running) bool { return p.pids != r.pids })
}

func (p running) isAgent() bool {
	return filepath.Base(p.args[0]) == "agent" && slices.Contains(p.args, "--listen")
}

// agents are the host's detached agents.
func (r *remote) agents() []running {
	return slices.DeleteFunc(r.processes(), func(p running) bool { return !p.isAgent() })
}

// agent is the host's only one.
func (r *remote) agent(t testing.TB) running {
	t.Helper()
	all := r.agents()
	if len(all) != 1 {
		t.Fatalf("%s: %d agents, want one: %v", r.name, len(all), all)
	}
	return all[0]
}

// quiet is nil if nothing but agents and the listening sshd runs there: no
// session of ssh, no `agent stdio`.
func (r *remote) quiet() error {
	var left []running
	for _, p := range r.processes() {
		if !p.isAgent() && !strings.Contains(p.args[0], "[listener]") {
			left = append(left, p)
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("%s still runs %v", r.name, left)
	}
	return nil
}

// killAgent ends the host's agent with -9 and waits until it is gone.
func (r *remote) killAgent(t testing.TB) {
	t.Helper()
	r.agent(t).kill(t)
	eventually(t, func() error {
		if left := r.agents(); len(left) > 0 {
			return fmt.Errorf("%v", left)
		}
		return nil
	})
}

// killSSH kills the ssh that a ctl runs.
func killSSH(t testing.TB, ctl *process) {
	t.Helper()
	for _, p := range allRunning() {
		if p.parent == ctl.cmd.Process.Pid && p.args[0] == "ssh" {
			p.kill(t)
			return
		}
	}
	t.Fatal("ctl runs no ssh")
}

// killSessions kills what serves the logins, as a cut network in the end does.
func (r *remote) killSessions(t testing.TB) {
	t.Helper()
	found := false
	for _, p := range r.processes() {
		// From OpenSSH 9.8 on a program of its own does it.
		if program, who, _ := strings.Cut(p.args[0], ": "); strings.HasPrefix(program, "sshd") && strings.HasPrefix(who, remoteUser) {
			p.kill(t)
			found = true
		}
	}
	if !found {
		t.Fatal("nobody is logged in")
	}
}

// kill sends SIGKILL; the process may have ended.
func (p running) kill(t testing.TB) {
	t.Helper()
	if err := syscall.Kill(p.pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatalf("kill %s: %v", p, err)
	}
}
