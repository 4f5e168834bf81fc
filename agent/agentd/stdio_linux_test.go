package agentd

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
)

var magic = regexp.MustCompile(`^FARSOCK-STDIO 1 (\S+) ([0-9a-f]{16})\n$`)

// home is a fresh temporary directory with no agent in it, as a user's host has
// before the first command; an agent that was started in it is stopped.
type home struct {
	tmp, socket string
	fails       bool // no agent can start here
}

func newHome(t *testing.T) *home {
	t.Helper()
	tmp := t.TempDir()
	h := &home{tmp: tmp, socket: filepath.Join(tmp, "farsock-"+strconv.Itoa(os.Geteuid()), "agent.sock")}
	t.Cleanup(func() {
		if pid, held := locked(h.socket + ".lock"); held {
			_ = syscall.Kill(pid, syscall.SIGTERM) // it may be ending
		}
		until(t, "the detached agent ends", func() bool { _, held := locked(h.socket + ".lock"); return !held })
		// Crashes and data races land there.
		if words, err := os.ReadFile(strings.TrimSuffix(h.socket, ".sock") + ".err"); err == nil && len(words) > 0 && !h.fails {
			t.Errorf("the detached agent's stderr:\n%s", words)
		}
		if t.Failed() {
			log, _ := os.ReadFile(strings.TrimSuffix(h.socket, ".sock") + ".log")
			t.Logf("the detached agent's log:\n%s", log)
		}
	})
	return h
}

// bridged is one `agent stdio`.
type bridged struct {
	*exec.Cmd
	stdin       io.WriteCloser
	stdout      *bufio.Reader
	stderr      syncBuffer
	incarnation string // empty if it failed
}

// stdio runs `agent stdio` and reads the magic line.
func (h *home) stdio(t *testing.T) *bridged {
	b := &bridged{Cmd: exec.Command(agentBinary(t), "stdio")}
	b.Env = append(os.Environ(), "TMPDIR="+h.tmp, "FARSOCK_SOCKET=")
	b.Stderr = &b.stderr
	stdin, err := b.StdinPipe()
	if err != nil {
		t.Error(err)
		return b
	}
	stdout, err := b.StdoutPipe()
	if err != nil {
		t.Error(err)
		return b
	}
	if err := b.Start(); err != nil {
		t.Error(err)
		return b
	}
	b.stdin, b.stdout = stdin, bufio.NewReader(stdout)
	line, err := b.stdout.ReadString('\n')
	if m := magic.FindStringSubmatch(line); m != nil && m[1] == Version {
		b.incarnation = m[2]
	} else {
		t.Errorf("the first line is %q (%v); stderr: %s", line, err, b.stderr.String())
	}
	return b
}

// end closes stdin, as ssh does when it goes away, and awaits the exit.
func (b *bridged) end(t *testing.T) {
	t.Helper()
	b.stdin.Close()
	if _, err := io.Copy(io.Discard, b.stdout); err != nil {
		t.Error(err)
	}
	if err := b.Wait(); err != nil {
		t.Errorf("agent stdio: %v: %s", err, b.stderr.String())
	}
}

// pipeConn makes the bridge a connection for gRPC.
type pipeConn struct {
	b *bridged
}

func (c pipeConn) Read(p []byte) (int, error)       { return c.b.stdout.Read(p) }
func (c pipeConn) Write(p []byte) (int, error)      { return c.b.stdin.Write(p) }
func (c pipeConn) Close() error                     { return c.b.stdin.Close() }
func (c pipeConn) RemoteAddr() net.Addr             { return &net.UnixAddr{Name: "stdio", Net: "unix"} }
func (c pipeConn) LocalAddr() net.Addr              { return c.RemoteAddr() }
func (c pipeConn) SetDeadline(time.Time) error      { return nil }
func (c pipeConn) SetReadDeadline(time.Time) error  { return nil }
func (c pipeConn) SetWriteDeadline(time.Time) error { return nil }

func TestStdioStartsAndFindsAnAgent(t *testing.T) {
	h := newHome(t)
	first := h.stdio(t)
	c := newClient(t, "passthrough:///stdio", grpc.WithContextDialer(
		func(context.Context, string) (net.Conn, error) { return pipeConn{b: first}, nil }))
	agent := c.who(t)
	if agent.GetIncarnation() != first.incarnation {
		t.Errorf("the magic line says %q, the agent %q", first.incarnation, agent.GetIncarnation())
	}
	session, socket, addr := c.listener(t)
	c.Close()
	first.end(t)

	// The agent stands in a session of its own, in /, and outlives ssh with
	// its sockets.
	pid := int(agent.GetPid())
	if sid, err := syscall.Getpgid(pid); err != nil || sid != pid {
		t.Errorf("process group %d of pid %d: %v", sid, pid, err)
	}
	if cwd, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd"); err != nil || cwd != "/" {
		t.Errorf("its folder is %q %v", cwd, err)
	}
	for fd := range 3 {
		name, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/fd/" + strconv.Itoa(fd))
		if err != nil || name != "/dev/null" && !strings.HasPrefix(name, h.tmp) {
			t.Errorf("its descriptor %d is %q %v", fd, name, err)
		}
	}
	second := h.stdio(t)
	if second.incarnation != first.incarnation {
		t.Errorf("the second found %q, not %q", second.incarnation, first.incarnation)
	}
	c = newClient(t, "passthrough:///stdio", grpc.WithContextDialer(
		func(context.Context, string) (net.Conn, error) { return pipeConn{b: second}, nil }))
	result := c.accepting(t, session, socket, nil)
	peer, err := net.Dial("tcp", addr)
	must(t, err)
	defer peer.Close()
	if r := <-result; r.err != nil || r.resp.GetSocket() == nil {
		t.Errorf("Accept through the second: %v %v", r.resp, r.err)
	}
	c.Close()
	second.end(t)
}

func TestStdioManyAtOnceStartOne(t *testing.T) {
	h := newHome(t)
	const n = 8
	all := make([]*bridged, n)
	var starting sync.WaitGroup
	for i := range all {
		starting.Go(func() { all[i] = h.stdio(t) })
	}
	starting.Wait()
	for i, b := range all {
		if b.incarnation == "" || b.incarnation != all[0].incarnation {
			t.Errorf("stdio %d met %q, stdio 0 %q", i, b.incarnation, all[0].incarnation)
		}
	}
	for _, b := range all {
		b.end(t)
	}
	log, err := os.ReadFile(strings.TrimSuffix(h.socket, ".sock") + ".log")
	must(t, err)
	if n := strings.Count(string(log), "msg=listening"); n != 1 {
		t.Errorf("%d agents were started:\n%s", n, log)
	}
}

func TestStdioOutlivesALeavingAgent(t *testing.T) {
	h := newHome(t)
	must(t, os.Mkdir(filepath.Dir(h.socket), 0o700))
	old := serving(t, h.socket, "--drain", "700ms")
	c := dial(t, h.socket)
	session, socket, _ := c.listener(t)
	was := c.who(t).GetIncarnation()
	result := c.accepting(t, session, socket, nil)
	old.signal(t, syscall.SIGTERM)
	until(t, "the old agent leaves", func() bool { return c.health(t.Context()) != 1 })
	b := h.stdio(t) // has to wait for the old one, then to start its own
	if b.incarnation == "" || b.incarnation == was {
		t.Errorf("met %q, the old one is %q", b.incarnation, was)
	}
	b.end(t)
	<-result
	if code := old.exitCode(t); code != 0 {
		t.Errorf("the old agent: exit %d", code)
	}
}

func TestStdioSaysWhyNot(t *testing.T) {
	for _, row := range []struct {
		name string
		make func(t *testing.T, h *home)
		says string
	}{
		{"a file in the socket's place", func(t *testing.T, h *home) {
			must(t, os.Mkdir(filepath.Dir(h.socket), 0o700))
			must(t, os.WriteFile(h.socket, nil, 0o600))
		}, "not a socket"},
		{"somebody else's folder", func(t *testing.T, h *home) {
			asRoot(t)
			must(t, os.Mkdir(filepath.Dir(h.socket), 0o777))
			must(t, os.Chown(filepath.Dir(h.socket), nobody, nobody))
		}, "belongs to uid 65534"},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := newHome(t)
			h.fails = true
			row.make(t, h)
			cmd := exec.Command(agentBinary(t), "stdio")
			cmd.Env = append(os.Environ(), "TMPDIR="+h.tmp, "FARSOCK_SOCKET=")
			var stderr syncBuffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err == nil || cmd.ProcessState.ExitCode() != 1 || len(out) != 0 {
				t.Errorf("%v, stdout %q", err, out)
			}
			contains(t, stderr.String(), row.says)
		})
	}
}

func TestBridgePassesHalfCloseOn(t *testing.T) {
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "s"), Net: "unix"})
	must(t, err)
	defer ln.Close()
	go func() { // answers only once it has read everything
		c, err := ln.AcceptUnix()
		if err != nil {
			return
		}
		defer c.Close()
		all, _ := io.ReadAll(c)
		_, _ = c.Write(append([]byte("got "), all...))
	}()
	conn, err := net.DialUnix("unix", nil, ln.Addr().(*net.UnixAddr))
	must(t, err)
	defer conn.Close()
	var out syncBuffer
	if err := bridge(strings.NewReader("hello"), &out, conn); err != nil {
		t.Error(err)
	}
	if out.String() != "got hello" {
		t.Errorf("%q", out.String())
	}
}
