package farsock

import (
	"context"
	"errors"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/farsock/farsock/proto/wire"
)

func TestSilent(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&SilentError{}, true},
		{&UnreachableError{Err: &lostError{errDeaf}}, true},
		{&UnreachableError{Err: &earlierError{context.DeadlineExceeded}}, true},
		{&UnreachableError{Err: &earlierError{dial(os.ErrDeadlineExceeded)}}, true},
		{&UnreachableError{Err: &earlierError{dial(os.NewSyscallError("connect", syscall.ETIMEDOUT))}}, true},
		{&UnreachableError{Err: &lostError{dial(os.NewSyscallError("read", syscall.ETIMEDOUT))}}, true},
		{&UnreachableError{Err: &earlierError{&SSHError{Problem: SSHSilent, Err: context.DeadlineExceeded}}}, true},
		{&UnreachableError{Err: &earlierError{&SSHError{Problem: SSHFailed, Exit: 255}}}, false},
		{&UnreachableError{Err: &earlierError{dial(os.NewSyscallError("connect", syscall.ECONNREFUSED))}}, false},
		{&UnreachableError{Err: &earlierError{dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH))}}, false},
		{&UnreachableError{Err: &lostError{dial(os.NewSyscallError("read", syscall.ECONNRESET))}}, false},
		{context.DeadlineExceeded, false}, // a caller's own
		{nil, false},
	} {
		if got := silent(c.err); got != c.want {
			t.Errorf("silent(%v) = %v", c.err, got)
		}
	}
}

// How long it is waited for what, counted from now.
func TestPatience(t *testing.T) {
	const ttl = 10 * time.Second
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	cc := must[*grpc.ClientConn](t)(grpc.NewClient("passthrough:///x", grpc.WithTransportCredentials(insecure.NewCredentials())))
	defer cc.Close()
	alive := &Session{kept: true}
	for _, c := range []struct {
		what                  string
		met, waited, deafness time.Duration // so long ago; 0: never
		keeper                *Session
		over                  bool
	}{
		{"it was there", 26 * time.Second, 0, 0, nil, false},
		{"refusals alone", 28 * time.Second, 0, 0, nil, true},
		{"refusals, kept alive", time.Hour, 0, 0, alive, false},
		{"refusals, no longer kept alive", 28 * time.Second, 0, 0, &Session{kept: true, err: ErrSessionLost}, true},
		{"refusals, closed", 28 * time.Second, 0, 0, &Session{kept: true, closed: true}, true},
		{"a call that waited", 60 * time.Second, 26 * time.Second, 0, nil, false},
		{"refusals after that", 60 * time.Second, 28 * time.Second, 0, nil, true},
		{"a silent connection", 60 * time.Second, 0, 26 * time.Second, nil, false},
		{"refusals after that", 60 * time.Second, 0, 28 * time.Second, nil, true},
		{"silence for long", 99 * time.Second, time.Second, time.Second, nil, false},
		{"silence for too long", 101 * time.Second, time.Second, time.Second, nil, true},
		{"silence for too long, kept alive", 101 * time.Second, time.Second, time.Second, alive, false},
	} {
		client := &Client{cc: cc, carrier: newCarrier("unix:/a", nil, nil), slack: leaseSlack, silence: silentSlack}
		p := patience{client: client, lease: lease{ttl, c.keeper}, met: ago(c.met)}
		if c.waited > 0 {
			p.silent = ago(c.waited)
		}
		if c.deafness > 0 {
			client.carrier.silent = ago(c.deafness)
		}
		if p.over() != c.over {
			t.Errorf("%s: over is %v", c.what, !c.over)
		}
	}
}

// An agent that is silent is borne with for longer than one that refuses
// connections, but not for ever; and a Conn does not give up before its session.
func TestSilenceIsBorneWith(t *testing.T) {
	t.Parallel()
	socket := socketPath(t)
	agent := startAgent(t, socket)
	way := newCutter(t, socket)
	var hang atomic.Bool
	c := dialAgent(t, agent.endpoint, withoutSlack, withoutSilence, WithDialer(func(ctx context.Context) (net.Conn, error) {
		if hang.Load() {
			return nil, os.ErrDeadlineExceeded
		}
		return way.dial(ctx)
	}))
	open := func(keep bool) (*Session, chan error) {
		s := must[*Session](t)(c.OpenSession(context.Background(), SessionConfig{TTL: wire.MinTTL, KeepAlive: keep}))
		far, near := pair(t, s)
		exchanged(t, far, near)
		read := make(chan error, 1)
		go func() {
			_, err := far.Read(make([]byte, 1))
			read <- err
		}()
		return s, read
	}
	kept, keptRead := open(true)
	_, idleRead := open(false)
	began := time.Now()
	hang.Store(true)
	way.cut(cutFIN)
	<-time.After(2 * wire.MinTTL)
	select {
	case <-kept.Lost():
		t.Error(kept.Err())
	case err := <-keptRead:
		t.Errorf("kept alive: Read = %v", err)
	case err := <-idleRead:
		t.Errorf("not kept alive: Read = %v", err)
	default:
	}
	soon(t, "the end", func() {
		wantLost(t, "kept alive: Read", <-keptRead)
		if !errors.Is(kept.Err(), ErrSessionLost) {
			t.Errorf("the Conn gave up before its session: %v", kept.Err())
		}
		wantLost(t, "not kept alive: Read", <-idleRead)
	})
	// The keep-alive counts from when it was answered last.
	if took := time.Since(began); took < silentTTLs*wire.MinTTL-wire.MinTTL/3 {
		t.Errorf("given up after %v", took)
	}
}
