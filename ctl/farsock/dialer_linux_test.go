package farsock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestDialerLocalAddr(t *testing.T) {
	s := newSession(t)
	dir := filepath.Dir(socketPath(t))
	for _, c := range []struct {
		network, listen string
		local           net.Addr
		want            string // what the peer sees, without a port
	}{
		{"tcp", "127.0.0.1:0", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}, "127.0.0.9:"},
		{"udp", "127.0.0.1:0", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 9)}, "127.0.0.9:"},
		{"tcp6", "[::1]:0", &net.TCPAddr{IP: net.IPv6loopback}, "[::1]:"},
		{"unix", filepath.Join(dir, "l"), &net.UnixAddr{Name: filepath.Join(dir, "d"), Net: "unix"}, filepath.Join(dir, "d")},
		{"unixgram", filepath.Join(dir, "gl"), &net.UnixAddr{Name: "@farsock-" + filepath.Base(dir), Net: "unixgram"}, "@farsock-" + filepath.Base(dir)},
	} {
		t.Run(c.network, func(t *testing.T) {
			d := Dialer{Session: s, LocalAddr: c.local}
			var from net.Addr
			if strings.HasPrefix(c.network, "udp") || c.network == "unixgram" {
				near := must[net.PacketConn](t)(net.ListenPacket(c.network, c.listen))
				defer near.Close()
				far := must[net.Conn](t)(d.DialContext(context.Background(), c.network, near.LocalAddr().String()))
				defer far.Close()
				if _, err := far.Write([]byte("x")); err != nil {
					t.Fatal(err)
				}
				_, addr, err := near.ReadFrom(make([]byte, 9))
				if err != nil {
					t.Fatal(err)
				}
				from = addr
			} else {
				l := listenLocal(t, c.network, c.listen)
				far := must[net.Conn](t)(d.DialContext(context.Background(), c.network, l.Addr().String()))
				defer far.Close()
				near := must[net.Conn](t)(l.Accept())
				defer near.Close()
				from = near.RemoteAddr()
				if far.LocalAddr().String() != from.String() || far.RemoteAddr().String() != near.LocalAddr().String() {
					t.Errorf("the ends are %v and %v, to the peer %v and %v", far.LocalAddr(), far.RemoteAddr(), from, near.LocalAddr())
				}
			}
			if !strings.HasPrefix(from.String(), c.want) {
				t.Errorf("the peer sees %v", from)
			}
		})
	}
	d := Dialer{Session: s, LocalAddr: &net.UnixAddr{Name: "/x", Net: "unix"}}
	var address *net.AddrError
	if _, err := d.DialContext(context.Background(), "tcp", "127.0.0.1:1"); !errors.As(err, &address) {
		t.Errorf("a local address of another kind: %v", err)
	}
}

// Options come after package net's and may undo them; the one that fails is
// named.
func TestDialerOptions(t *testing.T) {
	s := newSession(t)
	l := listenLocal(t, "tcp4", "127.0.0.1:0")
	d := Dialer{Session: s, Options: []*farsockv1.SocketOption{
		{Option: &farsockv1.SocketOption_NoDelay{NoDelay: false}},
		{Option: &farsockv1.SocketOption_Ttl{Ttl: 7}},
	}}
	far := must[net.Conn](t)(d.DialContext(context.Background(), "tcp", l.Addr().String())).(*Conn)
	defer far.Close()
	got, err := far.Options(context.Background(), "no_delay", "ttl")
	if err != nil || len(got) != 2 || got[0].GetNoDelay() || got[1].GetTtl() != 7 {
		t.Errorf("Options = %v, %v", got, err)
	}
	d.Options[1] = &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Ttl{Ttl: 1000}}
	_, err = d.DialContext(context.Background(), "tcp", l.Addr().String())
	var option *OptionError
	if !errors.As(err, &option) || option.Option.GetTtl() != 1000 || !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a TTL of 1000: %v", err)
	}
	if got := sockets(t, s); len(got) != 1 {
		t.Errorf("%d sockets are left", len(got))
	}
}

func TestListenConfigBacklog(t *testing.T) {
	s := newSession(t)
	var backlog int32 = 3
	c := ListenConfig{Session: s, Backlog: &backlog}
	l := must[*Listener](t)(c.Listen(context.Background(), "tcp", "127.0.0.1:0"))
	defer l.Close()
	if l.Socket().GetBacklog() != 3 {
		t.Errorf("backlog %d", l.Socket().GetBacklog())
	}
	if _, err := c.ListenPacket(context.Background(), "udp", "127.0.0.1:0"); err == nil {
		t.Error("a datagram socket took a backlog")
	}
	for network, listen := range map[string]func(context.Context, string, string) (io.Closer, error){
		"udp": func(ctx context.Context, n, a string) (io.Closer, error) { return s.Listen(ctx, n, a) },
		"tcp": func(ctx context.Context, n, a string) (io.Closer, error) { return s.ListenPacket(ctx, n, a) },
	} {
		var unknown net.UnknownNetworkError
		if _, err := listen(context.Background(), network, "127.0.0.1:0"); !errors.As(err, &unknown) {
			t.Errorf("%s: %v", network, err)
		}
	}
}

// Abstract names are found by package net and the other way round; without a
// name the kernel chooses one.
func TestAbstractNames(t *testing.T) {
	s := newSession(t)
	name := "@farsock-" + filepath.Base(filepath.Dir(socketPath(t)))
	far := must[*Listener](t)(s.Listen(context.Background(), "unix", name))
	defer far.Close()
	near := must[net.Conn](t)(net.Dial("unix", name))
	defer near.Close()
	conn := must[net.Conn](t)(far.Accept())
	defer conn.Close()
	if far.Addr().String() != name || conn.LocalAddr().String() != name || conn.RemoteAddr().Network() != "unix" {
		t.Errorf("at %v: %v, %v", far.Addr(), conn.LocalAddr(), conn.RemoteAddr())
	}
	auto := must[*PacketConn](t)(s.ListenPacket(context.Background(), "unixgram", ""))
	defer auto.Close()
	if at := auto.LocalAddr().String(); len(at) != 6 || at[0] != '@' {
		t.Errorf("the kernel chose %q", at)
	}
	peer := must[net.PacketConn](t)(net.ListenPacket("unixgram", name+"-peer"))
	defer peer.Close()
	exchange(t, auto, peer, []byte("there"))
	exchange(t, peer, auto, []byte("and back"))
	if _, err := s.Dial(context.Background(), "unix", ""); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("dialing no name: %v", err)
	}
}

func TestMPTCP(t *testing.T) {
	if !hasMPTCP() {
		t.Skip("this kernel has no MPTCP")
	}
	s := newSession(t)
	for network, address := range map[string]string{"mptcp": "127.0.0.1:0", "mptcp6": "[::1]:0"} {
		l := must[*Listener](t)(s.Listen(context.Background(), network, address))
		defer l.Close()
		conn := must[net.Conn](t)(s.Dial(context.Background(), network, l.Addr().String())).(*Conn)
		defer conn.Close()
		peer := must[*Conn](t)(l.AcceptConn())
		for _, c := range []*Conn{conn, peer} {
			if _, ok := c.LocalAddr().(*net.TCPAddr); !ok || c.Socket().GetProtocol() != wire.ProtocolMPTCP {
				t.Errorf("%s: %v, protocol %d", network, c.LocalAddr(), c.Socket().GetProtocol())
			}
		}
		payload := bytes.Repeat([]byte("0123456789"), 100_000)
		go func() {
			_, _ = conn.Write(payload)
			_ = conn.CloseWrite()
		}()
		readAll(t, peer, string(payload))
		if err := peer.Close(); err != nil {
			t.Error(err)
		}
		readAll(t, conn, "")
	}
}

// hasMPTCP says whether the host has MPTCP and permits it.
func hasMPTCP() bool {
	enabled, err := os.ReadFile("/proc/sys/net/mptcp/enabled")
	return err == nil && strings.TrimSpace(string(enabled)) == "1"
}

// Names and paths of network namespaces, and what is none.
func TestNetworkNamespace(t *testing.T) {
	name := namespace(t)
	s := newSession(t)
	l := must[*Listener](t)((&ListenConfig{Session: s, NetworkNamespace: name}).Listen(context.Background(), "tcp", "127.0.0.1:0"))
	defer l.Close()
	if l.Socket().GetNetworkNamespace() != name {
		t.Errorf("it lives in %q", l.Socket().GetNetworkNamespace())
	}
	if _, err := s.Dial(context.Background(), "tcp", l.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("from outside: %v", err)
	}
	for _, where := range []string{name, "/run/netns/" + name} {
		d := Dialer{Session: s, NetworkNamespace: where}
		far := must[net.Conn](t)(d.DialContext(context.Background(), "tcp", l.Addr().String())).(*Conn)
		near := must[net.Conn](t)(l.Accept()).(*Conn)
		if far.Socket().GetNetworkNamespace() != where || near.Socket().GetNetworkNamespace() != name {
			t.Errorf("they live in %q and %q", far.Socket().GetNetworkNamespace(), near.Socket().GetNetworkNamespace())
		}
		if _, err := fmt.Fprint(far, "inside"); err != nil {
			t.Fatal(err)
		}
		_ = far.CloseWrite()
		readAll(t, near, "inside")
		_ = far.Close()
		_ = near.Close()
	}
	p := must[*PacketConn](t)((&ListenConfig{Session: s, NetworkNamespace: name}).ListenPacket(context.Background(), "udp", "127.0.0.1:0"))
	exchange(t, p, p, []byte("to itself"))
	_ = p.Close()
	for where, is := range map[string]error{"nowhere-" + name: syscall.ENOENT, "/etc/hostname": syscall.EINVAL} {
		d := Dialer{Session: s, NetworkNamespace: where}
		_, err := d.DialContext(context.Background(), "tcp", l.Addr().String())
		var outcome *OutcomeError
		if !errors.Is(err, is) || !errors.As(err, &outcome) {
			t.Errorf("in %s: %v", where, err)
		}
	}
}

// namespace makes a network namespace for the test. It needs root.
func namespace(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("making network namespaces needs root")
		}
		t.Skip("making network namespaces needs root")
	}
	name := "farsock-sdk-" + filepath.Base(filepath.Dir(socketPath(t)))
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	run("netns", "add", name)
	t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "delete", name).CombinedOutput(); err != nil {
			t.Errorf("ip netns delete: %v\n%s", err, out)
		}
	})
	run("-n", name, "link", "set", "lo", "up")
	return name
}
