//go:build linux

package sock

import (
	"context"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// silent returns an address whose connections are never answered: a listener
// with a full backlog.
func silent(t *testing.T) *Address {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	a := &Address{Family: Inet, Host: "127.0.0.1", Port: sa.(*unix.SockaddrInet4).Port}
	for {
		c, err := net.DialTimeout("tcp", a.String(), 100*time.Millisecond)
		if err != nil {
			return a
		}
		t.Cleanup(func() { c.Close() })
	}
}

func TestConnectNonBlocking(t *testing.T) {
	env := newEnv(t)
	a := silent(t)
	s := open(t, env, Spec{Family: Inet, Type: Stream})
	for _, want := range []Code{InProgress, Already, Already} {
		out, stage, err := s.Connect(bg, *a, For(0))
		if err != nil || out.Code != want || stage != StageConnect || out.Peer.String() != a.String() {
			t.Fatalf("got %+v, %v, want %v", out, err, want)
		}
	}
	if i := info(t, s); i.State != StateConnecting || i.TCPState != "SYN_SENT" {
		t.Errorf("state %d %s", i.State, i.TCPState)
	}
}

func TestConnectOnceThenAlreadyConnected(t *testing.T) {
	env := newEnv(t)
	l := listen(t, env, loopback(Inet))
	a := *info(t, l).Local
	s := open(t, env, Spec{Family: Inet, Type: Stream})
	out, _, err := s.Connect(bg, a, For(0))
	if err != nil || out.Code != InProgress {
		t.Fatalf("first: %+v, %v", out, err)
	}
	until(t, func() bool { return info(t, s).TCPState == "ESTABLISHED" })
	for _, want := range []Code{Done, AlreadyConnected} {
		if out, _, err := s.Connect(bg, a, For(0)); err != nil || out.Code != want {
			t.Fatalf("got %+v, %v, want %v", out, err, want)
		}
	}
}

func TestConnectElapsedGoesOn(t *testing.T) {
	env := newEnv(t)
	a := silent(t)
	s := open(t, env, Spec{Family: Inet, Type: Stream})
	out, stage, err := s.Connect(bg, *a, For(20*time.Millisecond))
	if err != nil || out.Code != WaitElapsed || stage != StageConnect {
		t.Fatalf("got %+v, %v", out, err)
	}
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if out, _, err := s.Connect(ctx, *a, Forever()); err != nil || out.Code != WaitElapsed {
		t.Fatalf("cancelled: %+v, %v", out, err)
	}
	if i := info(t, s); i.State != StateConnecting {
		t.Fatalf("the attempt was undone: %+v", i)
	}
}

func TestConnectHonoursSendTimeout(t *testing.T) {
	env := newEnv(t)
	a := silent(t)
	s := open(t, env, Spec{Family: Inet, Type: Stream})
	tv := make([]byte, 16)
	tv[8], tv[9] = 0x20, 0x4e // 20,000 us
	_, out, err := s.SetOption(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_SNDTIMEO, Bytes: tv}})
	if err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	out, _, err = s.Connect(bg, *a, Forever())
	if err != nil || out.Code != InProgress || out.Errno != unix.EINPROGRESS {
		t.Fatalf("got %+v, %v", out, err)
	}
}

// The kernel's own timeout is told apart from ours.
func TestConnectTimedOut(t *testing.T) {
	env := newEnv(t)
	a := silent(t)
	ms := int32(300)
	s := open(t, env, Spec{Family: Inet, Type: Stream, Options: []Option{
		{Kind: OptRaw, Raw: Raw{Level: unix.IPPROTO_TCP, Name: unix.TCP_USER_TIMEOUT, Int: &ms}},
	}})
	out, _, err := s.Connect(bg, *a, soon())
	if err != nil || out.Code != TimedOut || out.Errno != unix.ETIMEDOUT {
		t.Fatalf("got %+v, %v", out, err)
	}
}

func TestConnectAgainAfterRefusal(t *testing.T) {
	env := newEnv(t)
	refused := refusing(t, env)
	l := listen(t, env, loopback(Inet))
	s := open(t, env, Spec{Family: Inet, Type: Stream})
	if out, _, err := s.Connect(bg, *refused, soon()); err != nil || out.Code != Refused {
		t.Fatalf("got %+v, %v", out, err)
	}
	if out, _, err := s.Connect(bg, *info(t, l).Local, soon()); err != nil || !out.OK() {
		t.Fatalf("got %+v, %v", out, err)
	}
}

// All who await one attempt hear how it ended.
func TestConnectSharedResult(t *testing.T) {
	env := newEnv(t)
	l := listen(t, env, loopback(Inet))
	a := *info(t, l).Local
	for range 50 {
		s := open(t, env, Spec{Family: Inet, Type: Stream})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				out, _, err := s.Connect(bg, a, soon())
				if err != nil || out.Code != Done && out.Code != AlreadyConnected {
					t.Errorf("got %+v, %v", out, err)
				}
			})
		}
		wg.Wait()
		got, err := l.Accept(bg, soon(), nil)
		if err != nil || !got.Outcome.OK() {
			t.Fatalf("accept: %+v, %v", got, err)
		}
		got.Socket.Close(bg, false)
		s.Close(bg, false)
	}
}

func TestUnixConnectWaitsForBacklog(t *testing.T) {
	env := newEnv(t)
	zero := 0
	a := &Address{Family: Unix, Path: filepath.Join(t.TempDir(), "x")}
	l := open(t, env, Spec{Family: Unix, Type: Stream, Bind: a, Listen: &zero})
	for {
		s, res, err := Open(bg, env, Spec{Family: Unix, Type: Stream, Connect: a}, For(0))
		if err != nil {
			t.Fatal(err)
		}
		if s == nil {
			if res.Outcome.Code != WouldBlock {
				t.Fatalf("got %+v", res)
			}
			break
		}
		closing(t, s)
	}
	connected := make(chan OpenResult, 1)
	go func() {
		s, res, err := Open(bg, env, Spec{Family: Unix, Type: Stream, Connect: a}, soon())
		if err != nil {
			t.Error(err)
		}
		if s != nil {
			s.Close(bg, false)
		}
		connected <- res
	}()
	got, err := l.Accept(bg, soon(), nil)
	if err != nil || got.Socket == nil {
		t.Fatalf("accept: %+v, %v", got, err)
	}
	closing(t, got.Socket)
	if res := <-connected; !res.Outcome.OK() {
		t.Fatalf("got %+v", res)
	}
}

func TestDatagramConnectSetsPeer(t *testing.T) {
	env := newEnv(t)
	a := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: loopback(Inet)})
	b := open(t, env, Spec{Family: Inet, Type: Datagram, Connect: info(t, a).Local})
	i := info(t, b)
	if i.State != StateConnected || i.Peer.String() != info(t, a).Local.String() {
		t.Fatalf("got %+v", i)
	}
}
