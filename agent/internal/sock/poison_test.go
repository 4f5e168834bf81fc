//go:build linux

package sock

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// reluctant returns a TCP socket whose close(2) takes a minute: it lingers, and
// its peer reads nothing of what it sent.
func reluctant(t *testing.T, env *Env) int {
	t.Helper()
	s, _ := connected(t, env)
	fd := -1
	if err := s.desc.Do(func(n int) (err error) { fd, err = unix.Dup(n); return err }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(bg, SendRequest{Data: make([]byte, 32<<20)}, For(0)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Close(bg, false); err != nil { // fd is the last
		t.Fatal(err)
	}
	if err := unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: 60}); err != nil {
		t.Fatal(err)
	}
	return fd
}

// poison sends the last reference to fd.
func poison(t *testing.T, from, fd int, to *Address) {
	t.Helper()
	var sa unix.Sockaddr
	if to != nil {
		sa = &unix.SockaddrUnix{Name: to.Path}
	}
	if err := unix.Sendmsg(from, []byte("x"), unix.UnixRights(fd), sa, 0); err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
}

func unixPair(t *testing.T, typ int) (a, b int) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p[0], p[1]
}

// nested returns a unix socket with the last reference to fd in its queue.
func nested(t *testing.T, fd int) int {
	t.Helper()
	a, b := unixPair(t, unix.SOCK_DGRAM)
	defer unix.Close(b)
	poison(t, b, fd, nil)
	return a
}

// quick fails if f takes long, and does not wait for it then.
func quick(t *testing.T, what string, f func()) {
	t.Helper()
	over := make(chan struct{})
	go func() { defer close(over); f() }()
	select {
	case <-over:
	case <-time.After(1500 * time.Millisecond): // less than closeBound
		t.Fatalf("%s does not end", what)
	}
}

// Who may send to a unix socket may send what takes long to close, openly or
// in another socket's queue. It holds up no call.
func TestPoisonedDescriptors(t *testing.T) {
	for name, wrap := range map[string]func(*testing.T, int) int{
		"direct": func(_ *testing.T, fd int) int { return fd },
		"nested": nested,
	} {
		for kind, typ := range map[string]struct{ unix, ours int }{
			"datagram": {unix.SOCK_DGRAM, int(Datagram)}, "stream": {unix.SOCK_STREAM, int(Stream)}, "seqpacket": {unix.SOCK_SEQPACKET, int(Seqpacket)},
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				env := newEnv(t)
				a, b := unixPair(t, typ.unix)
				defer unix.Close(b)
				s, err := newSocket(env, a, Unix, Type(typ.ours), 0)
				if err != nil {
					t.Fatal(err)
				}
				closing(t, s)
				none := 0
				for what, r := range map[string]ReceiveRequest{
					"receive": {Max: 10},
					"peek":    {Max: 10, Peek: true},
					"receive without room for control messages": {Max: 10, ControlRoom: &none},
				} {
					poison(t, b, wrap(t, reluctant(t, env)), nil)
					quick(t, what, func() {
						if got, err := s.Receive(bg, r, soon()); err != nil || got.empty() {
							t.Errorf("%s: %+v, %v", what, got, err)
						}
					})
					quick(t, "Info", func() { info(t, s) })
				}
				poison(t, b, wrap(t, reluctant(t, env)), nil)
				quick(t, "close", func() {
					if out, err := s.Close(bg, false); err != nil || !out.OK() {
						t.Errorf("close: %+v, %v", out, err)
					}
				})
			})
		}
	}
}

// connect(2) to another peer drops what a datagram socket has received.
func TestConnectDropsPoison(t *testing.T) {
	env := newEnv(t)
	at := func(name string) *Address { return &Address{Family: Unix, Path: t.TempDir() + "/" + name} }
	s := open(t, env, Spec{Family: Unix, Type: Datagram, Bind: at("s")})
	one := open(t, env, Spec{Family: Unix, Type: Datagram, Bind: at("1")})
	two := open(t, env, Spec{Family: Unix, Type: Datagram, Bind: at("2")})
	from, other := unixPair(t, unix.SOCK_DGRAM)
	unix.Close(other)
	defer unix.Close(from)
	poison(t, from, reluctant(t, env), info(t, s).Local)
	for _, to := range []*Socket{one, two} {
		quick(t, "connect", func() {
			if out, _, err := s.Connect(bg, *info(t, to).Local, soon()); err != nil || !out.OK() {
				t.Errorf("connect: %+v, %v", out, err)
			}
		})
	}
}

// While too many received descriptors wait to be closed no more are received,
// and the receiver hears of it.
func TestNoRoomForDescriptors(t *testing.T) {
	env := newEnv(t)
	a, b := unixPair(t, unix.SOCK_DGRAM)
	defer unix.Close(b)
	s, err := newSocket(env, a, Unix, Datagram, 0)
	if err != nil {
		t.Fatal(err)
	}
	closing(t, s)
	release := occupy(t, env)
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	poison(t, b, fd, nil)
	got := receive(t, s, ReceiveRequest{Max: 10}, soon())
	if m := got.Datagrams[0]; m.DroppedDescriptors != 0 || !m.ControlTruncated || string(m.Data) != "x" {
		t.Errorf("%+v", m)
	}
	quick(t, "close", func() { s.Close(bg, false) })
	release()
}
