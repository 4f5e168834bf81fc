//go:build linux

package e2e

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// vanishing is a connection that the agent accepted, whose peer stands on another
// host, and whose client is attached and does not read.
type vanishing struct {
	options []*farsockv1.SocketOption // immutable: of the agent's end

	seed    uint64 // of the bytes that came
	size    int64
	peer    *net.TCPConn
	conn    *farsock.Conn
	control *controlWatch
}

// connect makes it: bytes come and wait to be read.
func (v *vanishing) connect(t testing.TB, random *rand.Rand, namespace string, l *farsock.Listener, direct *farsock.Client, proxy *runningProxy) {
	t.Helper()
	peer, err := dialIn(namespace, "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = peer.Close() })
	v.peer = peer.(*net.TCPConn)
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	name := wire.SocketUID(accepted.(*farsock.Conn).Socket().GetUid())
	if len(v.options) > 0 {
		set, err := direct.Sockets.SetOptions(t.Context(), &farsockv1.SetOptionsRequest{Socket: name, Options: v.options})
		if err != nil || farsock.OutcomeErr("set", set.GetOutcome()) != nil {
			t.Fatal(set, err)
		}
	}
	var c *farsock.Client
	c, v.control = connectWatched(t, proxy)
	if v.conn, err = c.Conn(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.conn.Close() })
	v.says(t, "attached")
	v.seed, v.size = random.Uint64(), int64(1+random.IntN(1<<20))
	arrive(t, direct, connection{name: name, peer: v.peer}, chanceBytes(v.seed, v.size), v.size)
}

// says sends text and waits until the peer has it.
func (v *vanishing) says(t testing.TB, text string) {
	t.Helper()
	end := time.Now().Add(patience)
	if err := errors.Join(v.conn.SetDeadline(end), v.peer.SetDeadline(end)); err != nil {
		t.Fatal(err)
	}
	if _, err := v.conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(v.peer, got); err != nil || string(got) != text {
		t.Fatalf("the peer got %q, %v", got, err)
	}
}

// TestFaultPeerVanished: the peer's host answers no more, and the control
// connection is destroyed meanwhile. With keep-alive or a user time-out the
// client gets every byte that had come, and then ETIMEDOUT; a peer that resets
// is ECONNRESET; without either option the connection stands, and goes on when
// the host is back.
func TestFaultPeerVanished(t *testing.T) {
	t.Parallel()
	random, count := faultRandom(t), countFaults(t, "peer's host vanished")
	lab := newHosts(t)
	a := startAgent(t, lab.b.namespace, debugListen)
	proxy := startProxy(t, a, "", proxyPlan{Network: "tcp", Listen: "127.0.0.1:0"})
	direct := connectTo(t, a.endpoint())
	l, err := lease(t, direct).Listen(t.Context(), "tcp", lab.b.ip4+":0")
	if err != nil {
		t.Fatal(err)
	}
	userTimeout := &vanishing{options: []*farsockv1.SocketOption{{Option: &farsockv1.SocketOption_UserTimeout{UserTimeout: 1500}}}}
	keepAlive := &vanishing{options: []*farsockv1.SocketOption{
		{Option: &farsockv1.SocketOption_KeepAliveIdle{KeepAliveIdle: 1}},
		{Option: &farsockv1.SocketOption_KeepAliveInterval{KeepAliveInterval: 1}},
		{Option: &farsockv1.SocketOption_KeepAliveCount{KeepAliveCount: 1}},
		{Option: &farsockv1.SocketOption_KeepAlive{KeepAlive: true}},
	}}
	resets, stands := &vanishing{}, &vanishing{}
	all := []*vanishing{userTimeout, keepAlive, resets, stands}
	for _, v := range all {
		v.connect(t, random, lab.a.namespace, l, direct, proxy)
	}
	lab.a.nft(t, "iifname eth0 drop")
	reset(resets.peer) // what leaves that host still arrives
	// A user time-out counts from bytes that nobody acknowledges.
	if _, err := userTimeout.conn.Write([]byte("anybody")); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		v.control.destroy(t)
		count.faults.Add(2)
	}
	for _, end := range []struct {
		name string
		*vanishing
		want syscall.Errno
	}{
		{"user time-out", userTimeout, syscall.ETIMEDOUT},
		{"keep-alive", keepAlive, syscall.ETIMEDOUT},
		{"reset", resets, syscall.ECONNRESET},
	} {
		t.Run(end.name, func(t *testing.T) { endAfter(t, end.conn, count, end.seed, end.size, end.want) })
	}
	t.Run("back again", func(t *testing.T) {
		lab.a.tool(t, "nft", "delete", "table", "inet", "lab")
		stands.says(t, "still there")
		if err := stands.peer.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		endAfter(t, stands.conn, count, stands.seed, stands.size, 0)
	})
}
