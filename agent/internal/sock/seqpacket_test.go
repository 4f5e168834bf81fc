//go:build linux

package sock

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// packetPair returns a socket of ours and the descriptor of its peer, which the
// test closes.
func packetPair(t *testing.T, env *Env, typ Type) (*Socket, int) {
	t.Helper()
	kind := map[Type]int{Stream: unix.SOCK_STREAM, Datagram: unix.SOCK_DGRAM, Seqpacket: unix.SOCK_SEQPACKET}[typ]
	fds, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSocket(env, fds[0], Unix, typ, 0)
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, s), fds[1]
}

func put(t *testing.T, fd int, text string) {
	t.Helper()
	if err := unix.Sendto(fd, []byte(text), unix.MSG_NOSIGNAL, nil); err != nil {
		t.Fatal(err)
	}
}

func TestSeqpacketOverAListener(t *testing.T) {
	env := newEnv(t)
	name := &Address{Family: Unix, Abstract: []byte("farsock-seqpacket-" + t.TempDir())}
	l := open(t, env, Spec{Family: Unix, Type: Seqpacket, Bind: name, Listen: port(3)})
	c := open(t, env, Spec{Family: Unix, Type: Seqpacket, Connect: name})
	accepted, err := l.Accept(bg, soon(), nil)
	if err != nil || !accepted.Outcome.OK() {
		t.Fatalf("%+v, %v", accepted, err)
	}
	s := closing(t, accepted.Socket)
	for _, text := range []string{"one", "", "three", strings.Repeat("x", 3000), ""} {
		sendText(t, c, text)
	}
	got := receive(t, s, ReceiveRequest{Max: 100, MaxDatagrams: 10}, soon())
	if len(got.Datagrams) != 5 || got.End {
		t.Fatalf("got %+v", got)
	}
	for i, want := range []struct {
		data string
		full int
	}{{"one", 3}, {"", 0}, {"three", 5}, {strings.Repeat("x", 100), 3000}, {"", 0}} {
		m := got.Datagrams[i]
		if string(m.Data) != want.data || m.FullLength != want.full || m.Truncated != (want.full > 100) || m.Offset != int64(i) {
			t.Errorf("packet %d: %+v", i, m)
		}
	}
	if i := info(t, c); i.SendOffset != 5 {
		t.Errorf("got %+v", i)
	}
	if sent, err := c.Send(bg, SendRequest{Batch: []Outgoing{{Data: []byte("a")}, {}, {Data: []byte("c")}}}, soon()); err != nil || !sent.Outcome.OK() || sent.Messages != 3 {
		t.Fatalf("got %+v, %v", sent, err)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9, MaxDatagrams: 9, Manual: true}, soon()); len(got.Datagrams) != 3 {
		t.Fatalf("got %+v", got)
	}
	if got := receive(t, s, ReceiveRequest{Max: 9, MaxDatagrams: 9}, soon()); len(got.Datagrams) != 3 {
		t.Fatalf("got %+v", got)
	}
	// A connection that nobody made.
	bare := open(t, env, Spec{Family: Unix, Type: Seqpacket})
	if got := receive(t, bare, ReceiveRequest{Max: 9}, soon()); got.Outcome.Code != NotConnected || got.End {
		t.Fatalf("got %+v", got)
	}
	if sent, err := bare.Send(bg, SendRequest{Data: []byte("x")}, soon()); err != nil || sent.Outcome.Code != NotConnected {
		t.Fatalf("got %+v, %v", sent, err)
	}
}

// recvmsg(2) answers 0 bytes to an empty packet and at the end.
func TestSeqpacketEnd(t *testing.T) {
	endings := map[string]func(fd int){
		"close":    func(fd int) { unix.Close(fd) },
		"shutdown": func(fd int) { unix.Shutdown(fd, unix.SHUT_WR) },
	}
	for ending, end := range endings {
		for _, sent := range [][]string{nil, {""}, {"", ""}, {"a", ""}, {"", "a"}, {"", "a", ""}} {
			for _, creds := range []int{0, 1} {
				t.Run(ending+" after "+strings.Join(sent, ","), func(t *testing.T) {
					env := newEnv(t)
					s, fd := packetPair(t, env, Seqpacket)
					if creds == 1 {
						one := int32(1)
						if _, out, err := s.SetOption(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_PASSCRED, Int: &one}}); err != nil || !out.OK() {
							t.Fatalf("%+v, %v", out, err)
						}
					}
					for _, text := range sent {
						put(t, fd, text)
					}
					end(fd)
					if ending == "shutdown" {
						defer unix.Close(fd)
					}
					for i, text := range sent {
						if peek := receive(t, s, ReceiveRequest{Max: 9, Peek: true}, soon()); len(peek.Datagrams) != 1 || peek.End {
							t.Fatalf("peek at %d: %+v", i, peek)
						}
						got := receive(t, s, ReceiveRequest{Max: 9}, soon())
						if len(got.Datagrams) != 1 || string(got.Datagrams[0].Data) != text || got.End {
							t.Fatalf("packet %d: %+v", i, got)
						}
						if n := len(got.Datagrams[0].Control); n != creds || got.Datagrams[0].ControlTruncated {
							t.Fatalf("packet %d has %d control messages: %+v", i, n, got)
						}
					}
					if info(t, s).EndSeen {
						t.Fatal("the end was seen before it was told")
					}
					for _, w := range []Wait{soon(), For(0), Forever()} {
						got := receive(t, s, ReceiveRequest{Max: 9, MaxDatagrams: 4}, w)
						if !got.Outcome.OK() || !got.End || got.StoppedBy != StoppedByEnd || len(got.Datagrams) != 0 || got.Offset != int64(len(sent)) {
							t.Fatalf("the end: %+v", got)
						}
					}
					if !info(t, s).EndSeen {
						t.Error("the end was not seen")
					}
					if n, err := unix.GetsockoptInt(fdOf(s), unix.SOL_SOCKET, unix.SO_PASSCRED); err != nil || n != creds {
						t.Errorf("SO_PASSCRED is %d, %v", n, err)
					}
				})
			}
		}
	}
}

// fdOf is the socket's descriptor; the test knows that it stays open.
func fdOf(s *Socket) (fd int) {
	_ = s.desc.Do(func(n int) error { fd = n; return nil })
	return fd
}

// A peer that closes with packets unread resets the connection.
func TestSeqpacketReset(t *testing.T) {
	env := newEnv(t)
	s, fd := packetPair(t, env, Seqpacket)
	put(t, fd, "last")
	sendText(t, s, "never read")
	unix.Close(fd)
	codes := []Outcome{}
	for range 3 {
		got := receive(t, s, ReceiveRequest{Max: 9}, soon())
		codes = append(codes, got.Outcome)
		if got.Outcome.Code == Reset && !got.End {
			t.Errorf("got %+v", got)
		}
	}
	// As the kernel has it: the error first, then the packet, then the end.
	if codes[0].Code != Reset || !codes[1].OK() || !codes[2].OK() {
		t.Errorf("got %+v", codes)
	}
	if sent, err := s.Send(bg, SendRequest{Data: []byte("x")}, soon()); err != nil || sent.Outcome.Code != BrokenPipe {
		t.Errorf("got %+v, %v", sent, err)
	}
}

// A stream of items ends where the packets do.
func TestSeqpacketAttached(t *testing.T) {
	env := newEnv(t)
	s, fd := packetPair(t, env, Seqpacket)
	put(t, fd, "")
	put(t, fd, "x")
	put(t, fd, "")
	unix.Close(fd)
	a, err := s.Attach(bg, AttachRequest{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Detach()
	items := 0
	for {
		chunk, err := a.Read(bg, 1000)
		if err != nil {
			t.Fatal(err)
		}
		items += len(chunk.Items)
		if chunk.End != nil {
			if !chunk.End.OK() || chunk.Offset != 3 || items != 3 {
				t.Errorf("%d packets, then %+v", items, chunk)
			}
			return
		}
	}
}

// What a window, or the little that a full budget leaves, has room for is the next
// packet's matter, not that of all that wait; and an error that only looking at
// its size tells is not lost.
func TestSeqpacketManualFillsTheWindow(t *testing.T) {
	for _, budget := range []int64{0, 1 << 30} {
		env := newEnv(t)
		env.Budget = NewBudget(budget)
		s, peer := packetPair(t, env, Seqpacket)
		for range 20 {
			put(t, peer, strings.Repeat("p", 1000))
		}
		a := attach(t, s, AttachRequest{Manual: true, Window: 10000})
		most := 6 // of 1512 each
		if budget == 0 {
			most = 2 // in 4096
		}
		got := 0
		for got < most {
			c, err := a.Read(bg, 1<<20)
			if err != nil || c.End != nil {
				t.Fatal(c, err)
			}
			got += len(c.Items)
		}
		if i := info(t, s); got != most || i.Held != int64(most)*1000 {
			t.Errorf("budget %d: %d packets, %d bytes held", budget, got, i.Held)
		}
		if err := a.Ack(int64(got)); err != nil {
			t.Fatal(err)
		}
		put(t, fdOf(s), "what the peer never reads")
		unix.Close(peer)
		reset := false
		for acked := int64(got); !reset; {
			c, err := a.Read(bg, 1<<20)
			switch {
			case err != nil:
				t.Fatal(err)
			case c.End != nil:
				if reset = true; c.End.Code != Reset {
					t.Errorf("budget %d: ended with %v", budget, c.End.Code)
				}
			default:
				if acked += int64(len(c.Items)); a.Ack(acked) != nil {
					t.Fatal("not acknowledged")
				}
			}
		}
		a.Detach()
	}
}
