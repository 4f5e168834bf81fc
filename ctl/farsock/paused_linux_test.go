package farsock

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/farsock/farsock/proto/wire"
)

// An agent that is paused for longer than the TTL keeps its leases, so that a
// session which is kept alive is not taken for lost, whatever the client may make
// of the silence.
func TestSessionOutlastsAPause(t *testing.T) {
	t.Parallel()
	agent := startAgent(t, socketPath(t))
	c := dialAgent(t, agent.endpoint, withoutSlack)
	s := must[*Session](t)(c.OpenSession(context.Background(), SessionConfig{TTL: wire.MinTTL, KeepAlive: true}))
	signal := func(sig syscall.Signal) {
		t.Helper()
		if err := agent.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGSTOP)
	<-time.After(wire.MinTTL * 3 / 2)
	signal(syscall.SIGCONT)
	select {
	case <-s.Lost():
		t.Fatal(s.Err())
	case <-time.After(wire.MinTTL * 3 / 2): // it has to be renewed in the meantime
	}
	if left := sockets(t, s); len(left) != 0 {
		t.Errorf("sockets: %v", left)
	}
	if err := s.Err(); err != nil {
		t.Error(err)
	}
}
