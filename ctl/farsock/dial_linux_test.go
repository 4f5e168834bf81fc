package farsock

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func TestDialErrors(t *testing.T) {
	s := newSession(t)
	l := listenLocal(t, "tcp4", "127.0.0.1:0")
	closed := l.Addr().String()
	_ = l.Close()
	for _, c := range []struct {
		network, address string
		is               error
		code             farsockv1.OutcomeCode
	}{
		{"tcp", closed, syscall.ECONNREFUSED, farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED},
		{"unix", "/nowhere/x.sock", syscall.ENOENT, farsockv1.OutcomeCode_OUTCOME_CODE_NOT_FOUND},
		{"tcp", "no-such-host.invalid:1", nil, farsockv1.OutcomeCode_OUTCOME_CODE_NAME_NOT_RESOLVED},
	} {
		conn, err := s.Dial(context.Background(), c.network, c.address)
		var op *net.OpError
		var outcome *OutcomeError
		if conn != nil || !errors.As(err, &op) || op.Op != "dial" || op.Net != c.network || op.Addr.String() != c.address ||
			!errors.As(err, &outcome) || outcome.Outcome.GetCode() != c.code ||
			c.is != nil && !errors.Is(err, c.is) || Unreachable(err) {
			t.Errorf("%s %s: %v", c.network, c.address, err)
		}
	}
	for _, network := range []string{"", "ip", "tcp5", "unixpacket"} {
		if _, err := s.Dial(context.Background(), network, "127.0.0.1:1"); err == nil {
			t.Errorf("network %q was taken", network)
		}
	}
}

// A dial that is given up leaves no socket behind.
func TestDialGivenUp(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	// A listener whose backlog is full: the kernel answers nobody.
	fd := must[int](t)(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0))
	defer syscall.Close(fd)
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	at := must[syscall.Sockaddr](t)(syscall.Getsockname(fd)).(*syscall.SockaddrInet4)
	address := (&net.TCPAddr{IP: at.Addr[:], Port: at.Port}).String()
	for full := false; !full; {
		conn, err := net.DialTimeout("tcp4", address, 300*time.Millisecond)
		if full = err != nil; !full {
			defer conn.Close()
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := s.Dial(ctx, "tcp", address)
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("with a deadline: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	time.AfterFunc(200*time.Millisecond, cancel)
	if _, err := s.Dial(ctx, "tcp", address); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	eventually(t, "the sockets' end", func() bool { return len(sockets(t, s)) == 0 })
}

// sockets lists what the session has on the agent.
func sockets(t testing.TB, s *Session) []*farsockv1.Socket {
	t.Helper()
	return must[*farsockv1.ListSocketsResponse](t)(s.client.Sockets.ListSockets(context.Background(),
		&farsockv1.ListSocketsRequest{Parent: s.resource})).GetSockets()
}
