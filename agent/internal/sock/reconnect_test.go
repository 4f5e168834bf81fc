//go:build linux

package sock

import (
	"net"
	"testing"
)

// What an attempt that failed left behind is not the next connection's.
func TestConnectionAfterAFailedAttempt(t *testing.T) {
	for _, manual := range []bool{false, true} {
		env := newEnv(t)
		l := listen(t, env, loopback(Inet))
		good, bad := *info(t, l).Local, *refusing(t, env)
		s := open(t, env, Spec{Family: Inet, Type: Stream})
		if out, _, err := s.Connect(bg, bad, For(0)); err != nil || out.Code != InProgress {
			t.Fatalf("%+v, %v", out, err)
		}
		r := ReceiveRequest{Max: 9, Manual: manual}
		if got := receive(t, s, r, soon()); got.Outcome.Code != Refused {
			t.Fatalf("got %+v", got)
		}
		if !manual { // which goes on telling the error
			if got := receive(t, s, r, For(0)); !got.End || !info(t, s).EndSeen {
				t.Fatalf("got %+v", got)
			}
		}
		until(t, func() bool { // the kernel says ECONNABORTED first
			out, _, err := s.Connect(bg, good, For(0))
			return err == nil && out.OK()
		})
		if i := info(t, s); i.EndSeen || i.State != StateConnected {
			t.Errorf("got %+v", i)
		}
		a, err := s.Attach(bg, AttachRequest{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := l.Accept(bg, soon(), nil)
		if err != nil {
			t.Fatal(err)
		}
		send(t, closing(t, c.Socket), SendRequest{Data: []byte("hello")}, soon())
		if chunk, err := a.Read(bg, 9); err != nil || string(chunk.Data) != "hello" || chunk.End != nil || info(t, s).EndSeen {
			t.Errorf("%+v, %v", chunk, err)
		}
		a.Detach()
	}
}

// A connection's own end is not forgotten when its attempt is asked about.
func TestEndBeforeTheAttemptIsAskedAbout(t *testing.T) {
	env := newEnv(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer := Address{Family: Inet, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
	s := open(t, env, Spec{Family: Inet, Type: Stream})
	if out, _, err := s.Connect(bg, peer, For(0)); err != nil || out.Code != InProgress {
		t.Fatalf("%+v, %v", out, err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if got := receive(t, s, ReceiveRequest{Max: 9}, soon()); !got.End {
		t.Fatalf("got %+v", got)
	}
	if out, _, err := s.Connect(bg, peer, For(0)); err != nil || !out.OK() || !info(t, s).EndSeen {
		t.Errorf("%+v, %v, %+v", out, err, info(t, s))
	}
}
