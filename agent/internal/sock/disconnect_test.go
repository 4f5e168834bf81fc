//go:build linux

package sock

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

func disconnect(t *testing.T, s *Socket) Outcome {
	t.Helper()
	out, err := s.Disconnect()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A datagram socket hears everyone again, and keeps what it had.
func TestDisconnectUDP(t *testing.T) {
	for _, f := range []Family{Inet, Inet6} {
		t.Run(f.String(), func(t *testing.T) {
			env := newEnv(t)
			a, b := datagrams(t, env, f)
			stranger := open(t, env, Spec{Family: f, Type: Datagram})
			if out, _, err := a.Connect(bg, *info(t, b).Local, soon()); err != nil || !out.OK() {
				t.Fatalf("%+v, %v", out, err)
			}
			sendText(t, b, "before")
			local := info(t, a).Local
			if out := disconnect(t, a); !out.OK() {
				t.Fatalf("got %+v", out)
			}
			if i := info(t, a); i.Peer != nil || i.State == StateConnected {
				t.Errorf("got %+v", i)
			}
			if got := receive(t, a, ReceiveRequest{Max: 9}, soon()); string(got.Datagrams[0].Data) != "before" {
				t.Fatalf("got %+v", got)
			}
			if sent := send(t, a, SendRequest{Data: []byte("x")}, soon()); sent.Outcome.Code != DestinationRequired {
				t.Errorf("got %+v", sent)
			}
			// The port that the kernel had chosen at bind is gone; the send chose another.
			before := local
			if local = info(t, a).Local; local == nil || local.Port == before.Port {
				t.Fatalf("was %v, is %v", before, local)
			}
			if sent := send(t, stranger, SendRequest{Data: []byte("hello"), To: local}, soon()); !sent.Outcome.OK() {
				t.Fatalf("got %+v", sent)
			}
			if got := receive(t, a, ReceiveRequest{Max: 9}, soon()); string(got.Datagrams[0].Data) != "hello" || got.Offset != 1 {
				t.Fatalf("got %+v", got)
			}
			for range 2 { // also when there is nothing to dissolve
				if out := disconnect(t, a); !out.OK() {
					t.Errorf("got %+v", out)
				}
			}
		})
	}
}

func TestDisconnectUnix(t *testing.T) {
	env := newEnv(t)
	a, b := datagrams(t, env, Unix)
	if out := disconnect(t, b); !out.OK() || info(t, b).Peer != nil || info(t, b).State != StateBound {
		t.Fatalf("got %+v, %+v", out, info(t, b))
	}
	if sent := send(t, b, SendRequest{Data: []byte("x")}, soon()); sent.Outcome.Code != NotConnected {
		t.Errorf("got %+v", sent)
	}
	if sent := send(t, b, SendRequest{Data: []byte("x"), To: info(t, a).Local}, soon()); !sent.Outcome.OK() {
		t.Errorf("got %+v", sent)
	}
	s, fd := packetPair(t, env, Stream)
	defer unix.Close(fd)
	if out := disconnect(t, s); out.Errno != unix.EINVAL || out.Syscall != "connect" {
		t.Errorf("a unix stream: %+v", out)
	}
}

// A TCP connection is reset; the socket can be used again.
func TestDisconnectTCP(t *testing.T) {
	env := newEnv(t)
	s, c := connected(t, env)
	say(t, c, "one\ntwo\nthree")
	arrived(t, s, 13)
	if got := receive(t, s, ReceiveRequest{Max: 100, Until: Until{Delimiter: []byte("\n")}}, soon()); string(got.Data) != "one\n" || got.Held != 9 {
		t.Fatalf("got %+v", got)
	}
	if out, err := s.Shutdown(ShutWrite); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if out := disconnect(t, s); !out.OK() {
		t.Fatalf("got %+v", out)
	}
	i := info(t, s)
	if i.State == StateConnected || i.State == StateDisconnected || i.TCPState != "CLOSE" || i.Held != 0 || i.ReadOffset != 13 || i.AckedOffset != 13 || i.WriteShutDown {
		t.Errorf("got %+v", i)
	}
	if used := env.Budget.Used(); used != 0 {
		t.Errorf("%d of the budget taken", used)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the peer saw no reset")
	}
	// The kernel tells it here too, once.
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); got.Outcome.Code != Reset {
		t.Errorf("got %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); got.Outcome.Code != NotConnected {
		t.Errorf("got %+v", got)
	}
	if sent := send(t, s, SendRequest{Data: []byte("x")}, soon()); sent.Outcome.Code != BrokenPipe {
		t.Errorf("got %+v", sent)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if out, _, err := s.Connect(bg, Address{Family: Inet, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}, soon()); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	again, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	say(t, again, "second life")
	if got := receive(t, s, ReceiveRequest{Max: 99}, soon()); string(got.Data) != "second life" || got.Offset != 13 {
		t.Fatalf("got %+v", got)
	}
}

// Whoever waits on the connection is told that it is over.
func TestDisconnectWakes(t *testing.T) {
	env := newEnv(t)
	s, _ := connected(t, env)
	outcomes, sends := make(chan Outcome, 2), make(chan Outcome, 1)
	go func() {
		got, err := s.Receive(bg, ReceiveRequest{Max: 9}, Forever())
		if err != nil {
			t.Error(err)
		}
		outcomes <- got.Outcome
	}()
	go func() {
		sent, err := s.Send(bg, SendRequest{Data: make([]byte, 64<<20)}, Forever())
		if err != nil {
			t.Error(err)
		}
		sends <- sent.Outcome
	}()
	until(t, func() bool { return s.recv.turn.count() == 1 && s.send.turn.count() == 1 })
	disconnect(t, s)
	if out := <-outcomes; out.Code != BrokenPipe {
		t.Errorf("receive got %+v", out)
	}
	if out := <-sends; out.Code != Reset { // the one whom the kernel tells
		t.Errorf("send got %+v", out)
	}

	l := listen(t, env, loopback(Inet))
	go func() {
		a, err := l.Accept(bg, Forever(), nil)
		if err != nil {
			t.Error(err)
		}
		outcomes <- a.Outcome
	}()
	until(t, func() bool { return l.acceptTurn.count() == 1 })
	if out := disconnect(t, l); !out.OK() || info(t, l).State == StateListening {
		t.Fatalf("%+v, %+v", out, info(t, l))
	}
	if out := <-outcomes; out.Code != InvalidArgument {
		t.Errorf("got %+v", out)
	}
}

// Shutdown of a listener, or of an attempt to connect, dissolves it: nothing is
// shut down.
func TestShutdownDissolves(t *testing.T) {
	env := newEnv(t)
	l := listen(t, env, loopback(Inet))
	if out, err := l.Shutdown(ShutBoth); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if i := info(t, l); i.State == StateListening || i.ReadShutDown || i.WriteShutDown {
		t.Errorf("got %+v", i)
	}
	// UDP without a peer answers ENOTCONN and is shut down all the same.
	u := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: loopback(Inet)})
	if out, err := u.Shutdown(ShutBoth); err != nil || out.Code != NotConnected {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := receive(t, u, ReceiveRequest{Max: 9}, Forever()); !got.Outcome.OK() || !got.End {
		t.Errorf("got %+v", got)
	}
	if sent := send(t, u, SendRequest{To: info(t, u).Local}, soon()); sent.Outcome.Code != BrokenPipe {
		t.Errorf("got %+v", sent)
	}
}
