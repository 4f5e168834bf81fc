//go:build linux

package rpc_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

const (
	inet4  = farsockv1.Family_FAMILY_INET
	inet6  = farsockv1.Family_FAMILY_INET6
	local  = farsockv1.Family_FAMILY_UNIX
	tcp    = farsockv1.SocketType_SOCKET_TYPE_STREAM
	dgram  = farsockv1.SocketType_SOCKET_TYPE_DATAGRAM
	isDone = farsockv1.OutcomeCode_OUTCOME_CODE_DONE
)

// closedPort is a port of loopback on which nobody listens.
func (h *harness) closedPort(session string) *farsockv1.Address {
	l := h.listen(session, "")
	h.close(l)
	return l.GetLocal()
}

func TestOpenStages(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	taken := h.listen("t", "taken")
	refused := h.closedPort("t")
	rows := []struct {
		name  string
		req   *farsockv1.OpenRequest
		code  farsockv1.OutcomeCode
		errno string
		stage farsockv1.Stage
		state farsockv1.SocketState // of the socket that is returned; 0 for none
	}{
		{"bare", &farsockv1.OpenRequest{Family: inet4, Type: tcp}, isDone, "", 0, farsockv1.SocketState_SOCKET_STATE_OPEN},
		{"bound", &farsockv1.OpenRequest{Family: inet6, Type: dgram, Bind: inet("::1", 0)}, isDone, "", 0, farsockv1.SocketState_SOCKET_STATE_BOUND},
		{"listening", &farsockv1.OpenRequest{Family: inet4, Type: tcp, Listen: &farsockv1.ListenStage{Backlog: proto.Int32(5)}}, isDone, "", 0, farsockv1.SocketState_SOCKET_STATE_LISTENING},
		{"connected", &farsockv1.OpenRequest{Family: inet4, Type: tcp, Connect: taken.GetLocal()}, isDone, "", 0, farsockv1.SocketState_SOCKET_STATE_CONNECTED},
		{"refused", &farsockv1.OpenRequest{Family: inet4, Type: tcp, Connect: refused}, farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED, "ECONNREFUSED", farsockv1.Stage_STAGE_CONNECT, 0},
		{"in use", &farsockv1.OpenRequest{Family: inet4, Type: tcp, Bind: taken.GetLocal()}, farsockv1.OutcomeCode_OUTCOME_CODE_ADDRESS_IN_USE, "EADDRINUSE", farsockv1.Stage_STAGE_BIND, 0},
		{"in use, kept", &farsockv1.OpenRequest{Family: inet4, Type: tcp, Bind: taken.GetLocal(), KeepOnFailure: true}, farsockv1.OutcomeCode_OUTCOME_CODE_ADDRESS_IN_USE, "EADDRINUSE", farsockv1.Stage_STAGE_BIND, farsockv1.SocketState_SOCKET_STATE_OPEN},
		{"not this host's", &farsockv1.OpenRequest{Family: inet4, Type: tcp, Bind: inet("192.0.2.1", 0)}, farsockv1.OutcomeCode_OUTCOME_CODE_ADDRESS_NOT_AVAILABLE, "EADDRNOTAVAIL", farsockv1.Stage_STAGE_BIND, 0},
		{"of the other family", &farsockv1.OpenRequest{Family: inet4, Type: tcp, Bind: inet("::1", 0)}, farsockv1.OutcomeCode_OUTCOME_CODE_NAME_NOT_RESOLVED, "", farsockv1.Stage_STAGE_RESOLVE, 0},
		{"protocol of another type", &farsockv1.OpenRequest{Family: inet4, Type: tcp, Protocol: proto.Int32(17)}, farsockv1.OutcomeCode_OUTCOME_CODE_NOT_SUPPORTED, "EPROTONOSUPPORT", farsockv1.Stage_STAGE_SOCKET, 0},
		{"option", &farsockv1.OpenRequest{Family: inet4, Type: tcp, Options: []*farsockv1.SocketOption{
			{Option: &farsockv1.SocketOption_ReuseAddress{ReuseAddress: true}}, {Option: &farsockv1.SocketOption_Ttl{Ttl: 256}},
		}}, farsockv1.OutcomeCode_OUTCOME_CODE_INVALID, "EINVAL", farsockv1.Stage_STAGE_OPTION, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			row.req.Session = "sessions/t"
			before := len(h.everything("t"))
			resp := must[*farsockv1.OpenResponse](t)(h.sockets.Open(h.ctx(), row.req))
			o := resp.GetOutcome()
			if o.GetCode() != row.code || o.GetErrnoName() != row.errno || resp.GetStage() != row.stage {
				t.Errorf("got %v at %v", o, resp.GetStage())
			}
			if resp.GetSocket().GetState() != row.state {
				t.Errorf("socket %v, want state %v", resp.GetSocket(), row.state)
			}
			if row.stage == farsockv1.Stage_STAGE_OPTION {
				if resp.OptionIndex == nil || resp.GetOptionIndex() != 1 {
					t.Errorf("option_index %v, want 1", resp.OptionIndex)
				}
			} else if resp.OptionIndex != nil {
				t.Errorf("option_index %d without STAGE_OPTION", resp.GetOptionIndex())
			}
			if row.stage == farsockv1.Stage_STAGE_CONNECT && wire.FormatAddress(o.GetPeer()) != wire.FormatAddress(refused) {
				t.Errorf("the outcome's peer is %v", o.GetPeer())
			}
			grown := len(h.everything("t")) - before
			if want := map[bool]int{true: 1}[row.state != 0]; grown != want {
				t.Errorf("%d sockets more, want %d", grown, want)
			}
		})
	}
}

func TestOpenUnix(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	path := t.TempDir() + "/s"
	l := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: local, Type: tcp, Bind: unixPath(path), Listen: &farsockv1.ListenStage{}})
	c := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: local, Type: tcp, Connect: unixPath(path)})
	a := h.accept(l, "a")
	h.send(c, "over a path")
	if got := h.receive(a, &farsockv1.ReceiveRequest{}); string(got.GetData()) != "over a path" {
		t.Errorf("got %q", got.GetData())
	}
	if wire.FormatAddress(a.GetLocal()) != path || wire.FormatAddress(c.GetPeer()) != path {
		t.Errorf("addresses %v, %v", a.GetLocal(), c.GetPeer())
	}
	resp := must[*farsockv1.OpenResponse](t)(h.sockets.Open(h.ctx(), &farsockv1.OpenRequest{
		Session: "sessions/t", Family: local, Type: tcp, Connect: unixPath(path + "-none")}))
	if resp.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_NOT_FOUND {
		t.Errorf("no such path: %v", resp.GetOutcome())
	}
}

func TestOpenNames(t *testing.T) {
	h := newHarness(t)
	s := h.session("t")
	a := h.udp("t", "a")
	if a.GetName() != "sessions/t/sockets/a" || a.GetSessionUid() != s.GetUid() {
		t.Errorf("named %v", a)
	}
	given := h.udp("t", "")
	if given.GetName() == a.GetName() || given.GetName() == "" {
		t.Errorf("given %q", given.GetName())
	}
	h.close(a)
	again := h.udp("t", "a")
	if again.GetUid() == a.GetUid() {
		t.Error("a uid came twice")
	}
	if _, err := h.sockets.GetSocket(h.ctx(), &farsockv1.GetSocketRequest{Name: uid(a)}); reasonOf(err) != noSocket {
		t.Errorf("the closed one: %v", err)
	}
	byName := must[*farsockv1.GetSocketResponse](t)(h.sockets.GetSocket(h.ctx(), &farsockv1.GetSocketRequest{Name: "sessions/" + s.GetUid() + "/sockets/a"}))
	if byName.GetSocket().GetUid() != again.GetUid() {
		t.Errorf("by name %v", byName)
	}
}

func TestOpenLimit(t *testing.T) {
	h := newHarness(t, func(c *session.Config[*sock.Socket], _ *sock.Env) { c.Limits.SocketsPerSession = 2 })
	h.session("t")
	l := h.listen("t", "l")
	c := h.dial("t", "c", l.GetLocal())
	_, err := h.sockets.Open(h.ctx(), &farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: tcp})
	info, _ := wire.InfoOf(err)
	if info.Code != codes.ResourceExhausted || info.Metadata["limit"] != session.LimitSocketsPerSession || info.Metadata["max"] != "2" {
		t.Errorf("open: %v %v", err, info.Metadata)
	}
	_, err = h.sockets.Accept(h.ctx(), &farsockv1.AcceptRequest{Socket: uid(l)})
	if reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED {
		t.Errorf("accept: %v", err)
	}
	if q := h.get(l).GetAcceptQueue(); q != 1 {
		t.Errorf("accept queue %d: a connection was taken that could not be kept", q)
	}
	h.close(c)
	h.accept(l, "a")
}

func TestOpenWaits(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	// A backlog of 0 that is full leaves a further dial without an answer.
	l := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: tcp,
		Bind: inet("127.0.0.1", 0), Listen: &farsockv1.ListenStage{Backlog: proto.Int32(0)}})
	h.dial("t", "first", l.GetLocal())
	req := &farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: tcp, Connect: l.GetLocal()}

	rows := []struct {
		name string
		wait *durationpb.Duration
		rpc  time.Duration
		keep bool
		code farsockv1.OutcomeCode
	}{
		{"its own wait", durationpb.New(50 * time.Millisecond), 20 * time.Second, false, farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED},
		{"the RPC's deadline", nil, 2 * time.Second, false, farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED},
		{"the RPC's deadline, kept", durationpb.New(time.Hour), 2 * time.Second, true, farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED},
		{"no wait", durationpb.New(0), 20 * time.Second, true, farsockv1.OutcomeCode_OUTCOME_CODE_IN_PROGRESS},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			req := proto.CloneOf(req)
			req.Wait, req.KeepOnFailure = row.wait, row.keep
			resp := beforeDeadline(t, row.rpc, func(ctx context.Context) (*farsockv1.OpenResponse, error) {
				return h.sockets.Open(ctx, req)
			})
			if resp.GetOutcome().GetCode() != row.code || resp.GetStage() != farsockv1.Stage_STAGE_CONNECT {
				t.Errorf("got %v", resp)
			}
			switch {
			case row.keep && resp.GetSocket().GetState() != farsockv1.SocketState_SOCKET_STATE_CONNECTING:
				t.Errorf("kept %v", resp.GetSocket())
			case !row.keep && resp.GetSocket() != nil:
				t.Errorf("left %v", resp.GetSocket())
			}
		})
	}
}

func TestConnectGoesOn(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	l := h.listen("t", "l")
	c := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: tcp})
	connect := func(wait *durationpb.Duration) farsockv1.OutcomeCode {
		t.Helper()
		return must[*farsockv1.ConnectResponse](t)(h.sockets.Connect(h.ctx(),
			&farsockv1.ConnectRequest{Socket: uid(c), Peer: l.GetLocal(), Wait: wait})).GetOutcome().GetCode()
	}
	if code := connect(nil); code != isDone {
		t.Fatalf("connect: %v", code)
	}
	if code := connect(nil); code != farsockv1.OutcomeCode_OUTCOME_CODE_ALREADY_CONNECTED {
		t.Errorf("connect again: %v", code)
	}
	bare := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: tcp})
	bound := must[*farsockv1.BindResponse](t)(h.sockets.Bind(h.ctx(), &farsockv1.BindRequest{Socket: uid(bare), Address: inet("127.0.0.1", 0)}))
	done(t, bound.GetOutcome())
	if p := bound.GetSocket().GetLocal().GetInet().GetPort(); p == 0 {
		t.Error("port 0 is not resolved")
	}
	bound = must[*farsockv1.BindResponse](t)(h.sockets.Bind(h.ctx(), &farsockv1.BindRequest{Socket: uid(bare), Address: inet("127.0.0.1", 0)}))
	if bound.GetOutcome().GetErrnoName() != "EINVAL" || bound.GetStage() != farsockv1.Stage_STAGE_BIND {
		t.Errorf("bind again: %v", bound)
	}
	listening := must[*farsockv1.ListenResponse](t)(h.sockets.Listen(h.ctx(), &farsockv1.ListenRequest{Socket: uid(bare), Backlog: proto.Int32(5)}))
	done(t, listening.GetOutcome())
	if b := listening.GetSocket().GetBacklog(); b != 5 {
		t.Errorf("backlog %d, want 5", b)
	}
	u := h.udp("t", "u")
	refused := must[*farsockv1.ListenResponse](t)(h.sockets.Listen(h.ctx(), &farsockv1.ListenRequest{Socket: uid(u)}))
	if refused.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_NOT_SUPPORTED {
		t.Errorf("listen on a datagram socket: %v", refused)
	}
}
