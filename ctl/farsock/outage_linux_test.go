package farsock

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// exchanged has the Conn take 3 bytes and send 5, all confirmed.
func exchanged(t *testing.T, far *Conn, near net.Conn) {
	t.Helper()
	if _, err := near.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(far, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Write([]byte("12345")); err != nil {
		t.Fatal(err)
	}
}

// wantLost checks an error that ends a Conn after exchanged.
func wantLost(t *testing.T, what string, err error) *StreamLostError {
	t.Helper()
	var lost *StreamLostError
	var op *net.OpError
	if !errors.As(err, &lost) || !errors.As(err, &op) {
		t.Fatalf("%s = %v", what, err)
	}
	if lost.Sent != 5 || lost.Received != 3 || lost.Datagrams || !strings.HasSuffix(err.Error(), "; confirmed: 5 bytes sent, 3 received") {
		t.Errorf("%s = %v", what, err)
	}
	return lost
}

// Without a way to the agent the Conn ends when its session must have.
func TestConnOutlastsNotItsSession(t *testing.T) {
	t.Parallel()
	c, s := cutSession(t, wire.MinTTL, withoutSlack)
	far, near := pair(t, s)
	exchanged(t, far, near)
	c.refuse(true)
	began := time.Now()
	_, err := far.Read(make([]byte, 1))
	wantLost(t, "Read", err)
	if took := time.Since(began); took < wire.MinTTL {
		t.Errorf("given up after %v", took)
	}
	inOurWords(t, "Read", err, s.client.Endpoint())
	if !errors.Is(err, ErrSessionLost) {
		t.Errorf("Read = %v", err)
	}
	n, err := far.Write([]byte("x"))
	if wantLost(t, "Write", err); n != 0 {
		t.Errorf("Write = %d", n)
	}
	soon(t, "the session's loss", func() { <-s.Lost() })
	if err := far.Detach(); !errors.Is(err, ErrSessionLost) {
		t.Errorf("Detach = %v", err)
	}
}

// With the way back after the session's end, the agent says so at once.
func TestConnLearnsThatItsSessionEnded(t *testing.T) {
	t.Parallel()
	c, s := cutSession(t, wire.MinTTL)
	far, near := pair(t, s)
	exchanged(t, far, near)
	c.refuse(true)
	// The agent closes the socket with the session, and says so to the peer.
	_ = near.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.Copy(io.Discard, near); isTimeout(err) {
		t.Fatal("the session lives on")
	}
	c.refuse(false)
	soon(t, "Read", func() {
		_, err := far.Read(make([]byte, 1))
		wantLost(t, "Read", err)
		if Unreachable(err) || !errors.Is(err, ErrSessionLost) {
			t.Errorf("Read = %v", err)
		}
	})
}

// Another agent at the same place has none of it.
func TestConnLearnsThatTheAgentRestarted(t *testing.T) {
	t.Parallel()
	socket := socketPath(t)
	agent := startAgent(t, socket)
	s := must[*Session](t)(dialAgent(t, agent.endpoint).OpenSession(context.Background(), SessionConfig{}))
	far, near := pair(t, s)
	exchanged(t, far, near)
	agent.kill()
	eventually(t, "the old agent's end", func() bool {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	startAgent(t, socket)
	soon(t, "Read", func() {
		_, err := far.Read(make([]byte, 1))
		wantLost(t, "Read", err)
		if !errors.Is(err, ErrSessionLost) || reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_AGENT_RESTARTED {
			t.Errorf("Read = %v", err)
		}
	})
	if err := far.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// Who loses the socket to another never takes it back, and hands out nothing of
// what the other gets.
func TestConnFenced(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	far, near := pair(t, s)
	exchanged(t, far, near)
	_ = far.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := far.Read(make([]byte, 1)); !isTimeout(err) { // which acknowledges
		t.Fatal(err)
	}
	_ = far.SetReadDeadline(time.Time{})
	eventually(t, "the acknowledgement", func() bool {
		res, err := s.client.Sockets.GetSocket(context.Background(), &farsockv1.GetSocketRequest{Name: far.h.resource})
		return err == nil && res.GetSocket().GetAckedOffset() == 3
	})
	if _, err := near.Write([]byte("rest")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the rest", func() bool { return far.h.attached.unread() })

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	thief := must[farsockv1.SocketService_StreamClient](t)(s.client.Sockets.Stream(ctx))
	if err := thief.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: &farsockv1.Attach{
		Socket: far.h.resource, Holder: "thief", Epoch: 1, Steal: true, Ack: farsockv1.AckMode_ACK_MODE_MANUAL,
	}}}); err != nil {
		t.Fatal(err)
	}
	attached := must[*farsockv1.StreamResponse](t)(thief.Recv()).GetAttached()
	data := must[*farsockv1.StreamResponse](t)(thief.Recv()).GetData()
	if attached.GetReceiveBegin() != 3 || string(data.GetData()) != "rest" {
		t.Errorf("the thief has %q from %d", data.GetData(), attached.GetReceiveBegin())
	}
	soon(t, "the end", func() { <-far.h.attached.done })
	_, err := far.Read(make([]byte, 10))
	if wantLost(t, "Read", err); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_FENCED {
		t.Errorf("Read = %v", err)
	}
	_, err = far.Write([]byte("x"))
	wantLost(t, "Write", err)
	// It is the thief's, who goes on.
	if err := far.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	if _, err := near.Write([]byte("more")); err != nil {
		t.Fatal(err)
	}
	if m, err := thief.Recv(); err != nil || string(m.GetData().GetData()) != "more" {
		t.Errorf("the thief has %v, %v", m, err)
	}
}

// A Conn that steals has what the other did not read, and the other, whose Close
// is harmless, never takes it back.
func TestConnSteals(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	far, near := pair(t, s)
	exchanged(t, far, near)
	thief := must[*Conn](t)(s.client.Conn(context.Background(), far.h.resource))
	if err := thief.Steal(); err != nil {
		t.Fatal(err)
	}
	if _, err := thief.Write([]byte("6789")); err != nil {
		t.Fatal(err)
	}
	if err := thief.Steal(); !errors.Is(err, syscall.EISCONN) {
		t.Errorf("Steal = %v", err)
	}
	soon(t, "the end", func() { <-far.h.attached.done })
	_, err := far.Read(make([]byte, 10))
	if wantLost(t, "Read", err); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_FENCED {
		t.Errorf("Read = %v", err)
	}
	if err := far.Detach(); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_FENCED {
		t.Errorf("Detach = %v", err)
	}
	if _, err := near.Write([]byte("rest")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 7) // "abc" was not acknowledged
	if n, err := io.ReadFull(thief, b); err != nil || string(b[:n]) != "abcrest" {
		t.Errorf("Read = %q, %v", b[:n], err)
	}
	if err := thief.Close(); err != nil {
		t.Error(err)
	}
	readAll(t, near, "123456789")
}

// A second Conn finds the socket in use, and nothing is lost by that.
func TestConnOfASocketInUse(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	far, near := pair(t, s)
	exchanged(t, far, near)
	second := must[*Conn](t)(s.client.Conn(context.Background(), far.h.resource))
	if _, err := second.Attach(context.Background()); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_ATTACHED {
		t.Errorf("Attach = %v", err)
	}
	if _, err := second.Read(make([]byte, 1)); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_ATTACHED {
		t.Errorf("Read = %v", err)
	}
	if err := far.Detach(); err != nil {
		t.Fatal(err)
	}
	third := must[*Conn](t)(s.client.Conn(context.Background(), far.h.resource))
	if _, err := third.Attach(context.Background()); err != nil {
		t.Errorf("Attach right after Detach = %v", err)
	}
	if err := third.Close(); err != nil {
		t.Error(err)
	}
	readAll(t, near, "12345")
}

// Closing while there is no way ends in bounded time and says what it could not
// do; what it could not do, the lease does.
func TestConnClosesInAnOutage(t *testing.T) {
	t.Parallel()
	c, s := cutSession(t, wire.MinTTL)
	kept, keptNear := pair(t, s)
	exchanged(t, kept, keptNear)
	far, near := pair(t, s)
	exchanged(t, far, near)
	c.refuse(true)
	began := time.Now()
	err := far.Close()
	if took := time.Since(began); !Unreachable(err) || took > closeWait+callLimit {
		t.Errorf("Close = %v after %v", err, took)
	}
	if want := "may stay open until its session ends"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Close = %v", err)
	}
	if err := kept.Detach(); !Unreachable(err) {
		t.Errorf("Detach = %v", err)
	}
	_ = near.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.Copy(io.Discard, near); isTimeout(err) {
		t.Error("the socket is still open")
	}
}

// With the way back in time, closing is done.
func TestConnClosesAfterAnOutage(t *testing.T) {
	t.Parallel()
	c, s := cutSession(t, 30*time.Second)
	far, near := pair(t, s)
	exchanged(t, far, near)
	c.refuse(true)
	back := time.AfterFunc(300*time.Millisecond, func() { c.refuse(false) })
	defer back.Stop()
	if err := far.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	readAll(t, near, "12345")
}

// Accept waits on over cuts, and each connection comes out once.
func TestListenerOverCuts(t *testing.T) {
	c, s := cutSession(t, 30*time.Second)
	l := must[*Listener](t)(s.Listen(context.Background(), "tcp", "127.0.0.1:0"))
	const conns = 20
	accepted := make(chan string, conns)
	go func() {
		defer close(accepted)
		for range conns {
			conn, err := l.Accept()
			if err != nil {
				t.Errorf("Accept = %v", err)
				return
			}
			accepted <- conn.RemoteAddr().String()
		}
	}()
	for i := range conns {
		if i%2 == 0 {
			c.cut(cutKind(i / 2 % 2))
		}
		near := must[net.Conn](t)(net.Dial("tcp4", l.Addr().String()))
		defer near.Close()
		if got := <-accepted; got != near.LocalAddr().String() {
			t.Fatalf("connection %d: accepted %q, want %v", i, got, near.LocalAddr())
		}
	}
	eventually(t, "the count", func() bool {
		res, err := s.client.Sessions.GetSession(context.Background(), sessionRequest(s))
		return err == nil && res.GetSession().GetSocketCount() == conns+1
	})
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
