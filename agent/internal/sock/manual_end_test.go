//go:build linux

package sock

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func (a *Attachment) readEnd(t *testing.T, at int64, how Code) {
	t.Helper()
	c, err := a.Read(bg, 100)
	if err != nil || c.End == nil || c.End.Code != how || c.Offset != at {
		t.Fatalf("got %+v, %v, want the end at %d, %s", c, err, at, how)
	}
}

// The end comes after all data, on every attachment, as it first was; a receive
// without one is told what recv(2) tells, once, whatever attachments were told.
func TestEndIsHeld(t *testing.T) {
	rows := []struct {
		name string
		end  func(*testing.T, *Socket, *net.TCPConn)
		how  Code
		recv Code
	}{
		{"orderly", func(t *testing.T, _ *Socket, c *net.TCPConn) { c.Close() }, Done, Done},
		{"reset", func(t *testing.T, _ *Socket, c *net.TCPConn) { resetBy(t, c) }, Reset, Reset},
		{"reset, told to a receive", func(t *testing.T, s *Socket, c *net.TCPConn) {
			resetBy(t, c)
			until(t, func() bool { return info(t, s).TCPState == "CLOSE" })
			receive(t, s, ReceiveRequest{Max: 4, Manual: true}, soon())
			if got := receive(t, s, ReceiveRequest{Max: 4, Manual: true, Offset: at(4)}, soon()); got.Outcome.Code != Reset {
				t.Fatalf("got %+v", got)
			}
		}, Reset, Reset},
		{"reset, told to a send", func(t *testing.T, s *Socket, c *net.TCPConn) {
			resetBy(t, c)
			until(t, func() bool { return info(t, s).TCPState == "CLOSE" })
			if sent, err := s.Send(bg, SendRequest{Data: []byte("x")}, For(0)); err != nil || sent.Outcome.Code != Reset {
				t.Fatalf("got %+v, %v", sent, err)
			}
		}, Reset, Done},
		{"reset, told by SO_ERROR", func(t *testing.T, s *Socket, c *net.TCPConn) {
			resetBy(t, c)
			until(t, func() bool { return info(t, s).TCPState == "CLOSE" })
			if o, _, err := s.GetOption(Option{Kind: OptError}); err != nil || o.Text != "ECONNRESET" {
				t.Fatalf("got %+v, %v", o, err)
			}
		}, Reset, Done},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s, c := connected(t, newEnv(t))
			say(t, c, "data")
			arrived(t, s, 4)
			row.end(t, s, c)
			a := attach(t, s, AttachRequest{Manual: true})
			a.read(t, "data")
			a.readEnd(t, 4, row.how)
			a.readEnd(t, 4, row.how)
			a.Detach()
			a = attach(t, s, AttachRequest{Manual: true})
			if end := a.End(); end == nil || end.Code != row.how || a.ReceiveEnd() != 4 {
				t.Errorf("attached: %+v at %d", end, a.ReceiveEnd())
			}
			a.read(t, "data")
			if err := a.Ack(4); err != nil {
				t.Fatal(err)
			}
			a.readEnd(t, 4, row.how)
			a.Detach()
			a = attach(t, s, AttachRequest{}) // and with AUTO
			a.readEnd(t, 4, row.how)
			a.Detach()
			for _, want := range []Code{row.recv, Done} {
				if got := receive(t, s, ReceiveRequest{Max: 1}, For(0)); !got.End || got.Outcome.Code != want {
					t.Errorf("recv(2): %+v", got)
				}
			}
			if !info(t, s).EndSeen {
				t.Error("the end is not shown as seen")
			}
		})
	}
}

// resetBy makes c's end a RST.
func resetBy(t *testing.T, c *net.TCPConn) {
	t.Helper()
	if err := c.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	c.Close()
}

// An end is that of one connection.
func TestEndGoesWithItsConnection(t *testing.T) {
	env := newEnv(t)
	s, c := connected(t, env)
	resetBy(t, c)
	a := attach(t, s, AttachRequest{})
	a.readEnd(t, 0, Reset)
	if out, err := a.CloseWrite(); err != nil || out.Code != NotConnected {
		t.Fatal(out, err)
	}
	if over := a.SendOver(); over == nil || over.Code != NotConnected {
		t.Errorf("sending: %+v", over)
	}
	a.Detach()
	if out, err := s.Disconnect(); err != nil || !out.OK() {
		t.Fatal(out, err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to := Address{Family: Inet, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
	if out, _, err := s.Connect(bg, to, soon()); err != nil || out.Code == Reset { // which a disconnect leaves, once
		out, _, err = s.Connect(bg, to, soon())
		if err != nil || !out.OK() {
			t.Fatal(out, err)
		}
	}
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	a = attach(t, s, AttachRequest{Manual: true})
	if a.End() != nil || a.SendOver() != nil {
		t.Errorf("ended: %+v, %+v", a.End(), a.SendOver())
	}
	say(t, peer, "new")
	a.read(t, "new")
}

// One without a peer has not ended for good.
func TestNotConnectedIsNoEnd(t *testing.T) {
	s := open(t, newEnv(t), Spec{Family: Inet, Type: Stream})
	a := attach(t, s, AttachRequest{Manual: true})
	a.readEnd(t, 0, NotConnected)
	if a.End() != nil {
		t.Errorf("kept: %+v", a.End())
	}
	packets := open(t, newEnv(t), Spec{Family: Unix, Type: Seqpacket})
	b := attach(t, packets, AttachRequest{Manual: true})
	b.readEnd(t, 0, NotConnected)
}

// Bytes handed out to a stream were got by someone, acknowledged or not; others
// make Close reset.
func TestCloseOfAManualStream(t *testing.T) {
	for _, row := range []struct {
		read string
		want error
	}{{"abcdef", nil}, {"", syscall.ECONNRESET}} {
		s, c := connected(t, newEnv(t))
		say(t, c, "abcdef")
		arrived(t, s, 6)
		a := attach(t, s, AttachRequest{Manual: true})
		if row.read != "" {
			a.read(t, row.read)
		} else { // held, and handed out to nobody
			s.recv.mu.Lock()
			_, errno, err := s.fill(ReceiveRequest{}, 6, 6)
			s.recv.mu.Unlock()
			if errno != 0 || err != nil {
				t.Fatal(errno, err)
			}
		}
		if _, err := s.Close(bg, false); err != nil {
			t.Fatal(err)
		}
		if err := peerSees(t, c); !errors.Is(err, row.want) && (row.want != nil || err.Error() != "EOF") {
			t.Errorf("read %q: the peer sees %v", row.read, err)
		}
	}
}

func TestSeqpacketManual(t *testing.T) {
	s, peer := packetPair(t, newEnv(t), Seqpacket)
	for _, text := range []string{"a", "", "bc"} {
		put(t, peer, text)
	}
	unix.Close(peer)
	for range 2 {
		a := attach(t, s, AttachRequest{Manual: true})
		a.read(t, "abc")
		a.readEnd(t, 3, Done)
		a.Detach()
	}
}
