//go:build full

package farsock

import (
	"context"
	"syscall"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// An agent that is frozen answers no ping: calls that would wait for ever end,
// and so do connections.
func TestFrozenAgent(t *testing.T) {
	agent := startAgent(t, socketPath(t))
	c := dialAgent(t, agent.endpoint, withoutSlack, withoutSilence)
	s := must[*Session](t)(c.OpenSession(context.Background(), SessionConfig{TTL: wire.MinTTL}))
	far, _ := pair(t, s)
	read := make(chan error, 1)
	go func() {
		_, err := far.Read(make([]byte, 1))
		read <- err
	}()
	eventually(t, "the attachment", func() bool { return sockets(t, s)[0].GetAttached() })
	if err := agent.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err := c.Agents.GetAgent(context.Background(), &farsockv1.GetAgentRequest{})
	if took := time.Since(began); !Unreachable(err) || took > callLimit+time.Second {
		t.Errorf("GetAgent = %v after %v", err, took)
	}
	inOurWords(t, "Read", <-read, agent.endpoint)
	if took := time.Since(began); took > 50*time.Second {
		t.Errorf("Read ended after %v", took)
	}
}
