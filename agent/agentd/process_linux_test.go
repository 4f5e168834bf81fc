package agentd

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"github.com/farsock/farsock/agent/agentd/leftover"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/creds"
)

// patience bounds every wait of these tests; reaching it is a failure.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	if verb := os.Getenv("FARSOCK_TEST_HELPER"); verb != "" {
		os.Exit(helper(verb))
	}
	dir, err := os.MkdirTemp("", "agentd-test-")
	if err != nil {
		panic(err)
	}
	binary.dir = dir
	// A program with the race detector otherwise sleeps for 1 s at its end.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	leftover.Mark()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		code = leftover.Judge(code)
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// binary is the agent's program, built once and only if a test needs it.
var binary struct {
	dir  string
	once sync.Once
	path string
	err  error
}

func agentBinary(t *testing.T) string {
	t.Helper()
	binary.once.Do(func() {
		binary.path = filepath.Join(binary.dir, "agent")
		args := []string{"build", "-o", binary.path}
		if raceEnabled {
			args = append(args, "-race")
		}
		out, err := exec.Command("go", append(args, "github.com/farsock/farsock/agent")...).CombinedOutput()
		if err != nil {
			binary.err = errors.New(string(out))
		}
		// So that another user can run the tests' helper and see the sockets.
		if err := os.Chmod(binary.dir, 0o755); err != nil {
			binary.err = err
		}
	})
	if binary.err != nil {
		t.Fatalf("building the agent: %v", binary.err)
	}
	return binary.path
}

// process is an agent that runs as a program of its own.
type process struct {
	*exec.Cmd
	stderr syncBuffer
	exited chan struct{} // closed when it has ended
}

// spawnAgent starts the program; the test's end kills and awaits it.
func spawnAgent(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	return spawnProgram(t, env, agentBinary(t), args...)
}

func spawnProgram(t *testing.T, env []string, program string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(program, args...), exited: make(chan struct{})}
	p.Env = append(os.Environ(), env...)
	p.Stderr = &p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		_ = p.Wait() // the code is asked for by exitCode
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended long ago
		<-p.exited
		if t.Failed() {
			t.Logf("agent %v said:\n%s", args, p.stderr.String())
		}
	})
	return p
}

// serving starts an agent on path and returns when it accepts.
func serving(t *testing.T, path string, args ...string) *process {
	t.Helper()
	p := spawnAgent(t, nil, append([]string{"--listen", "unix://" + path}, args...)...)
	p.awaitListening(t, path)
	return p
}

func (p *process) awaitListening(t *testing.T, path string) {
	t.Helper()
	until(t, "the agent listens", func() bool {
		select {
		case <-p.exited:
			t.Fatalf("the agent ended: %s", p.stderr.String())
		default:
		}
		return accepts(path)
	})
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func (p *process) exitCode(t *testing.T) int {
	t.Helper()
	select {
	case <-p.exited:
		return p.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("the agent did not end; it said:\n%s", p.stderr.String())
		return -1
	}
}

func accepts(path string) bool {
	c, err := net.Dial("unix", path)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	end := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// client calls an agent.
type client struct {
	*grpc.ClientConn
	agents   farsockv1.AgentServiceClient
	sessions farsockv1.SessionServiceClient
	sockets  farsockv1.SocketServiceClient
}

func dial(t *testing.T, path string) *client {
	t.Helper()
	return newClient(t, "unix://"+path)
}

func newClient(t *testing.T, target string, opts ...grpc.DialOption) *client {
	t.Helper()
	conn, err := grpc.NewClient(target, append(opts, grpc.WithTransportCredentials(creds.Client()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &client{conn, farsockv1.NewAgentServiceClient(conn),
		farsockv1.NewSessionServiceClient(conn), farsockv1.NewSocketServiceClient(conn)}
}

func (c *client) who(t *testing.T) *farsockv1.Agent {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	resp, err := c.agents.GetAgent(ctx, &farsockv1.GetAgentRequest{})
	if err != nil {
		t.Fatalf("GetAgent: %v", err)
	}
	return resp.GetAgent()
}

// listener makes a session with a TCP listener and returns their names.
func (c *client) listener(t *testing.T) (session, socket, addr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := c.sessions.CreateSession(ctx, &farsockv1.CreateSessionRequest{})
	if err != nil {
		t.Fatalf("CreateSession: %v", err)
	}
	o, err := c.sockets.Open(ctx, &farsockv1.OpenRequest{
		Session: s.GetSession().GetName(), Family: farsockv1.Family_FAMILY_INET,
		Type: farsockv1.SocketType_SOCKET_TYPE_STREAM,
		Bind: inet("127.0.0.1", 0), Listen: &farsockv1.ListenStage{},
	})
	if err != nil || o.GetSocket() == nil {
		t.Fatalf("Open: %v %v", err, o)
	}
	l := o.GetSocket().GetLocal().GetInet()
	return s.GetSession().GetName(), "sockets/" + o.GetSocket().GetUid(),
		net.JoinHostPort(l.GetHost(), strconv.Itoa(int(l.GetPort())))
}

func inet(host string, port int32) *farsockv1.Address {
	return &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: host, Port: &port}}}
}

// gone says whether neither socket nor lock is left of an endpoint.
func gone(path string) bool {
	left, err := filepath.Glob(path + "*")
	return err == nil && len(left) == 0
}

func contains(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("lacks %q:\n%s", w, text)
		}
	}
}
