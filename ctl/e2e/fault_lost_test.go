//go:build linux

package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// lostRounds is how many responses of each kind are thrown away.
func lostRounds() int {
	switch {
	case full:
		return 1000
	case testing.Short():
		return 30
	}
	return 100
}

// TestFaultLostOpen: the response of an Open is thrown away when the agent has
// made the socket, and the Open is repeated, twice: there are as many sockets as
// request ids, by the agent's list, by the kernel's and by the peer's.
func TestFaultLostOpen(t *testing.T) {
	t.Parallel()
	needSS(t)
	count, rounds := countFaults(t, "response of Open lost"), lostRounds()
	a := startAgent(t, "", "")
	proxy := startLossyProxy(t, a)
	direct := connectTo(t, a.endpoint())
	s, l := lease(t, direct), peerListener(t)
	lossy := connectTo(t, proxy.endpoint())
	uids := map[string]bool{}
	for round := range rounds {
		open := dialRequest(t, s, l.Addr().String())
		socket := lostAndRepeated(t, proxy, int32(1+round%responseFrames), func() (*farsockv1.OpenResponse, error) {
			return lossy.Sockets.Open(t.Context(), open)
		}).GetSocket()
		count.faults.Add(1)
		if peer := acceptPeer(t, l); peer.RemoteAddr().String() != wire.FormatAddress(socket.GetLocal()) {
			t.Fatalf("round %d: the peer got %v, the Open says %v", round, peer.RemoteAddr(), socket)
		}
		uids[socket.GetUid()] = true
	}
	nobodyWaits(t, l)
	count.left.Add(int64(len(listAll(t, direct, s)) - len(uids)))
	if n := a.established(t, l.Addr()); n != rounds || len(uids) != rounds {
		t.Errorf("%d request ids, %d sockets, %d connections by ss", rounds, len(uids), n)
	}
	t.Logf("%d request ids, %d sockets, %d connections by ss, none waits to be accepted", rounds, len(uids), rounds)
}

// TestFaultLostAccept: the same of Accept: no connection is taken twice, and
// none is lost to a client that never heard of it.
func TestFaultLostAccept(t *testing.T) {
	t.Parallel()
	needSS(t)
	count, rounds := countFaults(t, "response of Accept lost"), lostRounds()
	a := startAgent(t, "", "")
	proxy := startLossyProxy(t, a)
	direct := connectTo(t, a.endpoint())
	s := lease(t, direct)
	lossy := connectTo(t, proxy.endpoint())
	l, err := s.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := wire.SocketUID(l.Socket().GetUid())
	uids := map[string]bool{}
	for round := range rounds {
		peer, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = peer.Close() })
		accept := &farsockv1.AcceptRequest{Socket: listener, RequestId: uuid.NewString(), Wait: durationpb.New(20 * time.Second)}
		socket := lostAndRepeated(t, proxy, int32(1+round%responseFrames), func() (*farsockv1.AcceptResponse, error) {
			return lossy.Sockets.Accept(t.Context(), accept)
		}).GetSocket()
		count.faults.Add(1)
		if wire.FormatAddress(socket.GetPeer()) != peer.LocalAddr().String() {
			t.Fatalf("round %d: accepted %v, the peer is %v", round, socket, peer.LocalAddr())
		}
		uids[socket.GetUid()] = true
	}
	if n := get(t, direct, listener).GetAcceptQueue(); n != 0 {
		t.Errorf("%d connections wait to be accepted, which nobody made", n)
	}
	count.left.Add(int64(len(listAll(t, direct, s)) - len(uids) - 1)) // the listener
	if n := a.established(t, l.Addr()); n != rounds || len(uids) != rounds {
		t.Errorf("%d request ids, %d sockets, %d connections by ss", rounds, len(uids), n)
	}
	t.Logf("%d request ids, %d sockets, %d connections by ss, none waits to be accepted", rounds, len(uids), rounds)
}

// nobodyWaits fails the test if a connection is there that was not accepted.
func nobodyWaits(t testing.TB, l *net.TCPListener) {
	t.Helper()
	if err := l.SetDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if c, err := l.Accept(); err == nil {
		t.Errorf("a connection that no request id explains: %v", c.RemoteAddr())
		_ = c.Close()
	}
}

// established is how many of the agent's connections ss(8) finds to or from an
// address. Another process may have the port at another one.
func (a *agentProcess) established(t testing.TB, at net.Addr) int {
	t.Helper()
	port := fmt.Sprint(at.(*net.TCPAddr).Port)
	out := must(t, "", "ss", "-H", "-t", "-n", "-p", "state", "established", "( sport = :"+port+" or dport = :"+port+" )")
	return strings.Count(out, fmt.Sprintf("pid=%d,", a.cmd.Process.Pid))
}
