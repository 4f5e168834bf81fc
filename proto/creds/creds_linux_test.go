package creds

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/credentials"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair connects two ends of a real unix socket.
func pair(t *testing.T, ln net.Listener) (client, server net.Conn) {
	t.Helper()
	client, err := net.Dial("unix", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

func TestPeerOf(t *testing.T) {
	client, server := pair(t, listen(t))
	for name, conn := range map[string]net.Conn{"server's view": server, "client's view": client} {
		p, err := PeerOf(conn)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p.UID != uint32(os.Geteuid()) || p.GID != uint32(os.Getegid()) || p.PID != int32(os.Getpid()) {
			t.Errorf("%s: %+v, want this process", name, p)
		}
		groups, err := unix.Getgroups()
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			if !p.Member(uint32(g)) {
				t.Errorf("%s: not a member of %d", name, g)
			}
		}
	}
}

func TestPeerOfOtherConnections(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	tcp, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	for _, c := range []net.Conn{a, tcp} {
		if _, err := PeerOf(c); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%T: %v, want ErrUnsupported", c, err)
		}
	}
}

func TestMember(t *testing.T) {
	p := Peer{GID: 10, Groups: []uint32{20, 30}}
	for gid, want := range map[uint32]bool{10: true, 20: true, 30: true, 0: false, 40: false} {
		if p.Member(gid) != want {
			t.Errorf("Member(%d) = %v", gid, !want)
		}
	}
}

func TestServerAdmits(t *testing.T) {
	s := Server(ServerConfig{Admit: func(Peer) string { return "" }})
	_, conn := pair(t, listen(t))
	got, info, err := s.ServerHandshake(conn)
	if err != nil {
		t.Fatal(err)
	}
	if got != conn {
		t.Errorf("an admitted connection was wrapped")
	}
	a := info.(Auth)
	if a.Refusal != "" || a.Peer.UID != uint32(os.Geteuid()) || a.FirstRefusals(1) {
		t.Errorf("%+v", a)
	}
}

func TestServerRefusesFew(t *testing.T) {
	var mu sync.Mutex
	var told []string
	s := Server(ServerConfig{
		Admit:   func(Peer) string { return "not today" },
		Refused: func(_ Peer, why string) { mu.Lock(); told = append(told, why); mu.Unlock() },
	})
	ln := listen(t)
	shake := func() (net.Conn, credentials.AuthInfo, error) {
		_, conn := pair(t, ln)
		return s.Clone().ServerHandshake(conn)
	}
	var open []net.Conn
	for i := range MaxRefused {
		conn, info, err := shake()
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		open = append(open, conn)
		a := info.(Auth)
		if a.Refusal != "not today" || !a.FirstRefusals(2) || !a.FirstRefusals(2) || a.FirstRefusals(2) {
			t.Fatalf("connection %d: %+v", i, a)
		}
	}
	if _, _, err := shake(); err == nil {
		t.Fatal("one connection too many was kept")
	}
	// A closed connection makes room, and only once.
	open[0].Close()
	open[0].Close()
	conn, _, err := shake()
	if err != nil {
		t.Fatalf("after one closed: %v", err)
	}
	open[0] = conn
	if _, _, err := shake(); err == nil {
		t.Fatal("closing twice made room for two")
	}
	for _, c := range open {
		c.Close()
	}
	if want := slices.Repeat([]string{"not today"}, MaxRefused+3); !slices.Equal(told, want) {
		t.Errorf("told %d times, want %d", len(told), len(want))
	}
}

func TestServerIsNoClient(t *testing.T) {
	s := Server(ServerConfig{Admit: func(Peer) string { return "" }})
	if _, _, err := s.ClientHandshake(context.Background(), "", nil); err == nil {
		t.Error("ClientHandshake succeeded")
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if _, _, err := s.ServerHandshake(a); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a pipe was accepted: %v", err)
	}
}

func TestRefusedConnectionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		gone := 0
		c := newRefusedConn(near, func() { gone++ })
		began := time.Now()
		if _, err := far.Read(make([]byte, 1)); err == nil {
			t.Fatal("read something")
		}
		if lived := time.Since(began); lived != RefusedLife {
			t.Errorf("lived %v, want %v", lived, RefusedLife)
		}
		c.Close()
		if gone != 1 {
			t.Errorf("gave its place back %d times", gone)
		}
	})
}
