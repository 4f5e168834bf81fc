//go:build linux

package sock

import (
	"testing"
)

// A socket of INET6 that is not v6-only speaks IPv4 as mapped addresses.
func TestDualStack(t *testing.T) {
	env := newEnv(t)
	for _, test := range []struct {
		name   string
		v6Only bool
		dial   Address // without the port
		code   Code
		peer   string // as the listener has it
	}{
		{"four to dual", false, Address{Family: Inet, Host: "127.0.0.1"}, Done, "::ffff:127.0.0.1"},
		{"six to dual", false, Address{Family: Inet6, Host: "::1"}, Done, "::1"},
		{"mapped to dual", false, Address{Family: Inet6, Host: "::ffff:127.0.0.1"}, Done, "::ffff:127.0.0.1"},
		{"any to dual", false, Address{Family: Inet, Host: ""}, Done, "::ffff:127.0.0.1"},
		{"four to v6-only", true, Address{Family: Inet, Host: "127.0.0.1"}, Refused, ""},
		{"mapped to v6-only", true, Address{Family: Inet6, Host: "::ffff:127.0.0.1"}, Refused, ""},
		{"six to v6-only", true, Address{Family: Inet6, Host: "::1"}, Done, "::1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := open(t, env, Spec{Family: Inet6, Type: Stream, Options: []Option{{Kind: OptV6Only, Bool: test.v6Only}},
				Bind: &Address{Family: Inet6, Host: "::"}, Listen: port(5)})
			at := info(t, l).Local
			if at.Host != "::" {
				t.Errorf("bound to %v", at)
			}
			to := test.dial
			to.Port = at.Port
			c, res, err := Open(bg, env, Spec{Family: to.Family, Type: Stream, Connect: &to}, soon())
			if err != nil || res.Outcome.Code != test.code {
				t.Fatalf("%+v, %v", res, err)
			}
			if c == nil {
				return
			}
			closing(t, c)
			accepted, err := l.Accept(bg, soon(), nil)
			if err != nil || !accepted.Outcome.OK() {
				t.Fatalf("%+v, %v", accepted, err)
			}
			s := closing(t, accepted.Socket)
			if i := info(t, s); i.Peer.Host != test.peer || i.Local.Host != test.peer || accepted.Peer.Host != test.peer {
				t.Errorf("accepted %v from %v (%v)", i.Local, i.Peer, accepted.Peer)
			}
			if i := info(t, c); test.dial.Host != "" && i.Peer.Host != test.dial.Host {
				t.Errorf("connected to %v", i.Peer)
			}
		})
	}
}

// Datagrams cross between the families as well, and what a mapped address may
// be bound to is the kernel's to say.
func TestDualStackDatagrams(t *testing.T) {
	env := newEnv(t)
	dual := open(t, env, Spec{Family: Inet6, Type: Datagram, Options: []Option{{Kind: OptV6Only}}, Bind: &Address{Family: Inet6, Host: "::"}})
	four := open(t, env, Spec{Family: Inet, Type: Datagram, Bind: loopback(Inet)})
	from := info(t, four).Local
	if _, err := four.Send(bg, SendRequest{Data: []byte("a"), To: &Address{Family: Inet, Host: "127.0.0.1", Port: info(t, dual).Local.Port}}, soon()); err != nil {
		t.Fatal(err)
	}
	got := receive(t, dual, ReceiveRequest{Max: 10}, soon())
	if len(got.Datagrams) != 1 || got.Datagrams[0].Source.Host != "::ffff:127.0.0.1" || got.Datagrams[0].Source.Port != from.Port {
		t.Fatalf("%+v", got)
	}
	if sent, err := dual.Send(bg, SendRequest{Data: []byte("b"), To: got.Datagrams[0].Source}, soon()); err != nil || !sent.Outcome.OK() {
		t.Fatalf("%+v, %v", sent, err)
	}
	if got := receive(t, four, ReceiveRequest{Max: 10}, soon()); string(got.Datagrams[0].Data) != "b" {
		t.Fatalf("%+v", got)
	}
	mapped := open(t, env, Spec{Family: Inet6, Type: Datagram, Bind: &Address{Family: Inet6, Host: "::ffff:127.0.0.1"}})
	if at := info(t, mapped).Local; at.Host != "::ffff:127.0.0.1" {
		t.Errorf("bound to %v", at)
	}
	only := Spec{Family: Inet6, Type: Datagram, Options: []Option{{Kind: OptV6Only, Bool: true}}, Bind: &Address{Family: Inet6, Host: "::ffff:127.0.0.1"}}
	if _, res, err := Open(bg, env, only, soon()); err != nil || res.Stage != StageBind || res.Outcome.OK() {
		t.Errorf("%+v, %v", res, err)
	}
}
