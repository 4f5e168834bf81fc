//go:build linux

package sock

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/farsock/farsock/agent/internal/poller"
)

// TestMain also finds descriptors that the tests' sockets left open.
func TestMain(m *testing.M) {
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.Close() // opens the runtime's own descriptors
	}
	before := openFDs()
	code := m.Run()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, "goroutines left:", err)
		code = 1
	}
	if after := openFDs(); after != before {
		fmt.Fprintf(os.Stderr, "%d descriptors before, %d after\n", before, after)
		code = 1
	}
	os.Exit(code)
}

func openFDs() int {
	dir, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		panic(err)
	}
	return len(dir)
}

func newEnv(t testing.TB) *Env {
	t.Helper()
	p, err := poller.New()
	if err != nil {
		t.Fatal(err)
	}
	env := NewEnv(p)
	t.Cleanup(func() {
		if n := p.Len(); n != 0 {
			t.Errorf("%d sockets left open", n)
		}
		if used := env.Budget.Used(); used != 0 {
			t.Errorf("%d bytes of the budget left taken", used)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return env
}

var bg = context.Background()

// soon is the wait of operations that are expected to succeed.
func soon() Wait { return For(20 * time.Second) }

func closing(t testing.TB, s *Socket) *Socket {
	t.Helper()
	t.Cleanup(func() {
		if _, err := s.Close(bg, false); err != nil && err != ErrClosed {
			t.Error(err)
		}
	})
	return s
}

func open(t testing.TB, env *Env, spec Spec) *Socket {
	t.Helper()
	s, res, err := Open(bg, env, spec, soon())
	if err != nil || !res.Outcome.OK() {
		t.Fatalf("Open: %+v, %v", res, err)
	}
	return closing(t, s)
}

func loopback(f Family) *Address {
	if f == Inet6 {
		return &Address{Family: Inet6, Host: "::1"}
	}
	return &Address{Family: Inet, Host: "127.0.0.1"}
}

func listen(t testing.TB, env *Env, a *Address) *Socket {
	t.Helper()
	backlog := 16
	return open(t, env, Spec{Family: a.Family, Type: Stream, Bind: a, Listen: &backlog})
}

func info(t testing.TB, s *Socket) Info {
	t.Helper()
	i, err := s.Info()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// connected returns one of our sockets and its peer, a TCP connection of
// package net.
func connected(t testing.TB, env *Env) (*Socket, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	s := open(t, env, Spec{Family: Inet, Type: Stream, Connect: &Address{Family: Inet, Host: "127.0.0.1", Port: port}})
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return s, c.(*net.TCPConn)
}

func say(t testing.TB, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func receive(t testing.TB, s *Socket, r ReceiveRequest, w Wait) Received {
	t.Helper()
	got, err := s.Receive(bg, r, w)
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	return got
}

// startReceive lets a receive get under way; what it got comes from the channel.
func startReceive(t testing.TB, s *Socket, r ReceiveRequest, w Wait) <-chan Received {
	done := make(chan Received, 1)
	go func() {
		got, err := s.Receive(bg, r, w)
		if err != nil {
			t.Error(err)
		}
		done <- got
	}()
	return done
}

// arrived waits until n bytes are in the kernel for s.
func arrived(t testing.TB, s *Socket, n int) {
	t.Helper()
	until(t, func() bool { return info(t, s).ReceiveQueue >= n })
}

// until waits for a condition.
func until(t testing.TB, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatal("condition never held")
		}
	}
}

// echo sends back what c receives, without net's splice, which keeps pipes.
func echo(c net.Conn) {
	_, _ = io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c})
}

// count is how many have or wait for a turn.
func (t *turn) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.queue)
	if t.taken {
		n++
	}
	return n
}
