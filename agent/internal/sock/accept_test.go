//go:build linux

package sock

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func dial(t *testing.T, l *Socket) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", info(t, l).Local.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestAccept(t *testing.T) {
	for _, f := range []Family{Inet, Inet6} {
		t.Run(f.String(), func(t *testing.T) {
			env := newEnv(t)
			l := listen(t, env, loopback(f))
			if got, err := l.Accept(bg, For(0), nil); err != nil || got.Outcome.Code != WouldBlock {
				t.Fatalf("got %+v, %v", got, err)
			}
			if got, err := l.Accept(bg, For(10*time.Millisecond), nil); err != nil || got.Outcome.Code != WaitElapsed {
				t.Fatalf("got %+v, %v", got, err)
			}
			c := dial(t, l)
			until(t, func() bool { return info(t, l).AcceptQueue == 1 })
			got, err := l.Accept(bg, Forever(), nil)
			if err != nil || !got.Outcome.OK() {
				t.Fatalf("got %+v, %v", got, err)
			}
			closing(t, got.Socket)
			if got.Peer.String() != c.LocalAddr().String() {
				t.Errorf("peer %v, want %v", got.Peer, c.LocalAddr())
			}
			if i := info(t, got.Socket); i.State != StateConnected || i.TCPState != "ESTABLISHED" || i.Local.String() != c.RemoteAddr().String() {
				t.Errorf("got %+v", i)
			}
			if i := info(t, l); i.State != StateListening || i.Backlog != 16 {
				t.Errorf("got %+v", i)
			}
		})
	}
}

func TestAcceptReservesFirst(t *testing.T) {
	env := newEnv(t)
	l := listen(t, env, loopback(Inet))
	held := 0
	reserve := func() (func(), error) {
		held++
		return func() { held-- }, nil
	}
	if _, err := l.Accept(bg, For(0), reserve); err != nil || held != 0 {
		t.Fatalf("%v, %d reserved", err, held)
	}
	dial(t, l)
	full := errors.New("full")
	if _, err := l.Accept(bg, soon(), func() (func(), error) { return nil, full }); err != full {
		t.Fatalf("got %v", err)
	}
	got, err := l.Accept(bg, soon(), reserve)
	if err != nil || got.Socket == nil || held != 1 {
		t.Fatalf("the connection was lost: %+v, %v, %d reserved", got, err, held)
	}
	got.Socket.Close(bg, false)
}

func TestCancelledAcceptTakesNothing(t *testing.T) {
	env := newEnv(t)
	l := listen(t, env, loopback(Inet))
	ctx, cancel := context.WithCancel(bg)
	first, second := make(chan Accepted, 1), make(chan Accepted, 1)
	accept := func(ctx context.Context, to chan Accepted) {
		got, err := l.Accept(ctx, Forever(), nil)
		if err != nil {
			t.Error(err)
		}
		to <- got
	}
	go accept(ctx, first)
	until(t, func() bool { return l.acceptTurn.count() == 1 })
	go accept(bg, second)
	until(t, func() bool { return l.acceptTurn.count() == 2 })
	cancel()
	if got := <-first; got.Outcome.Code != WaitElapsed {
		t.Fatalf("got %+v", got)
	}
	dial(t, l)
	got := <-second
	if got.Socket == nil {
		t.Fatalf("got %+v", got)
	}
	got.Socket.Close(bg, false)
}

// At the descriptor limit Accept says so at once and the connection stays.
func TestAcceptAtTheLimit(t *testing.T) {
	env := newEnv(t)
	l := listen(t, env, loopback(Inet))
	dial(t, l)
	until(t, func() bool { return info(t, l).AcceptQueue == 1 })
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	// Nothing below the lowest free number is free.
	probe, err := unix.Dup(0)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(probe)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(probe), Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	got, err := l.Accept(bg, soon(), nil)
	if e := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); e != nil {
		t.Fatal(e)
	}
	if err != nil || got.Outcome.Code != NoResources || got.Outcome.Errno != unix.EMFILE {
		t.Fatalf("got %+v, %v", got, err)
	}
	if got, err = l.Accept(bg, soon(), nil); err != nil || got.Socket == nil {
		t.Fatalf("got %+v, %v", got, err)
	}
	got.Socket.Close(bg, false)
}
