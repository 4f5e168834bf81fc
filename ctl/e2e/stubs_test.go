//go:build linux

package e2e

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// connectTo connects the SDK, whose stubs do what ctl has no verb for. The
// test's cleanup closes it.
func connectTo(t testing.TB, endpoint string) *farsock.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := farsock.Dial(ctx, endpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// lease opens a session that is renewed until the test's cleanup ends it.
func lease(t testing.TB, c *farsock.Client) *farsock.Session {
	t.Helper()
	s, err := c.OpenSession(t.Context(), farsock.SessionConfig{KeepAlive: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

// peerListener is package net's, on 127.0.0.1: the program under test that
// agents talk to.
func peerListener(t testing.TB) *net.TCPListener {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// acceptPeer takes the connection that waits; the test's cleanup closes it.
func acceptPeer(t testing.TB, l *net.TCPListener) *net.TCPConn {
	t.Helper()
	if err := l.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	peer, err := l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = peer.Close() })
	return peer
}

// dialRequest is the Open of a TCP connection, safe to repeat.
func dialRequest(t testing.TB, s *farsock.Session, address string) *farsockv1.OpenRequest {
	t.Helper()
	to, err := wire.ParseInet(address)
	if err != nil {
		t.Fatal(err)
	}
	return &farsockv1.OpenRequest{
		Session: s.Name(), RequestId: uuid.NewString(), Wait: durationpb.New(20 * time.Second),
		Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM, Connect: to,
	}
}

// connection is one whose near end is package net's and whose far end is a
// socket of the agent.
type connection struct {
	socket *farsockv1.Socket
	name   string // immutable: the socket's resource name, by uid
	peer   *net.TCPConn
}

// connect makes one.
func connect(t testing.TB, c *farsock.Client, s *farsock.Session, l *net.TCPListener) connection {
	t.Helper()
	opened, err := c.Sockets.Open(t.Context(), dialRequest(t, s, l.Addr().String()))
	if err != nil || farsock.OutcomeErr("dial", opened.GetOutcome()) != nil {
		t.Fatal(err, opened)
	}
	socket := opened.GetSocket()
	return connection{socket: socket, name: wire.SocketUID(socket.GetUid()), peer: acceptPeer(t, l)}
}

// get is the socket as it is now.
func get(t testing.TB, c *farsock.Client, name string) *farsockv1.Socket {
	t.Helper()
	got, err := c.Sockets.GetSocket(t.Context(), &farsockv1.GetSocketRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return got.GetSocket()
}

// calls is how many calls of a SocketService method have reached the agent
// ("started") or have ended there ("handled").
func (a *agentProcess) calls(t testing.TB, what, method string) int {
	t.Helper()
	lines := regexp.MustCompile(`(?m)^grpc_server_` + what + `_total\{[^}]*grpc_method="` + method +
		`",grpc_service="farsock\.v1\.SocketService"[^}]*\} (\d+)$`)
	sum := 0
	for _, m := range lines.FindAllStringSubmatch(a.debugPage(t, "/metrics"), -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

// reached waits until that many calls have been counted.
func (a *agentProcess) reached(t testing.TB, what, method string, n int) {
	t.Helper()
	eventually(t, func() error {
		if now := a.calls(t, what, method); now < n {
			return fmt.Errorf("%d calls of %s %s, not %d", now, method, what, n)
		}
		return nil
	})
}
