package farsock

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Each Dial and Listen is done once, at whichever byte the connection is cut.
func TestOpenOverCuts(t *testing.T) {
	t.Parallel()
	random := seeded(t)
	c, s := cutSession(t, 30*time.Second)
	l := listenLocal(t, "tcp4", "127.0.0.1:0")
	const rounds = 25
	c.planned(func() (int64, cutKind) { return 100 + random.Int64N(1500), cutKind(random.IntN(2)) })
	c.cut(cutRST)
	for range rounds {
		far := must[net.Conn](t)(s.Dial(context.Background(), "tcp", l.Addr().String()))
		// Others were cut off before they were told to us.
		for {
			near := must[net.Conn](t)(l.Accept())
			defer near.Close()
			if near.RemoteAddr().String() == far.LocalAddr().String() {
				break
			}
			t.Errorf("the agent connected %v, and not only %v", near.RemoteAddr(), far.LocalAddr())
		}
		must[*Listener](t)(s.Listen(context.Background(), "tcp", "127.0.0.1:0"))
	}
	c.planned(nil)
	c.cut(cutRST)
	eventually(t, "the way", func() bool {
		_, err := s.client.Agents.GetAgent(context.Background(), &farsockv1.GetAgentRequest{})
		return err == nil
	})
	if got := sockets(t, s); len(got) != 2*rounds {
		t.Errorf("%d sockets, want %d", len(got), 2*rounds)
	}
	t.Logf("%d cuts", c.cuts.Load())
}

// crowded is a unix listener with no room: to connect to it waits until room is
// made.
func crowded(t *testing.T) (path string, accept func() int) {
	t.Helper()
	path = socketPath(t) + "l"
	fd := must[int](t)(syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0))
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	first := must[net.Conn](t)(net.Dial("unix", path))
	t.Cleanup(func() { _ = first.Close() })
	return path, func() int {
		conn, _, err := syscall.Accept(fd)
		if err != nil {
			t.Errorf("accept: %v", err)
			return -1
		}
		t.Cleanup(func() { _ = syscall.Close(conn) })
		return conn
	}
}

// What waits in the kernel when the connection breaks goes on, also if the agent
// had given it up by the time that it is asked again.
func TestDialWaitsOnOverCuts(t *testing.T) {
	t.Parallel()
	for _, away := range []time.Duration{0, 500 * time.Millisecond} {
		t.Run(away.String(), func(t *testing.T) {
			t.Parallel()
			c, s := cutSession(t, 30*time.Second)
			path, accept := crowded(t)
			dialled := make(chan error, 1)
			go func() {
				conn, err := s.Dial(context.Background(), "unix", path)
				if err == nil {
					_, err = conn.Write([]byte("x"))
				}
				dialled <- err
			}()
			for range 3 {
				callsUnderWay(t, s)
				before := c.dials.Load()
				c.refuse(true)
				<-time.After(away) // the agent notices, or does not
				c.refuse(false)
				eventually(t, "another connection", func() bool { return c.dials.Load() > before })
			}
			callsUnderWay(t, s)
			accept()
			soon(t, "Dial", func() {
				if err := <-dialled; err != nil {
					t.Errorf("Dial = %v", err)
				}
				if got := make([]byte, 1); true {
					if _, err := syscall.Read(accept(), got); err != nil || string(got) != "x" {
						t.Errorf("the peer has %q, %v", got, err)
					}
				}
			})
			if got := sockets(t, s); len(got) != 1 {
				t.Errorf("%d sockets, want 1", len(got))
			}
		})
	}
}

// callsUnderWay waits until the agent has an Open of the session under way.
func callsUnderWay(t *testing.T, s *Session) {
	t.Helper()
	eventually(t, "the Open", func() bool {
		res, err := s.client.Sessions.GetSession(context.Background(), sessionRequest(s))
		return err == nil && res.GetSession().GetCallsUnderWay() > 0
	})
}

// Without a way a Dial ends with its context, or after 5 s, as unreachable; a
// request's own wait is no longer waited for.
func TestOpenWithoutAWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		deadline    time.Duration // of the context; 0: none
		wait        time.Duration // of the request; 0: none
		least, most time.Duration
	}{
		{"unbounded", 0, 0, repeatWait - time.Second, repeatWait + 5*time.Second},
		{"with a wait", 0, time.Hour, repeatWait - time.Second, repeatWait + 5*time.Second},
		{"with a deadline", 300 * time.Millisecond, 0, 300 * time.Millisecond, 3 * time.Second},
		{"with a later deadline", 8 * time.Second, 0, 8 * time.Second, 12 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			way, s := cutSession(t, 30*time.Second)
			path, _ := crowded(t)
			ctx, cancel := context.WithCancel(context.Background())
			began := make(chan time.Time, 1)
			time.AfterFunc(0, func() {
				callsUnderWay(t, s)
				began <- time.Now()
				way.refuse(true)
			})
			defer cancel()
			if c.deadline > 0 {
				var stop context.CancelFunc
				ctx, stop = context.WithTimeout(ctx, c.deadline)
				defer stop()
			}
			req := &farsockv1.OpenRequest{Session: s.resource, Family: farsockv1.Family_FAMILY_UNIX, Type: stream}
			target, err := parseTarget("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			req.Connect = target.address
			if c.wait > 0 {
				req.Wait = durationpb.New(c.wait)
			}
			start := time.Now()
			_, err = s.client.Open(ctx, req)
			from := start
			if c.deadline == 0 {
				from = <-began
			}
			if took := time.Since(from); !Unreachable(err) || took < c.least || took > c.most {
				t.Errorf("Open = %v after %v", err, took)
			}
		})
	}
}

// A request keeps its fields, whatever became of it.
func TestOpenChangesNoRequest(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	req := &farsockv1.OpenRequest{Session: s.resource, Family: farsockv1.Family_FAMILY_INET, Type: stream, Wait: durationpb.New(time.Minute)}
	for i := range 2 {
		if _, err := s.client.Open(context.Background(), req); err != nil {
			t.Fatal(err)
		}
		if req.GetRequestId() != "" || req.GetWait().AsDuration() != time.Minute {
			t.Errorf("round %s: %v", strconv.Itoa(i), req)
		}
	}
	if got := sockets(t, s); len(got) != 2 {
		t.Errorf("%d sockets, want 2", len(got))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	defer cancel()
	if _, err := s.Dial(ctx, "tcp", "127.0.0.1:1"); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Dial = %v", err)
	}
}
