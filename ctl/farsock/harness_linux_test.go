package farsock

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/farsock/farsock/agent/agentd/leftover"
)

// binaries holds the agent that the tests run, built once.
var binaries struct {
	once sync.Once
	dir  string
	err  error
}

// exitAfterCleanup looks for processes that were left and removes what the whole
// run shared.
func exitAfterCleanup(code int) {
	code = leftover.Judge(code)
	if binaries.dir != "" {
		_ = os.RemoveAll(binaries.dir)
	}
	os.Exit(code)
}

// agentBinary builds the real agent.
func agentBinary(t testing.TB) string {
	t.Helper()
	binaries.once.Do(func() {
		if binaries.dir, binaries.err = os.MkdirTemp("", "farsock-sdk-"); binaries.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", binaries.dir+"/", "github.com/farsock/farsock/agent").CombinedOutput()
		if err != nil {
			binaries.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if binaries.err != nil {
		t.Fatal(binaries.err)
	}
	return filepath.Join(binaries.dir, "agent")
}

// agentProcess is a running agent.
type agentProcess struct {
	cmd      *exec.Cmd
	endpoint string
}

// startAgent runs an agent on a socket of its own and ends it with the test.
func startAgent(t testing.TB, socket string) *agentProcess {
	t.Helper()
	a := &agentProcess{endpoint: "unix://" + socket}
	a.cmd = exec.Command(agentBinary(t), "--listen", a.endpoint)
	stderr, err := a.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var logs sync.WaitGroup
	logs.Go(func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if testing.Verbose() {
				t.Log(lines.Text())
			}
		}
	})
	t.Cleanup(func() {
		a.kill()
		logs.Wait()
		_ = a.cmd.Wait()
	})
	eventually(t, "the agent's socket", func() bool {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return a
}

func (a *agentProcess) kill() { _ = a.cmd.Process.Kill() }

// socketPath is short enough for a unix socket, which t.TempDir often is not.
func socketPath(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "agent.sock")
}

// newSession starts an agent and opens a session on it.
func newSession(t testing.TB) *Session {
	t.Helper()
	return openSession(t, dialAgent(t, startAgent(t, socketPath(t)).endpoint))
}

func dialAgent(t testing.TB, endpoint string, opts ...Option) *Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := Dial(ctx, endpoint, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close the client: %v", err)
		}
	})
	return c
}

// withoutSlack has a session taken for lost right at its TTL.
func withoutSlack(o *options) { o.slack = 0 }

// withoutSilence has silence borne for four TTLs.
func withoutSilence(o *options) { o.silence = 0 }

func openSession(t testing.TB, c *Client) *Session {
	t.Helper()
	s, err := c.OpenSession(context.Background(), SessionConfig{KeepAlive: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil && !Unreachable(err) {
			t.Errorf("close the session: %v", err)
		}
	})
	return s
}

// eventually waits for what another process does.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

// soon fails the test if f does not return in time.
func soon(t testing.TB, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: not within 30 s", what)
	}
}

// must is for set-up that cannot fail.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// listenLocal is package net's listener, the peer under test.
func listenLocal(t testing.TB, network, address string) net.Listener {
	t.Helper()
	l := must[net.Listener](t)(net.Listen(network, address))
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// pair connects the SDK's Conn to a connection of package net.
func pair(t testing.TB, s *Session) (far *Conn, near net.Conn) {
	t.Helper()
	l := listenLocal(t, "tcp4", "127.0.0.1:0")
	far = must[net.Conn](t)(s.Dial(context.Background(), "tcp", l.Addr().String())).(*Conn)
	near = must[net.Conn](t)(l.Accept())
	t.Cleanup(func() {
		_ = far.Close()
		_ = near.Close()
	})
	return far, near
}

// readAll reads to the end and compares.
func readAll(t testing.TB, r io.Reader, want string) {
	t.Helper()
	got, err := io.ReadAll(r)
	if err != nil || string(got) != want {
		t.Errorf("read %q, %v; want %q", got, err, want)
	}
}
