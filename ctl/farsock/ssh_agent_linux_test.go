package farsock

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/farsock/farsock/agent/agentd/leftover"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// endDetached ends the agents that `agent stdio` starts for a socket, whose path
// it gives to them by FARSOCK_SOCKET. It has to be called before the client is
// dialed, so that the cleanup runs when the client is closed: one that is open
// would have the next agent started.
func endDetached(t testing.TB, socket string) {
	t.Helper()
	t.Setenv("FARSOCK_SOCKET", socket)
	t.Cleanup(func() {
		eventually(t, "the detached agent's end", func() bool {
			left := leftover.Carrying("FARSOCK_SOCKET=" + socket)
			for pid := range left {
				_ = syscall.Kill(pid, syscall.SIGTERM) // it may have ended now
			}
			return len(left) == 0
		})
	})
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
