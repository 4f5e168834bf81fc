package farsock

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestSession(t *testing.T) {
	c := dialAgent(t, startAgent(t, socketPath(t)).endpoint)
	s := must[*Session](t)(c.OpenSession(context.Background(), SessionConfig{ID: "ci-42", TTL: time.Minute}))
	if s.Name() != "sessions/ci-42" || s.UID() == "" || s.TTL() != time.Minute || s.Err() != nil {
		t.Errorf("session %q %q %v %v", s.Name(), s.UID(), s.TTL(), s.Err())
	}
	_, err := c.OpenSession(context.Background(), SessionConfig{ID: "ci-42"})
	if reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_SESSION_EXISTS {
		t.Errorf("the same id again: %v", err)
	}
	if _, err := c.OpenSession(context.Background(), SessionConfig{TTL: time.Second}); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_INVALID_FIELD {
		t.Errorf("a TTL of 1 s: %v", err)
	}
	joined := must[*Session](t)(c.JoinSession(context.Background(), s.Name()))
	if joined.UID() != s.UID() {
		t.Errorf("joined %q, want %q", joined.UID(), s.UID())
	}
	for range 2 {
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if err := joined.Close(context.Background()); err != nil {
		t.Errorf("closing what is over = %v", err)
	}
	_, err = joined.Dial(context.Background(), "tcp", "127.0.0.1:1")
	if reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED {
		t.Errorf("Dial = %v", err)
	}
}

// Closing the client ends everything that it started, and no session.
func TestClientClose(t *testing.T) {
	agent := startAgent(t, socketPath(t))
	c := must[*Client](t)(Dial(context.Background(), agent.endpoint))
	s := must[*Session](t)(c.OpenSession(context.Background(), SessionConfig{KeepAlive: true}))
	l := must[*Listener](t)(s.Listen(context.Background(), "tcp", "127.0.0.1:0"))
	accepted := make(chan error, 1)
	go func() {
		_, err := l.Accept()
		accepted <- err
	}()
	far, _ := pair(t, s)
	read := make(chan error, 1)
	go func() {
		_, err := far.Read(make([]byte, 1))
		read <- err
	}()
	eventually(t, "the reader", func() bool { return len(far.h.reading) == 1 })
	for range 2 {
		if err := c.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if err := <-read; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read = %v", err)
	}
	if err := <-accepted; err == nil {
		t.Error("Accept returned a connection")
	}
	other := dialAgent(t, agent.endpoint)
	res := must[*farsockv1.GetSessionResponse](t)(other.Sessions.GetSession(context.Background(), sessionRequest(s)))
	if res.GetSession().GetState() != farsockv1.SessionState_SESSION_STATE_ACTIVE {
		t.Errorf("the session is %v", res.GetSession().GetState())
	}
}

// The keep-alive outlives the TTL; without it the session ends.
func TestSessionKeepAlive(t *testing.T) {
	t.Parallel()
	c := dialAgent(t, startAgent(t, socketPath(t)).endpoint)
	kept := must[*Session](t)(c.OpenSession(context.Background(), SessionConfig{TTL: wire.MinTTL, KeepAlive: true}))
	left := must[*Session](t)(c.OpenSession(context.Background(), SessionConfig{TTL: wire.MinTTL}))
	state := func(s *Session) farsockv1.SessionState {
		return must[*farsockv1.GetSessionResponse](t)(c.Sessions.GetSession(context.Background(), sessionRequest(s))).GetSession().GetState()
	}
	eventually(t, "the end of the session that nobody renews", func() bool {
		return state(left) == farsockv1.SessionState_SESSION_STATE_EXPIRED
	})
	if got := state(kept); got != farsockv1.SessionState_SESSION_STATE_ACTIVE {
		t.Errorf("the renewed session is %v", got)
	}
	// Someone else ends it: the keep-alive finds out.
	if _, err := c.Sessions.CloseSession(context.Background(), &farsockv1.CloseSessionRequest{Name: kept.Name()}); err != nil {
		t.Fatal(err)
	}
	soon(t, "the loss", func() { <-kept.Lost() })
	if err := kept.Err(); !errors.Is(err, ErrSessionLost) || reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED {
		t.Errorf("Err = %v", err)
	}
	for _, s := range []*Session{kept, left} {
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
}

// A new agent on the same socket says that the old one's session is gone.
func TestSessionLostToARestart(t *testing.T) {
	t.Parallel()
	socket := socketPath(t)
	agent := startAgent(t, socket)
	c := dialAgent(t, agent.endpoint)
	s := must[*Session](t)(c.OpenSession(context.Background(), SessionConfig{TTL: wire.MinTTL, KeepAlive: true}))
	agent.kill()
	eventually(t, "the old agent's end", func() bool {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	startAgent(t, socket)
	soon(t, "the loss", func() { <-s.Lost() })
	if err := s.Err(); !errors.Is(err, ErrSessionLost) || reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_AGENT_RESTARTED {
		t.Errorf("Err = %v", err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Errorf("Close = %v", err)
	}
}
