//go:build linux

package sock

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// datagrams returns two datagram sockets bound in the family, the second one
// connected to the first.
func datagrams(t *testing.T, env *Env, f Family) (a, b *Socket) {
	t.Helper()
	at, from := loopback(f), loopback(f)
	if f == Unix {
		dir := t.TempDir()
		at = &Address{Family: Unix, Path: filepath.Join(dir, "a")}
		from = &Address{Family: Unix, Path: filepath.Join(dir, "b")}
	}
	a = open(t, env, Spec{Family: f, Type: Datagram, Bind: at})
	b = open(t, env, Spec{Family: f, Type: Datagram, Bind: from, Connect: info(t, a).Local})
	return a, b
}

func sendText(t *testing.T, s *Socket, text string) {
	t.Helper()
	sent, err := s.Send(bg, SendRequest{Data: []byte(text)}, soon())
	if err != nil || !sent.Outcome.OK() || sent.Applied != int64(len(text)) {
		t.Fatalf("got %+v, %v", sent, err)
	}
}

func TestDatagramsKeepTheirBoundaries(t *testing.T) {
	for _, f := range []Family{Inet, Inet6, Unix} {
		t.Run(f.String(), func(t *testing.T) {
			env := newEnv(t)
			a, b := datagrams(t, env, f)
			for _, text := range []string{"one", "", "three", strings.Repeat("x", 3000)} {
				sendText(t, b, text)
			}
			peek := receive(t, a, ReceiveRequest{Max: 2, Peek: true}, soon())
			if len(peek.Datagrams) != 1 || string(peek.Datagrams[0].Data) != "on" || peek.Datagrams[0].FullLength != 3 || !peek.Datagrams[0].Truncated {
				t.Fatalf("peek: %+v", peek)
			}
			got := receive(t, a, ReceiveRequest{Max: 100, MaxDatagrams: 10}, soon())
			if len(got.Datagrams) != 4 || got.StoppedBy != StoppedByAvailable || got.Offset != 0 {
				t.Fatalf("got %+v", got)
			}
			for i, want := range []struct {
				data string
				full int
			}{{"one", 3}, {"", 0}, {"three", 5}, {strings.Repeat("x", 100), 3000}} {
				m := got.Datagrams[i]
				if string(m.Data) != want.data || m.FullLength != want.full || m.Truncated != (want.full > 100) || m.Offset != int64(i) {
					t.Errorf("datagram %d: %+v", i, m)
				}
				if m.Source == nil || m.Source.String() != info(t, b).Local.String() {
					t.Errorf("datagram %d: source %v", i, m.Source)
				}
			}
			if i := info(t, a); i.ReadOffset != 4 || i.AckedOffset != 4 {
				t.Errorf("got %+v", i)
			}
			if i := info(t, b); i.SendOffset != 4 {
				t.Errorf("got %+v", i)
			}
			if got := receive(t, a, ReceiveRequest{Max: 10}, For(5*time.Millisecond)); got.Outcome.Code != WaitElapsed || got.Offset != 4 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestManualDatagrams(t *testing.T) {
	env := newEnv(t)
	a, b := datagrams(t, env, Inet)
	for _, text := range []string{"a", "b", "c"} {
		sendText(t, b, text)
	}
	texts := func(r ReceiveRequest) string {
		t.Helper()
		s := ""
		for _, m := range receive(t, a, r, soon()).Datagrams {
			s += string(m.Data)
		}
		return s
	}
	for range 2 {
		if got := texts(ReceiveRequest{Max: 10, MaxDatagrams: 2, Manual: true}); got != "ab" {
			t.Fatalf("got %q", got)
		}
	}
	if got := texts(ReceiveRequest{Max: 10, MaxDatagrams: 5, Manual: true, Offset: at(1)}); got != "bc" {
		t.Fatalf("got %q", got)
	}
	if acked, held, err := a.Ack(1); err != nil || acked != 1 || held != 2 {
		t.Fatalf("got %d, %d, %v", acked, held, err)
	}
	if got := texts(ReceiveRequest{Max: 10}); got != "b" {
		t.Fatalf("got %q", got)
	}
	if got := texts(ReceiveRequest{Max: 10, MaxDatagrams: 5}); got != "c" {
		t.Fatalf("got %q", got)
	}
	if used := env.Budget.Used(); used != 0 {
		t.Errorf("%d of the budget taken", used)
	}
	// The window is a bound here too.
	env2 := newEnv(t)
	env2.Window = 2000
	a, b = datagrams(t, env2, Inet)
	for range 4 {
		sendText(t, b, strings.Repeat("x", 300))
	}
	if got := receive(t, a, ReceiveRequest{Max: 500, MaxDatagrams: 9, Manual: true}, soon()); len(got.Datagrams) != 2 {
		t.Fatalf("got %d", len(got.Datagrams))
	}
	if got := receive(t, a, ReceiveRequest{Max: 500, Manual: true, Offset: at(2)}, soon()); got.Outcome.Code != Limit {
		t.Fatalf("got %+v", got)
	}
}

func TestRefusedDatagramIsReportedOnce(t *testing.T) {
	env := newEnv(t)
	a, b := datagrams(t, env, Inet)
	dead := *info(t, a).Local
	a.Close(bg, false)
	sendText(t, b, "x")
	got := receive(t, b, ReceiveRequest{Max: 10}, soon())
	if got.Outcome.Code != Refused || got.End || got.Outcome.Errno != unix.ECONNREFUSED {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, b, ReceiveRequest{Max: 10}, For(0)); got.Outcome.Code != WouldBlock {
		t.Fatalf("got %+v", got)
	}
	// An error behind datagrams is kept for the next receive.
	again := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: &dead, Connect: info(t, b).Local})
	sendText(t, again, "y")
	again.Close(bg, false)
	sendText(t, b, "z")
	until(t, func() bool {
		r, _, err := Poll(bg, []PollItem{{Socket: b}}, For(0))
		return err == nil && len(r) == 1 && r[0].Error
	})
	codes := []Code{}
	for range 2 {
		codes = append(codes, receive(t, b, ReceiveRequest{Max: 10, MaxDatagrams: 5}, soon()).Outcome.Code)
	}
	if codes[0] != Done && codes[1] != Done || codes[0] != Refused && codes[1] != Refused {
		t.Fatalf("got %v", codes)
	}
}

func TestDatagramOutcomes(t *testing.T) {
	env := newEnv(t)
	a := open(t, env, Spec{Family: Inet, Type: Datagram})
	if sent, err := a.Send(bg, SendRequest{Data: []byte("x")}, soon()); err != nil || sent.Outcome.Code != DestinationRequired {
		t.Errorf("got %+v, %v", sent, err)
	}
	to := &Address{Family: Inet, Host: "localhost", Port: 9}
	if sent, err := a.Send(bg, SendRequest{Data: make([]byte, 70000), To: to}, soon()); err != nil || sent.Outcome.Code != MessageTooLarge || sent.Outcome.Peer.String() != "127.0.0.1:9" {
		t.Errorf("got %+v, %v", sent, err)
	}
	if sent, err := a.Send(bg, SendRequest{To: &Address{Family: Inet, Host: "255.255.255.255", Port: 9}}, soon()); err != nil || sent.Outcome.Code != NotPermitted && sent.Outcome.Code != Unreachable {
		t.Errorf("broadcast: %+v, %v", sent, err)
	}
}

// SO_ERROR tells an error that a receive met behind what it returned.
func TestErrorBehindDatagramsIsSOError(t *testing.T) {
	env := newEnv(t)
	_, b := datagrams(t, env, Inet)
	b.recv.mu.Lock()
	b.pend(unix.ECONNREFUSED)
	b.recv.mu.Unlock()
	for _, want := range []string{"ECONNREFUSED", ""} {
		if got, out, err := b.GetOption(Option{Kind: OptError}); err != nil || !out.OK() || got.Text != want {
			t.Errorf("got %+v, %+v, %v, want %q", got, out, err, want)
		}
	}
}

// A blocking recv(2) ends when the receiving direction is shut down.
func TestShutdownEndsDatagramReceive(t *testing.T) {
	env := newEnv(t)
	_, b := datagrams(t, env, Inet)
	done := startReceive(t, b, ReceiveRequest{Max: 10}, Forever())
	until(t, func() bool { return b.recv.turn.count() == 1 })
	if out, err := b.Shutdown(ShutRead); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := <-done; !got.Outcome.OK() || !got.End || len(got.Datagrams) != 0 {
		t.Fatalf("got %+v", got)
	}
}

// A full unconnected unix peer gives EAGAIN and no event: it must be waited
// for all the same.
func TestUnixDatagramWaitsForRoom(t *testing.T) {
	env := newEnv(t)
	a, _ := datagrams(t, env, Unix)
	c := open(t, env, Spec{Family: Unix, Type: Datagram})
	to := info(t, a).Local
	full := 0
	for {
		sent, err := c.Send(bg, SendRequest{Data: []byte("x"), To: to}, For(0))
		if err != nil {
			t.Fatal(err)
		}
		if sent.Outcome.Code == WouldBlock {
			break
		}
		full++
	}
	if sent, err := c.Send(bg, SendRequest{Data: []byte("x"), To: to}, For(60*time.Millisecond)); err != nil || sent.Outcome.Code != WaitElapsed {
		t.Fatalf("got %+v, %v", sent, err)
	}
	done := make(chan Sent, 1)
	go func() {
		sent, err := c.Send(bg, SendRequest{Data: []byte("last"), To: to}, soon())
		if err != nil {
			t.Error(err)
		}
		done <- sent
	}()
	until(t, func() bool { return c.send.turn.count() == 1 })
	for range full {
		if m := receive(t, a, ReceiveRequest{Max: 10}, soon()).Datagrams[0]; m.Source != nil {
			t.Fatalf("an unnamed sender has no address: %v", m.Source)
		}
	}
	if sent := <-done; !sent.Outcome.OK() {
		t.Fatalf("got %+v", sent)
	}
}

func TestDescriptorsAreClosedAndCounted(t *testing.T) {
	for _, typ := range []Type{Stream, Datagram} {
		t.Run(typ.String(), func(t *testing.T) {
			env := newEnv(t)
			kind := map[Type]int{Stream: unix.SOCK_STREAM, Datagram: unix.SOCK_DGRAM}[typ]
			fds, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close(fds[1])
			s, err := newSocket(env, fds[0], Unix, typ, 0)
			if err != nil {
				t.Fatal(err)
			}
			closing(t, s)
			before := openFDs()
			rights := unix.UnixRights(0, 1, 2)
			if err := unix.Sendmsg(fds[1], []byte("with three"), rights, nil, 0); err != nil {
				t.Fatal(err)
			}
			if got := receive(t, s, ReceiveRequest{Max: 100, Peek: true}, soon()); got.empty() {
				t.Fatalf("peek: %+v", got)
			}
			got := receive(t, s, ReceiveRequest{Max: 100}, soon())
			n := got.DescriptorsClosed
			if typ == Datagram {
				n = got.Datagrams[0].DroppedDescriptors
				if len(got.Datagrams[0].Control) != 0 {
					t.Errorf("descriptors are shown as control messages")
				}
			}
			if n != 3 || info(t, s).DescriptorsClosed != 3 {
				t.Errorf("%d closed, %+v", n, info(t, s))
			}
			until(t, func() bool { return openFDs() == before })
		})
	}
}

func TestPacketInfoGivesTheDestination(t *testing.T) {
	env := newEnv(t)
	one := int32(1)
	a := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: &Address{Family: Inet}, Options: []Option{
		{Kind: OptRaw, Raw: Raw{Level: unix.SOL_IP, Name: unix.IP_PKTINFO, Int: &one}},
	}})
	b := open(t, env, Spec{Family: Inet, Type: Datagram})
	to := &Address{Family: Inet, Host: "127.0.0.3", Port: info(t, a).Local.Port}
	if sent, err := b.Send(bg, SendRequest{To: to}, soon()); err != nil || !sent.Outcome.OK() {
		t.Fatalf("got %+v, %v", sent, err)
	}
	m := receive(t, a, ReceiveRequest{Max: 10}, soon()).Datagrams[0]
	if m.Destination == nil || m.Destination.String() != to.String() || len(m.Control) != 1 {
		t.Fatalf("got %+v", m)
	}
}

func TestDropsAreShown(t *testing.T) {
	env := newEnv(t)
	a := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: loopback(Inet), Options: []Option{{Kind: OptReceiveBuffer, Int: 4096}}})
	b := open(t, env, Spec{Family: Inet, Type: Datagram, Connect: info(t, a).Local})
	for range 200 {
		sendText(t, b, strings.Repeat("x", 1000))
	}
	if i := info(t, a); i.Drops == 0 || i.ReceiveQueue != 1000 {
		t.Fatalf("got %+v", i)
	}
}
