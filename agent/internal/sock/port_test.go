//go:build linux

package sock

import (
	"context"
	"testing"

	"golang.org/x/sys/unix"
)

// What a TCP socket's name is worth once its connection, attempt or listening
// is over: another can bind a port that the kernel had chosen.
func TestPortAfterDissolving(t *testing.T) {
	endings := map[string]func(t *testing.T, env *Env, s *Socket){
		"a listener disconnected": func(t *testing.T, _ *Env, s *Socket) {
			if out, err := s.Listen(bg, 3); err != nil || !out.OK() {
				t.Fatalf("%+v, %v", out, err)
			}
			disconnect(t, s)
		},
		"a listener shut down": func(t *testing.T, _ *Env, s *Socket) {
			if out, err := s.Listen(bg, 3); err != nil || !out.OK() {
				t.Fatalf("%+v, %v", out, err)
			}
			if out, err := s.Shutdown(ShutRead); err != nil || !out.OK() {
				t.Fatalf("%+v, %v", out, err)
			}
		},
		"a connection disconnected": func(t *testing.T, env *Env, s *Socket) {
			if out, _, err := s.Connect(bg, *info(t, listen(t, env, loopback(Inet))).Local, soon()); err != nil || !out.OK() {
				t.Fatalf("%+v, %v", out, err)
			}
			disconnect(t, s)
		},
		"an attempt refused": func(t *testing.T, env *Env, s *Socket) {
			if out, _, err := s.Connect(bg, *refusing(t, env), soon()); err != nil || out.Code != Refused {
				t.Fatalf("%+v, %v", out, err)
			}
		},
		"nothing but a disconnect": func(t *testing.T, _ *Env, s *Socket) { disconnect(t, s) },
		"no route": func(t *testing.T, _ *Env, s *Socket) {
			if out, _, err := s.Connect(bg, Address{Family: Inet, Host: "240.0.0.1", Port: 9}, soon()); err != nil || out.OK() {
				t.Fatalf("%+v, %v", out, err)
			}
		},
	}
	kept := map[string]bool{"nothing but a disconnect": true, "no route": true}
	for name, end := range endings {
		for _, proto := range []int{unix.IPPROTO_TCP, unix.IPPROTO_MPTCP} {
			for _, asked := range []bool{false, true} {
				if proto == unix.IPPROTO_MPTCP && !HasMPTCP() {
					continue
				}
				env := newEnv(t)
				at := loopback(Inet)
				if asked {
					free := open(t, env, Spec{Family: Inet, Type: Stream, Bind: at})
					at = info(t, free).Local
					free.Close(bg, false)
				}
				s := open(t, env, Spec{Family: Inet, Type: Stream, Protocol: proto, Bind: at})
				before := info(t, s)
				end(t, env, s)
				i := info(t, s)
				if i.Local == nil || i.Local.Port != before.Local.Port {
					t.Errorf("%s, %d, asked %v: was %v, is %v", name, proto, asked, before.Local, i.Local)
				}
				other := open(t, env, Spec{Family: Inet, Type: Stream})
				out, _, err := other.Bind(bg, *before.Local, soon())
				if err != nil || out.OK() == (i.State == StateBound) {
					t.Errorf("%s, %d, asked %v: state %v, and to another bind says %+v, %v", name, proto, asked, i.State, out, err)
				}
				if want := asked || kept[name]; (i.State == StateBound) != want {
					t.Errorf("%s, %d, asked %v: state %v", name, proto, asked, i.State)
				}
			}
		}
	}
}

// A socket that has lost its port gets another by listening, which is a bind
// that the policy has a say in.
func TestListenWithoutItsPortIsAuthorized(t *testing.T) {
	env := newEnv(t)
	s, _ := connected(t, env)
	disconnect(t, s)
	var asked []Access
	env.Authorize = func(_ context.Context, a Access) error {
		asked = append(asked, a)
		return nil
	}
	if out, err := s.Listen(bg, 3); err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	if len(asked) != 1 || asked[0].Op != OpBind || asked[0].Address.Port != 0 || info(t, s).State != StateListening {
		t.Errorf("asked about %+v", asked)
	}
	if out, err := s.Listen(bg, 4); err != nil || !out.OK() || len(asked) != 1 {
		t.Errorf("again: %+v, %v, asked about %+v", out, err, asked)
	}
}

// An accepted connection shares its listener's port, and loses it alone.
func TestPortOfAnAcceptedConnection(t *testing.T) {
	env := newEnv(t)
	l := listen(t, env, loopback(Inet))
	dial(t, l)
	a, err := l.Accept(bg, soon(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := closing(t, a.Socket)
	disconnect(t, s)
	if i := info(t, s); i.State != StateOpen || info(t, l).State != StateListening {
		t.Errorf("got %+v", i)
	}
	if out, _, err := s.Bind(bg, *loopback(Inet), soon()); err != nil || !out.OK() || info(t, s).State != StateBound {
		t.Errorf("%+v, %v, %+v", out, err, info(t, s))
	}
}
