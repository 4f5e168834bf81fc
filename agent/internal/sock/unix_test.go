//go:build linux

package sock

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAbstractNames(t *testing.T) {
	env := newEnv(t)
	for _, name := range []string{"farsock-a", "@", "a\x00b", "\x00", "\xff\xfe/", strings.Repeat("x", 107)} {
		a := &Address{Family: Unix, Abstract: []byte("farsock" + name)[max(0, len(name)+7-107):]}
		l := open(t, env, Spec{Family: Unix, Type: Stream, Bind: a, Listen: port(1)})
		if at := info(t, l).Local; !bytes.Equal(at.Abstract, a.Abstract) || at.Path != "" {
			t.Errorf("%q: bound to %q", a.Abstract, at.Abstract)
		}
		c := open(t, env, Spec{Family: Unix, Type: Stream, Connect: a})
		if peer := info(t, c).Peer; !bytes.Equal(peer.Abstract, a.Abstract) {
			t.Errorf("%q: connected to %q", a.Abstract, peer.Abstract)
		}
		if _, res, err := Open(bg, env, Spec{Family: Unix, Type: Stream, Bind: a}, soon()); err != nil || res.Outcome.Errno != unix.EADDRINUSE {
			t.Errorf("%q twice: %+v, %v", a.Abstract, res, err)
		}
		l.Close(bg, false)
		if _, res, err := Open(bg, env, Spec{Family: Unix, Type: Stream, Connect: a}, soon()); err != nil || res.Outcome.Errno != unix.ECONNREFUSED {
			t.Errorf("%q closed: %+v, %v", a.Abstract, res, err)
		}
	}
}

func TestUnnamed(t *testing.T) {
	env := newEnv(t)
	empty := Address{Family: Unix}
	for _, typ := range []Type{Stream, Datagram, Seqpacket} {
		s := open(t, env, Spec{Family: Unix, Type: typ, Bind: &empty})
		if at := info(t, s).Local; at == nil || len(at.Abstract) != 5 || strings.Trim(string(at.Abstract), "0123456789abcdef") != "" {
			t.Errorf("%v: autobind chose %+v", typ, at)
		}
		late := open(t, env, Spec{Family: Unix, Type: typ})
		if out, _, err := late.Bind(bg, empty, soon()); err != nil || !out.OK() || info(t, late).State != StateBound {
			t.Errorf("%v: %+v, %v", typ, out, err)
		}
		if out, stage, err := late.Connect(bg, empty, soon()); err != nil || out.Errno != unix.EINVAL || stage != StageConnect {
			t.Errorf("%v: connecting to nobody: %+v, %v", typ, out, err)
		}
	}
	d := open(t, env, Spec{Family: Unix, Type: Datagram})
	if sent, err := d.Send(bg, SendRequest{To: &empty}, soon()); err != nil || sent.Outcome.Errno != unix.EINVAL {
		t.Errorf("sending to nobody: %+v, %v", sent, err)
	}
}

func TestSeqpacketStates(t *testing.T) {
	env := newEnv(t)
	a := &Address{Family: Unix, Path: filepath.Join(t.TempDir(), "s")}
	l := open(t, env, Spec{Family: Unix, Type: Seqpacket, Bind: a, Listen: port(3)})
	if i := info(t, l); i.State != StateListening || i.Type != Seqpacket || i.Local.Path != a.Path || i.ReceiveQueue != -1 || i.TCPState != "" {
		t.Errorf("listener: %+v", i)
	}
	if _, res, err := Open(bg, env, Spec{Family: Unix, Type: Stream, Connect: a}, soon()); err != nil || res.Outcome.Errno != unix.EPROTOTYPE {
		t.Errorf("a stream to it: %+v, %v", res, err)
	}
	c := open(t, env, Spec{Family: Unix, Type: Seqpacket, Connect: a})
	if i := info(t, c); i.State != StateConnected || i.Peer.Path != a.Path {
		t.Errorf("client: %+v", i)
	}
	accepted, err := l.Accept(bg, soon(), nil)
	if err != nil || !accepted.Outcome.OK() {
		t.Fatalf("%+v, %v", accepted, err)
	}
	s := closing(t, accepted.Socket)
	if i := info(t, s); i.State != StateConnected || i.Type != Seqpacket || i.Local.Path != a.Path {
		t.Errorf("accepted: %+v", i)
	}
	if _, err := c.Send(bg, SendRequest{Data: []byte("abc")}, soon()); err != nil {
		t.Fatal(err)
	}
	if r, _, err := Poll(bg, []PollItem{{Socket: s, Readable: true, ReadHangUp: true}}, soon()); err != nil || len(r) != 1 || !r[0].Readable || r[0].ReadHangUp {
		t.Errorf("%+v, %v", r, err)
	}
	c.Close(bg, false)
	if i := info(t, s); i.State != StateDisconnected {
		t.Errorf("hung up: %+v", i)
	}
	if r, _, err := Poll(bg, []PollItem{{Socket: s, ReadHangUp: true}}, soon()); err != nil || len(r) != 1 || !r[0].ReadHangUp || !r[0].HangUp {
		t.Errorf("%+v, %v", r, err)
	}
	if m, err := s.Memory(); err != nil || m == nil {
		t.Errorf("%+v, %v", m, err)
	}
	if x, err := s.TCPInfo(); x != nil || err != nil {
		t.Errorf("%+v, %v", x, err)
	}
	// Its own path goes with the listener.
	l.Close(bg, false)
	if _, res, err := Open(bg, env, Spec{Family: Unix, Type: Seqpacket, Connect: a}, soon()); err != nil || res.Outcome.Errno != unix.ENOENT {
		t.Errorf("%+v, %v", res, err)
	}
}
