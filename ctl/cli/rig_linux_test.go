package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/agent/agentd"
	"github.com/farsock/farsock/ctl/render"
)

// person types ctl commands, with an agent, a configuration and a cache that
// nobody else uses.
type person struct {
	dir    string
	socket string            // of the agent
	env    map[string]string // besides it nothing of the process's environment is seen
	stop   func()            // ends the agent and waits for it
}

func newPerson(t *testing.T) *person {
	t.Helper()
	dir, err := os.MkdirTemp("", "fscli") // short: a socket's path has 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	// os.UserCacheDir reads the process's environment.
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	p := &person{dir: dir, socket: filepath.Join(dir, "a", "agent.sock")}
	p.env = map[string]string{
		"USER": "tester", "FARSOCK_CONFIG": filepath.Join(dir, "config.json"), "FARSOCK_AGENT": "unix://" + p.socket,
	}
	if err := os.Mkdir(filepath.Dir(p.socket), 0o700); err != nil {
		t.Fatal(err)
	}
	return p
}

// withAgent is newPerson with an agent that runs until the test ends.
func withAgent(t *testing.T) *person {
	t.Helper()
	p := newPerson(t)
	p.startAgent(t)
	return p
}

func (p *person) startAgent(t *testing.T) {
	t.Helper()
	p.startAgentWithin(t, agentd.Limits{})
}

// startAgentWithin is startAgent with bounds of the agent's.
func (p *person) startAgentWithin(t *testing.T, limits agentd.Limits) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- agentd.Run(ctx, agentd.Config{
			Listen: []string{"unix://" + p.socket}, Logger: slog.New(slog.DiscardHandler),
			Ready: func(agentd.Addrs) { close(ready) }, DrainTimeout: -1, Limits: limits,
		})
	}()
	select {
	case <-ready:
	case err := <-ended:
		cancel()
		t.Fatal(err)
	}
	done := false
	p.stop = func() {
		if cancel(); !done {
			done = true
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(p.stop)
}

// result is how a command ended.
type result struct {
	args     []string
	code     int
	out, err string
}

// world is the person's, with this stdin.
func (p *person) world(in io.Reader, out, err io.Writer) Env {
	return Env{Stdin: in, Stdout: out, Stderr: err, Dir: p.dir, Getenv: func(name string) string { return p.env[name] }}
}

func (p *person) ctlWith(ctx context.Context, in io.Reader, args ...string) result {
	var out, err bytes.Buffer
	code := Main(ctx, args, p.world(in, &out, &err))
	return result{args, code, out.String(), err.String()}
}

func (p *person) ctl(args ...string) result {
	return p.ctlWith(context.Background(), nil, args...)
}

// must runs a command that has to be done.
func (p *person) must(t *testing.T, args ...string) result {
	t.Helper()
	return p.ctl(args...).want(t, 0)
}

func (r result) want(t *testing.T, code int) result {
	t.Helper()
	if r.code != code {
		t.Fatalf("ctl %s: exit %d, want %d\nstdout: %s\nstderr: %s", strings.Join(r.args, " "), r.code, code, r.out, r.err)
	}
	return r
}

// printed checks stdout.
func (r result) printed(t *testing.T, out string) result {
	t.Helper()
	if r.out != out {
		t.Fatalf("ctl %s: stdout %q, want %q", strings.Join(r.args, " "), r.out, out)
	}
	return r
}

// said checks that stderr has a text.
func (r result) said(t *testing.T, text string) result {
	t.Helper()
	if !strings.Contains(r.err, text) {
		t.Fatalf("ctl %s: stderr has no %q: %s", strings.Join(r.args, " "), text, r.err)
	}
	return r
}

// failure reads what -o json said on stderr.
func (r result) failure(t *testing.T) render.Failure {
	t.Helper()
	var f render.Failure
	if err := json.Unmarshal([]byte(r.err), &f); err != nil || f.Exit != r.code {
		t.Fatalf("ctl %s: exit %d, stderr %q: %v", strings.Join(r.args, " "), r.code, r.err, err)
	}
	return f
}

// answer reads what -o json printed on stdout.
func answerOf[M proto.Message](t *testing.T, r result, m M) M {
	t.Helper()
	if err := protojson.Unmarshal([]byte(r.out), m); err != nil {
		t.Fatalf("ctl %s: %q: %v", strings.Join(r.args, " "), r.out, err)
	}
	return m
}

// openStdin is a stdin that does not end before the test does.
func openStdin(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(); _ = w.Close() })
	return r, w
}

// attachedStream runs 'ctl stream d' with a stdin that stays open, and returns when
// it is attached: "x" has gone through it. The channel gets its end.
func (p *person) attachedStream(t *testing.T, ctx context.Context) <-chan result {
	t.Helper()
	r, w := openStdin(t)
	end := make(chan result, 1)
	go func() { end <- p.ctlWith(ctx, r, "stream", "d") }()
	if _, err := io.WriteString(w, "x"); err != nil {
		t.Fatal(err)
	}
	p.must(t, "recv", "c1").printed(t, "x")
	return end
}
