//go:build linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// TestRepeatedAfterLostResponse: Open and Accept whose first response a proxy
// throws away, and which are then repeated with the same request id, return
// the one socket that the first made; 200 times each.
func TestRepeatedAfterLostResponse(t *testing.T) {
	t.Parallel()
	needSS(t)
	const rounds = 200
	a := startAgent(t, "", "")
	proxy := startLossyProxy(t, a)
	direct := connectTo(t, a.endpoint()) // keeps the session alive, so that the proxy carries only what is tried
	s := lease(t, direct)
	lossy := connectTo(t, proxy.endpoint())

	request := dialRequest(t, s, "127.0.0.1:0")
	request.Bind, request.Connect, request.Listen = request.GetConnect(), nil, &farsockv1.ListenStage{}
	listener := lostAndRepeated(t, proxy, 1, func() (*farsockv1.OpenResponse, error) {
		return lossy.Sockets.Open(t.Context(), request)
	}).GetSocket()
	address := wire.FormatAddress(listener.GetLocal())

	uids := map[string]string{listener.GetUid(): "the listener"}
	for round := range rounds {
		cutAt := int32(1 + round%responseFrames)
		open := dialRequest(t, s, address)
		dialed := lostAndRepeated(t, proxy, cutAt, func() (*farsockv1.OpenResponse, error) {
			return lossy.Sockets.Open(t.Context(), open)
		}).GetSocket()
		accept := &farsockv1.AcceptRequest{
			Socket: wire.SocketUID(listener.GetUid()), RequestId: uuid.NewString(), Wait: durationpb.New(20 * time.Second)}
		accepted := lostAndRepeated(t, proxy, cutAt, func() (*farsockv1.AcceptResponse, error) {
			return lossy.Sockets.Accept(t.Context(), accept)
		}).GetSocket()
		if !proto.Equal(accepted.GetPeer(), dialed.GetLocal()) {
			t.Fatalf("round %d: accepted %v, dialed %v", round, accepted, dialed)
		}
		for _, socket := range []*farsockv1.Socket{dialed, accepted} {
			if earlier, ok := uids[socket.GetUid()]; ok {
				t.Fatalf("round %d: %s was %s", round, socket.GetUid(), earlier)
			}
			uids[socket.GetUid()] = fmt.Sprintf("of round %d", round)
		}
		if round == 0 {
			other := proto.CloneOf(open)
			other.Connect.GetInet().Port = proto.Int32(other.GetConnect().GetInet().GetPort() ^ 1)
			_, err := lossy.Sockets.Open(t.Context(), other)
			if info, _ := wire.InfoOf(err); info.Reason != farsockv1.ErrorReason_ERROR_REASON_REQUEST_ID_REUSED {
				t.Errorf("the same id for another address: %v", err)
			}
		}
	}

	listed := listAll(t, direct, s)
	for _, socket := range listed {
		if _, ok := uids[socket.GetUid()]; !ok {
			t.Errorf("nobody asked for %v", socket)
		}
	}
	if len(listed) != 1+2*rounds {
		t.Errorf("%d sockets listed, want %d", len(listed), 1+2*rounds)
	}
	_, port, _ := strings.Cut(address, ":")
	out, err := runTool("ss", "-H", "-t", "-n", "-a", "-p", "( sport = :"+port+" or dport = :"+port+" )")
	if err != nil {
		t.Fatal(err)
	}
	// Another test's connection may have this port at another address.
	var own []string
	for row := range strings.Lines(out) {
		if strings.Contains(row, fmt.Sprintf("pid=%d,", a.cmd.Process.Pid)) {
			own = append(own, row)
		}
	}
	kernel := strings.Count(strings.Join(own, ""), "ESTAB")
	if kernel != 2*rounds || len(own) != 1+2*rounds {
		t.Errorf("ss has %d rows, %d of them connections, want %d:\n%s", len(own), kernel, 2*rounds, strings.Join(own, ""))
	}
	if n := get(t, direct, wire.SocketUID(listener.GetUid())).GetAcceptQueue(); n != 0 {
		t.Errorf("%d connections wait to be accepted, which nobody made", n)
	}
	t.Logf("%d responses lost; %d Opens and %d Accepts repeated; ListSockets: %d (the listener is one), ss: %d connections' ends",
		proxy.lost.Load(), rounds, rounds, len(listed), kernel)
}

// lostAndRepeated makes a call whose response is lost, then the same call
// twice, and returns the response, which has to be the same both times.
func lostAndRepeated[R interface {
	proto.Message
	GetOutcome() *farsockv1.Outcome
	GetSocket() *farsockv1.Socket
}](t testing.TB, proxy *lossyProxy, cutAt int32, call func() (R, error)) R {
	t.Helper()
	lost := proxy.lost.Load()
	proxy.armed.Store(cutAt)
	if resp, err := call(); !farsock.Unreachable(err) || proxy.lost.Load() != lost+1 {
		t.Fatalf("the first was not lost: %v %v", resp, err)
	}
	first, err := call()
	if err != nil || farsock.OutcomeErr("repeat", first.GetOutcome()) != nil || first.GetSocket() == nil {
		t.Fatalf("repeated: %v %v", first, err)
	}
	second, err := call()
	if err != nil || !proto.Equal(first, second) {
		t.Fatalf("again: %v %v, want %v", second, err, first)
	}
	return second
}

// listAll is ListSockets, all pages.
func listAll(t testing.TB, c *farsock.Client, s *farsock.Session) []*farsockv1.Socket {
	t.Helper()
	var all []*farsockv1.Socket
	req := &farsockv1.ListSocketsRequest{Parent: s.Name()}
	for {
		page, err := c.Sockets.ListSockets(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.GetSockets()...)
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return all
		}
	}
}

// TestNameIsFreeAgain: a closed socket's name may be taken, and its uid is
// never its successor's.
func TestNameIsFreeAgain(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.setenv("FARSOCK_AGENT", startAgent(t, "", "").endpoint())
	old := ""
	for _, verb := range []string{"listen tcp 127.0.0.1:0", "bind udp 127.0.0.1:0", "open tcp"} {
		args := append(strings.Fields(verb), "--as", "it", "-o", "json")
		uid := answer(t, u.ctl(t, args...).want(t, 0), new(farsockv1.OpenResponse)).GetSocket().GetUid()
		u.ctl(t, args...).want(t, 8).says(t, "SOCKET_EXISTS")
		u.ctl(t, "show", uid).want(t, 0)
		if uid == old || uid == "" {
			t.Fatalf("uid %q after %q", uid, old)
		}
		if old != "" {
			for _, verb := range []string{"show", "recv", "close"} {
				u.ctl(t, verb, old).want(t, 8).says(t, "SOCKET_NOT_FOUND")
			}
			t.Log(u.ctl(t, "show", old).want(t, 8))
		}
		u.ctl(t, "close", "it").want(t, 0)
		u.ctl(t, "show", "it").want(t, 8).says(t, "SOCKET_NOT_FOUND")
		old = uid
	}
}

// needSS skips the test where there is no ss(8); in CI that is a failure.
func needSS(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("ss"); err == nil {
		return
	} else if os.Getenv("CI") != "" {
		t.Fatal(err)
	} else {
		t.Skip(err)
	}
}
