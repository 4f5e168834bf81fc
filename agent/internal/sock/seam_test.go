//go:build linux

package sock

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// letter is bytes that one sendmsg(2) sends, and what comes along.
type letter struct {
	text   string
	rights int
	gid    int // of the credentials; 0 is the sender's own
}

func (l letter) send(t *testing.T, fd int) {
	t.Helper()
	var oob []byte
	if l.rights > 0 {
		oob = append(oob, unix.UnixRights(make([]int, l.rights)...)...)
	}
	if l.gid > 0 {
		oob = append(oob, unix.UnixCredentials(&unix.Ucred{Pid: int32(unix.Getpid()), Uid: uint32(unix.Getuid()), Gid: uint32(l.gid)})...)
	}
	if err := unix.Sendmsg(fd, []byte(l.text), oob, nil, 0); err != nil {
		t.Fatal(err)
	}
}

// Bytes of messages that do not belong together come apart as recv(2) has it,
// whether they are there before it begins or come one by one.
func TestSeams(t *testing.T) {
	large := strings.Repeat("l", 40_000)
	for _, test := range []struct {
		name    string
		creds   bool
		water   int // instead of MSG_WAITALL, if it is not 0
		letters []letter
	}{
		{"descriptors", false, 0, []letter{{"aaa", 0, 0}, {"bbb", 2, 0}, {"ccc", 0, 0}}},
		{"descriptors first", false, 0, []letter{{"aaa", 1, 0}, {"bbb", 0, 0}}},
		{"descriptors twice", false, 0, []letter{{"aaa", 1, 0}, {"bbb", 1, 0}, {"ccc", 0, 0}}},
		{"descriptors behind much", false, 0, []letter{{large, 0, 0}, {large, 1, 0}, {"ccc", 0, 0}}},
		{"descriptors, low water", false, 8, []letter{{"aaa", 0, 0}, {"bbb", 1, 0}, {"ccc", 0, 0}}},
		{"credentials", true, 0, []letter{{"aaa", 0, 0}, {"aaa", 0, 0}, {"bbb", 0, 5}, {"bbb", 0, 5}, {"ccc", 0, 0}}},
		{"credentials that nobody asked for", false, 0, []letter{{"aaa", 0, 0}, {"bbb", 0, 5}}},
		{"credentials, low water", true, 8, []letter{{"aaa", 0, 0}, {"bbb", 0, 5}, {"ccc", 0, 5}, {"ddd", 0, 5}}},
		{"both", true, 0, []letter{{"aaa", 0, 0}, {"bbb", 1, 5}, {"ccc", 0, 5}}},
	} {
		for _, late := range []bool{false, true} {
			t.Run(test.name+map[bool]string{true: ", one by one"}[late], func(t *testing.T) {
				if test.creds && unix.Geteuid() != 0 {
					if os.Getenv("CI") != "" {
						t.Fatal("credentials of others need root")
					}
					t.Skip("credentials of others need root")
				}
				from, to := halfOurs(t, Stream)
				set := func(o Option) {
					t.Helper()
					if _, out, err := to.SetOption(o); err != nil || !out.OK() {
						t.Fatalf("%+v, %v", out, err)
					}
				}
				if one := int32(1); test.creds {
					set(Option{Kind: OptRaw, Raw: Raw{Level: unix.SOL_SOCKET, Name: unix.SO_PASSCRED, Int: &one}})
				}
				q := ReceiveRequest{Max: 100_000, WaitAll: test.water == 0}
				if test.water > 0 {
					set(Option{Kind: OptReceiveLowWater, Int: test.water})
				}
				done := make(chan string, len(test.letters))
				go func() {
					defer close(done)
					for {
						got, err := to.Receive(bg, q, soon())
						if err != nil || !got.Outcome.OK() {
							t.Errorf("%+v, %v", got.Outcome, err)
						}
						if len(got.Data) == 0 {
							return
						}
						done <- string(got.Data)
					}
				}()
				if late {
					until(t, func() bool { return to.recv.turn.count() == 1 })
				}
				total := 0
				for _, l := range test.letters {
					l.send(t, from)
					total += len(l.text)
					if late {
						until(t, func() bool { return info(t, to).ReadOffset == int64(total) })
					}
				}
				if err := unix.Shutdown(from, unix.SHUT_WR); err != nil {
					t.Fatal(err)
				}
				var got []string
				for part := range done {
					got = append(got, part)
				}
				want := glued(t, test.creds, test.water, test.letters)
				if strings.Join(got, " ") != strings.Join(want, " ") {
					t.Errorf("got %.60q, the kernel gives %.60q", got, want)
				}
			})
		}
	}
}

// halfOurs is a pair of connected unix sockets, one of them a Socket.
func halfOurs(t *testing.T, typ Type) (from int, to *Socket) {
	t.Helper()
	kind := map[Type]int{Stream: unix.SOCK_STREAM, Datagram: unix.SOCK_DGRAM, Seqpacket: unix.SOCK_SEQPACKET}[typ]
	fds, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fds[1]) })
	to, err = newSocket(newEnv(t), fds[0], Unix, typ, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fds[1], closing(t, to)
}

// glued is what the kernel's own blocking receives return of the letters.
func glued(t *testing.T, creds bool, water int, letters []letter) (parts []string) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	flags := unix.MSG_WAITALL
	if creds {
		err = unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1)
	}
	if water > 0 && err == nil {
		flags, err = 0, unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_RCVLOWAT, water)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range letters {
		l.send(t, fds[1])
	}
	unix.Close(fds[1])
	b := make([]byte, 100_000)
	for {
		n, _, _, _, err := unix.Recvmsg(fds[0], b, nil, flags) // no room for descriptors: none is installed
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return parts
		}
		parts = append(parts, string(b[:n]))
	}
}
