package agentd

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// accepting begins an Accept and returns when the agent has it under way.
func (c *client) accepting(t *testing.T, session, socket string, wait *durationpb.Duration) <-chan accepted {
	t.Helper()
	result := make(chan accepted, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	go func() {
		defer cancel()
		resp, err := c.sockets.Accept(ctx, &farsockv1.AcceptRequest{Socket: socket, Wait: wait})
		result <- accepted{resp, err}
	}()
	until(t, "the Accept is under way", func() bool {
		s, err := c.sessions.GetSession(t.Context(), &farsockv1.GetSessionRequest{Name: session})
		if err != nil {
			t.Fatalf("GetSession: %v", err)
		}
		return s.GetSession().GetCallsUnderWay() == 1
	})
	return result
}

type accepted struct {
	resp *farsockv1.AcceptResponse
	err  error
}

func (c *client) health(ctx context.Context) healthpb.HealthCheckResponse_ServingStatus {
	resp, err := healthpb.NewHealthClient(c).Check(ctx, &healthpb.HealthCheckRequest{})
	if err != nil {
		return healthpb.HealthCheckResponse_UNKNOWN
	}
	return resp.GetStatus()
}

func TestSIGTERMLetsCallsFinish(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	p := serving(t, path, "--drain", "1m")
	c := dial(t, path)
	if got := c.health(t.Context()); got != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("health before: %v", got)
	}
	session, socket, addr := c.listener(t)
	result := c.accepting(t, session, socket, nil)
	p.signal(t, syscall.SIGTERM)
	until(t, "health says NOT_SERVING", func() bool {
		return c.health(t.Context()) == healthpb.HealthCheckResponse_NOT_SERVING
	})
	// A new client hears why, too.
	_, err := dial(t, path).sessions.CreateSession(t.Context(), &farsockv1.CreateSessionRequest{})
	if info, _ := wire.InfoOf(err); info.Code != codes.Unavailable || info.Reason != farsockv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN {
		t.Errorf("new work: %v", err)
	}
	// The call under way still gets what it waited for.
	peer, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	r := <-result
	if r.err != nil || r.resp.GetSocket().GetPeer().GetInet().GetPort() != int32(peer.LocalAddr().(*net.TCPAddr).Port) {
		t.Errorf("the call under way: %v %v", r.resp, r.err)
	}
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
	// All sockets were closed with their session.
	if n, err := peer.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the accepted connection: %d %v, want its end", n, err)
	}
	if !gone(path) {
		t.Error("the socket or its lock was left behind")
	}
}

func TestDrainIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	p := serving(t, path, "--drain", "50ms")
	c := dial(t, path)
	session, socket, addr := c.listener(t)
	result := c.accepting(t, session, socket, nil)
	p.signal(t, syscall.SIGTERM)
	r := <-result
	info, ok := wire.InfoOf(r.err)
	if !ok || info.Reason != farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED || info.Metadata["ended"] != "AGENT_SHUTDOWN" {
		t.Errorf("the call under way: %v %v", r.resp, r.err)
	}
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Error("the listener outlived its agent")
	}
	contains(t, p.stderr.String(), "event=close-session", "why=AGENT_SHUTDOWN", "sockets=1")
}

func TestSecondSignalEndsTheDrain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	p := serving(t, path, "--drain", "1h")
	c := dial(t, path)
	session, socket, _ := c.listener(t)
	result := c.accepting(t, session, socket, nil)
	p.signal(t, syscall.SIGTERM)
	until(t, "the agent drains", func() bool {
		return c.health(t.Context()) == healthpb.HealthCheckResponse_NOT_SERVING
	})
	began := time.Now()
	p.signal(t, syscall.SIGTERM)
	p.exitCode(t)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if r := <-result; r.err == nil {
		t.Errorf("the call under way: %v", r.resp)
	}
	if !gone(path) {
		t.Error("the socket or its lock was left behind")
	}
}

func TestIdleExit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	const idle = time.Second
	p := serving(t, path, "--idle-exit", idle.String())
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	// A connection keeps it: the timer is what is tested, so time has to pass.
	select {
	case <-p.exited:
		t.Fatal("ended under a connection")
	case <-time.After(2 * idle):
	}
	c.Close()
	if code := p.exitCode(t); code != 0 || !gone(path) {
		t.Errorf("exit %d, want 0; left behind: %v", code, !gone(path))
	}
	contains(t, p.stderr.String(), "stopping: idle")
}

func TestSessionKeepsAnIdleAgent(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the shortest lease, 5 s")
	}
	path := filepath.Join(t.TempDir(), "a.sock")
	p := serving(t, path, "--idle-exit", "1s")
	c := dial(t, path)
	began := time.Now()
	_, err := c.sessions.CreateSession(t.Context(), &farsockv1.CreateSessionRequest{Ttl: durationpb.New(wire.MinTTL)})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
	if lived := time.Since(began); lived < wire.MinTTL {
		t.Errorf("ended after %v, under a session of %v", lived, wire.MinTTL)
	}
	contains(t, p.stderr.String(), "event=expire", "why=EXPIRED")
}
