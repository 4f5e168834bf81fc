package farsock

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// stopAgent ends the agent that `agent stdio` started: nobody else knows its
// process.
func stopAgent(t testing.TB, c *Client) {
	t.Helper()
	res, err := c.Agents.GetAgent(context.Background(), &farsockv1.GetAgentRequest{})
	if err != nil {
		t.Fatal(err)
	}
	pid := int(res.GetAgent().GetPid())
	t.Cleanup(func() {
		_ = syscall.Kill(pid, syscall.SIGTERM)
		eventually(t, "the agent's end", func() bool { return syscall.Kill(pid, 0) == syscall.ESRCH || zombie(pid) })
	})
}

// zombie says whether a process has ended and only waits for its parent, which
// in a container may never ask.
func zombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(after, "Z")
}

// killNoted kills the process whose id a script has written down.
func killNoted(t testing.TB, path string) {
	t.Helper()
	text := must[[]byte](t)(os.ReadFile(path))
	pid := must[int](t)(strconv.Atoi(strings.TrimSpace(string(text))))
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func sessionRequest(s *Session) *farsockv1.GetSessionRequest {
	return &farsockv1.GetSessionRequest{Name: s.resource}
}
