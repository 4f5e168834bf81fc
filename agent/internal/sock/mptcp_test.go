//go:build linux

package sock

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// needMPTCP skips the test where the kernel has none.
func needMPTCP(t *testing.T) {
	t.Helper()
	if !HasMPTCP() {
		t.Skip("the kernel makes no MPTCP sockets")
	}
}

// multipath is a listener and both ends of a connection to it.
func multipath(t *testing.T, env *Env) (l, c, s *Socket) {
	t.Helper()
	l = open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Bind: loopback(Inet), Listen: port(7)})
	c = open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Connect: info(t, l).Local})
	accepted, err := l.Accept(bg, soon(), nil)
	if err != nil || !accepted.Outcome.OK() {
		t.Fatalf("%+v, %v", accepted, err)
	}
	return l, c, closing(t, accepted.Socket)
}

func TestMPTCP(t *testing.T) {
	needMPTCP(t)
	env := newEnv(t)
	bare := open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP})
	if i := info(t, bare); i.State != StateOpen || i.TCPState != "CLOSE" || i.Protocol != unix.IPPROTO_MPTCP {
		t.Errorf("bare: %+v", i)
	}
	l, c, s := multipath(t, env)
	if i := info(t, l); i.State != StateListening || i.TCPState != "LISTEN" || i.Backlog != 7 || i.AcceptQueue != 0 || i.ReceiveQueue != -1 || i.SendQueue != -1 {
		t.Errorf("listener: %+v", i)
	}
	if x, err := l.TCPInfo(); x != nil || err != nil {
		t.Errorf("a listener's TCP_INFO: %+v, %v", x, err)
	}
	for _, end := range []*Socket{c, s} {
		if i := info(t, end); i.State != StateConnected || i.TCPState != "ESTABLISHED" || i.Protocol != unix.IPPROTO_MPTCP || i.Peer == nil {
			t.Errorf("%+v", i)
		}
		if x, err := end.TCPInfo(); err != nil || x == nil || x.StateName != "ESTABLISHED" || x.Snd_mss == 0 {
			t.Errorf("%+v, %v", x, err)
		}
		if m, err := end.Memory(); err != nil || m == nil || m.SendBuffer == 0 {
			t.Errorf("%+v, %v", m, err)
		}
	}
	if sent, err := c.Send(bg, SendRequest{Data: []byte("both ways")}, soon()); err != nil || sent.Applied != 9 {
		t.Fatalf("%+v, %v", sent, err)
	}
	arrived(t, s, 9)
	if got := receive(t, s, ReceiveRequest{Max: 100}, soon()); string(got.Data) != "both ways" {
		t.Fatalf("%+v", got)
	}
	if out, err := c.Shutdown(ShutWrite); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := receive(t, s, ReceiveRequest{Max: 100}, soon()); !got.End || !got.Outcome.OK() {
		t.Fatalf("%+v", got)
	}
	open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Connect: info(t, l).Local})
	until(t, func() bool { return info(t, l).AcceptQueue == 1 })
}

func TestMPTCPAbort(t *testing.T) {
	needMPTCP(t)
	_, c, s := multipath(t, newEnv(t))
	if out, err := c.Close(bg, true); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := receive(t, s, ReceiveRequest{Max: 1}, soon()); got.Outcome.Code != Reset {
		t.Errorf("the peer sees %+v", got)
	}
	until(t, func() bool { return info(t, s).State == StateDisconnected })
}

// Bytes that were read and handed to nobody end with a reset, too.
func TestMPTCPHeldUnread(t *testing.T) {
	needMPTCP(t)
	_, c, s := multipath(t, newEnv(t))
	if _, err := c.Send(bg, SendRequest{Data: []byte("ab")}, soon()); err != nil {
		t.Fatal(err)
	}
	arrived(t, s, 2)
	if got := receive(t, s, ReceiveRequest{Max: 10, Until: Until{Delimiter: []byte("a")}}, soon()); string(got.Data) != "a" || got.Held != 1 {
		t.Fatalf("%+v", got)
	}
	s.Close(bg, false)
	if got := receive(t, c, ReceiveRequest{Max: 1}, soon()); got.Outcome.Code != Reset {
		t.Errorf("the peer sees %+v", got)
	}
}

func TestMPTCPRefused(t *testing.T) {
	needMPTCP(t)
	env := newEnv(t)
	_, res, err := Open(bg, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Connect: refusing(t, env)}, soon())
	if err != nil || res.Outcome.Code != Refused || res.Stage != StageConnect {
		t.Errorf("%+v, %v", res, err)
	}
}

// A client that knows no MPTCP gets a TCP connection.
func TestMPTCPFallsBack(t *testing.T) {
	needMPTCP(t)
	env := newEnv(t)
	l := open(t, env, Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_MPTCP, Bind: loopback(Inet), Listen: port(7)})
	c := dial(t, l).(*net.TCPConn)
	accepted, err := l.Accept(bg, soon(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := closing(t, accepted.Socket)
	if i := info(t, s); i.TCPState != "ESTABLISHED" || i.State != StateConnected {
		t.Errorf("%+v", i)
	}
	say(t, c, "x")
	if got := receive(t, s, ReceiveRequest{Max: 10}, soon()); string(got.Data) != "x" {
		t.Errorf("%+v", got)
	}
	s.Close(bg, true)
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the client sees %v", err)
	}
}

// The kernel would take MSG_OOB for an ordinary send and receive.
func TestMPTCPHasNoUrgentData(t *testing.T) {
	needMPTCP(t)
	env := newEnv(t)
	refused := func(err error) {
		t.Helper()
		var wrong *ArgumentError
		if !errors.As(err, &wrong) || wrong.Field != "out_of_band" {
			t.Errorf("got %v", err)
		}
	}
	l, c, s := multipath(t, env)
	_, err := c.Send(bg, SendRequest{Data: []byte("x"), OutOfBand: true}, soon())
	refused(err)
	_, err = s.Receive(bg, ReceiveRequest{Max: 1, OutOfBand: true}, For(0))
	refused(err)
	if i := info(t, c); i.SendOffset != 0 {
		t.Errorf("got %+v", i)
	}
	// What an MPTCP listener accepted from a client of plain TCP is a TCP socket.
	tcp := open(t, env, Spec{Family: Inet, Type: Stream, Connect: info(t, l).Local})
	a, err := l.Accept(bg, soon(), nil)
	if err != nil {
		t.Fatal(err)
	}
	send(t, closing(t, a.Socket), SendRequest{Data: []byte("!"), OutOfBand: true}, soon())
	if got := receive(t, tcp, ReceiveRequest{Max: 1, OutOfBand: true}, soon()); string(got.Data) != "!" {
		t.Errorf("got %+v", got)
	}
}
