package farsock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestUnreachableText(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "unix", Addr: &net.UnixAddr{Name: "/a"}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	broke := &net.OpError{Op: "read", Net: "unix", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	for want, err := range map[string]error{
		"cannot reach the agent at unix:/a: connection refused":                    refused,
		"cannot reach the agent at unix:/a: by way of a proxy: " + refused.Error(): fmt.Errorf("by way of a proxy: %w", refused),
		"cannot reach the agent at unix:/a: no answer in time":                     context.DeadlineExceeded,
		"cannot reach the agent at unix:/a: given up before it answered":           context.Canceled,
		"cannot reach the agent at unix:/a: the agent on lab7 does not answer: the program there ended after 10 s without a word of an agent; one that runs there is perhaps stopped; exit status 1": &SSHError{
			Host: "lab7", Problem: SSHAgentFailed, Exit: 1, Waited: 10*time.Second + time.Millisecond},
		"cannot reach the agent at unix:/a: nothing came from lab7 within 30 s":                         &SSHError{Host: "lab7", Problem: SSHSilent, Exit: -1, Err: context.DeadlineExceeded, Waited: magicWait},
		"cannot reach the agent at unix:/a: words":                                                      status.Error(codes.Unavailable, "words"),
		"lost the agent at unix:/a: the connection was closed at the other end":                         &lostError{io.EOF},
		"lost the agent at unix:/a: the connection broke: connection reset by peer":                     &lostError{broke},
		"lost the agent at unix:/a: what is at the other end has stopped answering, or is not an agent": &lostError{errDeaf},
	} {
		e := &UnreachableError{Endpoint: "unix:/a", Err: err}
		if e.Error() != want {
			t.Errorf("%q, want %q", e, want)
		}
		if e.Unwrap() != err || status.Code(e) != codes.Unavailable || status.Convert(e).Message() != want {
			t.Errorf("%q: %v", e, status.Convert(e))
		}
	}
}

// An agent that answers a first call with a refusal has said why.
func TestUnreachableKeepsWhatTheAgentSaid(t *testing.T) {
	denied := wire.Errorf(codes.PermissionDenied, farsockv1.ErrorReason_ERROR_REASON_POLICY_DENIED, nil, "not you")
	err := fmt.Errorf("wrapped: %w", &UnreachableError{Endpoint: "unix:/a", Err: denied})
	if info, ok := wire.InfoOf(err); status.Code(err) != codes.PermissionDenied || !ok || info.Reason != farsockv1.ErrorReason_ERROR_REASON_POLICY_DENIED {
		t.Errorf("%v, %+v", status.Convert(err), info)
	}
}

// What the agent says is passed on as it is, and so is everything once the
// client is closed.
func TestExplainOnlyConnections(t *testing.T) {
	said := wire.Errorf(codes.Unavailable, farsockv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN, nil, "going")
	for _, err := range []error{nil, io.EOF, said, status.Error(codes.NotFound, "no"), context.Canceled} {
		c := newCarrier("unix:/a", nil, nil)
		c.failed(&earlierError{syscall.ECONNREFUSED})
		if got := c.explain(err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
	broken := status.Error(codes.Unavailable, "broken")
	c := newCarrier("unix:/a", nil, nil)
	if got := c.explain(broken); got != broken {
		t.Errorf("without a cause: %v", got)
	}
	c.failed(&earlierError{syscall.ECONNREFUSED})
	// A socket's errno it is not.
	if got := c.explain(broken); !Unreachable(got) || got.Error() != "cannot reach the agent at unix:/a: connection refused" || errors.Is(got, syscall.ECONNREFUSED) {
		t.Errorf("with a cause: %v", got)
	}
	c.failed(&earlierError{&SSHError{Host: "lab7", Problem: SSHFailed, Exit: 255}})
	var ssh *SSHError
	if got := c.explain(broken); !errors.As(got, &ssh) || ssh.Exit != 255 || got.Error() != "cannot reach the agent at unix:/a: ssh to lab7 failed; exit status 255" {
		t.Errorf("with ssh's cause: %v", got)
	}
	for _, end := range []error{io.EOF, syscall.ECONNRESET, os.ErrDeadlineExceeded, net.ErrClosed} {
		k := &carried{carrier: c}
		k.lose(end)
		if got := c.explain(broken); !Unreachable(got) || errors.Is(got, end) || !strings.HasPrefix(got.Error(), "lost the agent at unix:/a: ") {
			t.Errorf("lost by %v: %v", end, got)
		}
	}
	c.refuse()
	if got := c.explain(broken); got != broken {
		t.Errorf("closed: %v", got)
	}
}

// inOurWords fails the test for a text that gRPC made.
func inOurWords(t *testing.T, what string, err error, endpoint string) {
	t.Helper()
	if !Unreachable(err) {
		t.Errorf("%s: %v is not Unreachable", what, err)
		return
	}
	for _, word := range []string{"desc", "transport", "rpc error", "server preface", "error reading"} {
		if strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if strings.Count(err.Error(), endpoint) != 1 {
		t.Errorf("%s: %v has not the endpoint once", what, err)
	}
}

// An agent that is killed: the calls under way and those that come later.
func TestAgentGone(t *testing.T) {
	t.Parallel()
	agent := startAgent(t, socketPath(t))
	c := dialAgent(t, agent.endpoint, withoutSlack)
	s := must[*Session](t)(c.OpenSession(context.Background(), SessionConfig{TTL: wire.MinTTL}))
	far, _ := pair(t, s)
	l := must[net.Listener](t)(s.Listen(context.Background(), "tcp", "127.0.0.1:0"))
	under := make(chan error, 2)
	go func() {
		_, err := far.Read(make([]byte, 1))
		under <- err
	}()
	go func() {
		_, err := l.Accept()
		under <- err
	}()
	eventually(t, "the attachment", func() bool {
		for _, socket := range sockets(t, s) {
			if socket.GetAttached() {
				return true
			}
		}
		return false
	})
	agent.kill()
	for range 2 {
		inOurWords(t, "under way", <-under, agent.endpoint)
	}
	eventually(t, "a refused connection", func() bool {
		_, err := c.Agents.GetAgent(context.Background(), &farsockv1.GetAgentRequest{})
		inOurWords(t, "later", err, agent.endpoint)
		return strings.HasSuffix(err.Error(), ": connection refused")
	})
	_, err := Dial(context.Background(), agent.endpoint)
	inOurWords(t, "a new client", err, agent.endpoint)
	if want := "cannot reach the agent at " + agent.endpoint + ": connection refused"; err == nil || err.Error() != want {
		t.Errorf("Dial = %v, want %s", err, want)
	}
	_ = l.Close()
}

// What accepts connections need not be an agent.
func TestNotAnAgent(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(net.Conn){
		"closes": func(net.Conn) {},
		"talks":  func(c net.Conn) { _, _ = io.WriteString(c, "220 lab7 ESMTP, at your service\r\n") },
		"talks, waits": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		},
		"says nothing": func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
	} {
		path := socketPath(t)
		l := listenLocal(t, "unix", path)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				answer(conn)
				_ = conn.Close()
			}
		}()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_, err := Dial(ctx, "unix://"+path)
		cancel()
		inOurWords(t, name, err, "unix://"+path)
		t.Logf("%s: %v", name, err)
		_ = l.Close()
		<-done
	}
}
