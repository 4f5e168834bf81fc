//go:build linux

package sock

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// troubled is a bound UDP socket whose error queue is not empty, and stays so:
// a timestamp of something sent is in it.
func troubled(t *testing.T, env *Env) *Socket {
	t.Helper()
	s := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: loopback(Inet)})
	err := s.desc.Do(func(fd int) error {
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING, unix.SOF_TIMESTAMPING_TX_SOFTWARE|unix.SOF_TIMESTAMPING_SOFTWARE)
	})
	if err != nil {
		t.Fatal(err)
	}
	sink := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: loopback(Inet)})
	if sent, err := s.Send(bg, SendRequest{Data: []byte("x"), To: info(t, sink).Local}, soon()); err != nil || !sent.Outcome.OK() {
		t.Fatalf("%+v, %v", sent, err)
	}
	if r, _, err := Poll(bg, []PollItem{{Socket: s}}, soon()); err != nil || len(r) != 1 || !r[0].Error {
		t.Fatalf("%+v, %v", r, err)
	}
	return s
}

// An error queue that is not empty is reported by epoll without end. A receive
// that has nothing to do with it sleeps all the same, and is woken by what comes.
func TestErrorQueueDoesNotSpin(t *testing.T) {
	env := newEnv(t)
	s := troubled(t, env)
	before, begun := processTime(t), time.Now()
	if got := receive(t, s, ReceiveRequest{Max: 10}, For(400*time.Millisecond)); got.Outcome.Code != WaitElapsed {
		t.Fatalf("%+v", got)
	}
	if used := processTime(t) - before; used > time.Since(begun)/4 {
		t.Errorf("%v of waiting took %v of the processor", time.Since(begun), used)
	}

	c, err := net.Dial("udp", info(t, s).Local.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 20 {
		got := startReceive(t, s, ReceiveRequest{Max: 10}, soon())
		until(t, func() bool { return s.recv.turn.count() == 1 })
		say(t, c, "x")
		if r := <-got; len(r.Datagrams) != 1 {
			t.Fatalf("%+v", r)
		}
	}
	if r, _, err := Poll(bg, []PollItem{{Socket: s, Readable: true}}, For(0)); err != nil || len(r) != 1 || !r[0].Error || r[0].Readable {
		t.Errorf("%+v, %v", r, err)
	}
}
