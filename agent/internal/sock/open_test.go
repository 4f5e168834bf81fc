//go:build linux

package sock

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func port(n int) *int { return &n }

// refusing returns an address where nobody listens, and stays so while the
// test runs: a bound socket that does not listen.
func refusing(t *testing.T, env *Env) *Address {
	s := open(t, env, Spec{Family: Inet, Type: Stream, Bind: loopback(Inet)})
	return info(t, s).Local
}

func TestOpenOutcomes(t *testing.T) {
	env := newEnv(t)
	dir := t.TempDir()
	taken := listen(t, env, loopback(Inet))
	refused := refusing(t, env)
	tests := []struct {
		name  string
		spec  Spec
		code  Code
		stage Stage
		errno unix.Errno
	}{
		{"bare", Spec{Family: Inet, Type: Stream}, Done, 0, 0},
		{"bare unix seqpacket", Spec{Family: Unix, Type: Seqpacket}, Done, 0, 0},
		{"unknown protocol", Spec{Family: Inet, Type: Stream, Protocol: unix.IPPROTO_UDP}, NotSupported, StageSocket, unix.EPROTONOSUPPORT},
		{"any address", Spec{Family: Inet, Type: Stream, Bind: &Address{Family: Inet}}, Done, 0, 0},
		{"any address, six", Spec{Family: Inet6, Type: Datagram, Bind: &Address{Family: Inet6}}, Done, 0, 0},
		{"localhost", Spec{Family: Inet, Type: Stream, Bind: &Address{Family: Inet, Host: "localhost"}, Listen: port(5)}, Done, 0, 0},
		{"localhost, six", Spec{Family: Inet6, Type: Stream, Bind: &Address{Family: Inet6, Host: "localhost"}, Listen: port(5)}, Done, 0, 0},
		{"in use", Spec{Family: Inet, Type: Stream, Bind: info(t, taken).Local}, AddressInUse, StageBind, unix.EADDRINUSE},
		{"not ours", Spec{Family: Inet, Type: Stream, Bind: &Address{Family: Inet, Host: "192.0.2.1"}}, AddressNotAvailable, StageBind, unix.EADDRNOTAVAIL},
		{"other family's literal", Spec{Family: Inet6, Type: Stream, Bind: &Address{Family: Inet6, Host: "127.0.0.1"}}, NameNotResolved, StageResolve, 0},
		{"no such zone", Spec{Family: Inet6, Type: Stream, Connect: &Address{Family: Inet6, Host: "fe80::1%nosuch0", Port: 1}}, NameNotResolved, StageResolve, 0},
		{"no such name", Spec{Family: Inet, Type: Stream, Connect: &Address{Family: Inet, Host: "no such name", Port: 1}}, NameNotResolved, StageResolve, 0},
		{"refused", Spec{Family: Inet, Type: Stream, Connect: refused}, Refused, StageConnect, unix.ECONNREFUSED},
		{"mapped", Spec{Family: Inet6, Type: Stream, Connect: &Address{Family: Inet6, Host: "::ffff:127.0.0.1", Port: refused.Port}}, Refused, StageConnect, unix.ECONNREFUSED},
		{"no path", Spec{Family: Unix, Type: Stream, Connect: &Address{Family: Unix, Path: filepath.Join(dir, "none")}}, NotFound, StageConnect, unix.ENOENT},
		{"no folder", Spec{Family: Unix, Type: Stream, Bind: &Address{Family: Unix, Path: filepath.Join(dir, "none", "x")}}, NotFound, StageBind, unix.ENOENT},
		{"unix", Spec{Family: Unix, Type: Stream, Bind: &Address{Family: Unix, Path: filepath.Join(dir, "x")}, Listen: port(1)}, Done, 0, 0},
		{"autobind", Spec{Family: Unix, Type: Datagram, Bind: &Address{Family: Unix}}, Done, 0, 0},
		{"abstract", Spec{Family: Unix, Type: Datagram, Bind: &Address{Family: Unix, Abstract: []byte("farsock\x00test")}}, Done, 0, 0},
		{"listen on datagrams", Spec{Family: Inet, Type: Datagram, Listen: port(1)}, NotSupported, StageListen, unix.EOPNOTSUPP},
		{"option", Spec{Family: Inet, Type: Stream, Options: []Option{{Kind: OptReuseAddress, Bool: true}, {Kind: OptTTL, Int: 256}}}, InvalidArgument, StageOption, unix.EINVAL},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := openFDs()
			s, res, err := Open(bg, env, test.spec, soon())
			if err != nil {
				t.Fatal(err)
			}
			out := res.Outcome
			if out.Code != test.code || res.Stage != test.stage || out.Errno != test.errno {
				t.Fatalf("got %v %v stage %d, want %v %v stage %d", out.Code, out.ErrnoName(), res.Stage, test.code, test.errno, test.stage)
			}
			if test.errno == unix.EOPNOTSUPP && out.ErrnoName() != "EOPNOTSUPP" {
				t.Errorf("EOPNOTSUPP is told as %s", out.ErrnoName())
			}
			if (s != nil) != (test.code == Done) {
				t.Fatalf("socket is %v", s)
			}
			if s != nil {
				s.Close(bg, false)
			}
			if after := openFDs(); after != before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
			if test.stage != StageSocket && test.stage != 0 {
				test.spec.KeepOnFailure = true
				s, _, err := Open(bg, env, test.spec, soon())
				if err != nil || s == nil {
					t.Fatalf("not kept: %v", err)
				}
				s.Close(bg, false)
			}
		})
	}
}

func TestOpenRefusesNonsense(t *testing.T) {
	env := newEnv(t)
	specs := map[string]Spec{
		"family":         {Type: Stream},
		"type":           {Family: Inet},
		"port above":     {Family: Inet, Type: Stream, Bind: &Address{Family: Inet, Port: 65536}},
		"port below":     {Family: Inet, Type: Stream, Connect: &Address{Family: Inet, Port: -1}},
		"address family": {Family: Inet, Type: Stream, Bind: &Address{Family: Inet6}},
		"NUL":            {Family: Unix, Type: Stream, Bind: &Address{Family: Unix, Path: "a\x00b"}},
		"long path":      {Family: Unix, Type: Stream, Bind: &Address{Family: Unix, Path: string(make([]byte, 108))}},
		"option":         {Family: Inet, Type: Stream, Options: []Option{{}}},
	}
	for name, spec := range specs {
		t.Run(name, func(t *testing.T) {
			s, _, err := Open(bg, env, spec, For(0))
			var r *RangeError
			var a *ArgumentError
			if s != nil || !errors.As(err, &r) && !errors.As(err, &a) {
				t.Fatalf("got %v, %v", s, err)
			}
		})
	}
}

func TestAuthorizeSeesWhatTheKernelGets(t *testing.T) {
	env := newEnv(t)
	no := errors.New("no")
	var asked []Access
	env.Authorize = func(_ context.Context, a Access) error {
		asked = append(asked, a)
		return no
	}
	backlog := 1
	tests := []struct {
		spec Spec
		want Access
	}{
		{Spec{Family: Inet, Type: Stream, Bind: &Address{Family: Inet, Port: 80}}, Access{OpBind, Inet, Stream, 0, "", Address{Family: Inet, Host: "0.0.0.0", Port: 80}}},
		{Spec{Family: Inet6, Type: Stream, Connect: &Address{Family: Inet6, Host: "0:0::1", Port: 80}}, Access{OpConnect, Inet6, Stream, 0, "", Address{Family: Inet6, Host: "::1", Port: 80}}},
		{Spec{Family: Inet, Type: Stream, Connect: &Address{Family: Inet, Host: "localhost", Port: 80}}, Access{OpConnect, Inet, Stream, 0, "", Address{Family: Inet, Host: "127.0.0.1", Port: 80}}},
		{Spec{Family: Inet, Type: Stream, Listen: &backlog}, Access{OpBind, Inet, Stream, 0, "", Address{Family: Inet, Host: "0.0.0.0"}}},
	}
	for _, test := range tests {
		asked = nil
		s, _, err := Open(bg, env, test.spec, soon())
		if s != nil || err != no || len(asked) != 1 || asked[0].Address.String() != test.want.Address.String() || asked[0].Op != test.want.Op {
			t.Errorf("got %v, asked %+v, want %+v", err, asked, test.want)
		}
	}
	u := open(t, env, Spec{Family: Inet, Type: Datagram})
	asked = nil
	if _, err := u.Send(bg, SendRequest{To: loopback(Inet)}, For(0)); err != no || asked[0].Op != OpSend {
		t.Errorf("send: %v, asked %+v", err, asked)
	}
}

func TestUnixPathIsUnlinkedOnlyIfOurs(t *testing.T) {
	env := newEnv(t)
	path := filepath.Join(t.TempDir(), "x")
	s := listen(t, env, &Address{Family: Unix, Path: path})
	if _, err := s.Close(bg, false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Fatalf("left behind: %v", err)
	}
	s = listen(t, env, &Address{Family: Unix, Path: path})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	other, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	s.Close(bg, false)
	if _, err := os.Lstat(path); err != nil {
		t.Fatalf("another's path was unlinked: %v", err)
	}
}

func TestWrongOrder(t *testing.T) {
	env := newEnv(t)
	s := open(t, env, Spec{Family: Inet, Type: Stream, Bind: loopback(Inet)})
	if out, stage, err := s.Bind(bg, *loopback(Inet), For(0)); err != nil || out.Code != InvalidArgument || stage != StageBind {
		t.Errorf("second bind: %+v, %v", out, err)
	}
	if got, err := s.Accept(bg, For(0), nil); err != nil || got.Outcome.Code != InvalidArgument {
		t.Errorf("accept: %+v, %v", got, err)
	}
	if got := receive(t, s, ReceiveRequest{Max: 1}, For(time.Second)); got.Outcome.Code != NotConnected || got.End {
		t.Errorf("receive: %+v", got)
	}
	if got, err := s.Send(bg, SendRequest{Data: []byte("x")}, soon()); err != nil || got.Outcome.Code != BrokenPipe {
		t.Errorf("send: %+v, %v", got, err)
	}
	if out, err := s.Shutdown(ShutWrite); err != nil || out.Code != NotConnected {
		t.Errorf("shutdown: %+v, %v", out, err)
	}
}

func TestErrnoClasses(t *testing.T) {
	seen := map[Code]bool{}
	for e := unix.Errno(0); e < 134; e++ {
		c := CodeOf(e)
		if c < Done || c > Other || c.String() == "UNSPECIFIED" || c.String() == "" {
			t.Errorf("%v is %d", e, c)
		}
		seen[c] = true
	}
	for c := Done; c <= Other; c++ {
		if ours := c == WaitElapsed || c == Limit || c == NameNotResolved; seen[c] == ours {
			t.Errorf("%v: seen %v", c, seen[c])
		}
	}
}
