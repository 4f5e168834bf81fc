//go:build full

package agentd

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/keepalive"
)

// TestKeepAliveIsWelcome: a client that pings as ours do, without a call under
// way, keeps its one connection.
func TestKeepAliveIsWelcome(t *testing.T) {
	path := pathOf(embedded(t, Config{}))
	var dials atomic.Int32
	c := newClient(t, "passthrough:///agent",
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second, PermitWithoutStream: true}),
		grpc.WithIdleTimeout(0),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			dials.Add(1)
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		}))
	c.who(t)
	ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
	defer cancel()
	if c.WaitForStateChange(ctx, connectivity.Ready) {
		t.Errorf("the connection is %v", c.GetState())
	}
	c.who(t)
	if n := dials.Load(); n != 1 {
		t.Errorf("dialed %d times", n)
	}
}

// TestFrozenClientIsDropped: a client that has stopped answering pings loses
// its connection after pingAfter and pingTimeout.
func TestFrozenClientIsDropped(t *testing.T) {
	path := pathOf(embedded(t, Config{IdleExit: time.Hour}))
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "FARSOCK_TEST_HELPER="+path, "FARSOCK_TEST_HOLD=1")
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill() // it may be gone
		_ = cmd.Wait()         // killed
	}()
	_, err = bufio.NewReader(stdout).ReadString('\n')
	must(t, err)
	must(t, cmd.Process.Signal(syscall.SIGSTOP))
	began := time.Now()
	// A connection that the agent has closed is no longer in its descriptors.
	before := descriptors(t)
	end := began.Add(pingAfter + pingTimeout + patience)
	for descriptors(t) >= before {
		if time.Now().After(end) {
			t.Fatalf("still connected after %v", time.Since(began))
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Logf("dropped after %v", time.Since(began).Round(100*time.Millisecond))
}

func TestStdioOnAFrozenAgent(t *testing.T) {
	h := newHome(t)
	must(t, os.Mkdir(filepath.Dir(h.socket), 0o700))
	p := serving(t, h.socket)
	p.signal(t, syscall.SIGSTOP)
	cmd := exec.Command(agentBinary(t), "stdio")
	cmd.Env = append(os.Environ(), "TMPDIR="+h.tmp, "FARSOCK_SOCKET=")
	var stderr syncBuffer
	cmd.Stderr = &stderr
	began := time.Now()
	if out, err := cmd.Output(); err == nil || len(out) != 0 {
		t.Errorf("%v, stdout %q", err, out)
	}
	if took := time.Since(began); took > readyWithin+patience/2 {
		t.Errorf("took %v", took)
	}
	contains(t, stderr.String(), "does not answer")
	p.signal(t, syscall.SIGCONT)
	b := h.stdio(t)
	if b.incarnation == "" {
		t.Error("not usable after it went on")
	}
	b.end(t)
}
