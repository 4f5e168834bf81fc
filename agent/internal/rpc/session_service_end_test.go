//go:build linux

package rpc_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Every kind of call that waits is cut short by its session's end, and says
// which session ended and why.
func TestSessionEndCutsCalls(t *testing.T) {
	h := newHarness(t)
	h.session("other")
	full := h.open(&farsockv1.OpenRequest{Session: "sessions/other", Family: inet4, Type: tcp,
		Bind: inet("127.0.0.1", 0), Listen: &farsockv1.ListenStage{Backlog: proto.Int32(0)}}).GetLocal()
	h.dial("other", "first", full) // and no other connection gets through
	rows := map[string]func() func(ctx context.Context) error{
		"Open": func() func(ctx context.Context) error {
			return func(ctx context.Context) error {
				_, err := h.sockets.Open(ctx, &farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: tcp, Connect: full, KeepOnFailure: true})
				return err
			}
		},
		"Connect": func() func(ctx context.Context) error {
			s := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: tcp})
			return func(ctx context.Context) error {
				_, err := h.sockets.Connect(ctx, &farsockv1.ConnectRequest{Socket: uid(s), Peer: full})
				return err
			}
		},
		"Accept": func() func(ctx context.Context) error {
			s := h.listen("t", "")
			return func(ctx context.Context) error {
				_, err := h.sockets.Accept(ctx, &farsockv1.AcceptRequest{Socket: uid(s)})
				return err
			}
		},
		"Receive": func() func(ctx context.Context) error {
			s := h.udp("t", "")
			return func(ctx context.Context) error {
				_, err := h.sockets.Receive(ctx, &farsockv1.ReceiveRequest{Socket: uid(s)})
				return err
			}
		},
		"Send": func() func(ctx context.Context) error {
			s, _ := h.tcpPair("t", "", "")
			return func(ctx context.Context) error {
				for { // until the kernel takes no more
					if _, err := h.sockets.Send(ctx, &farsockv1.SendRequest{Socket: uid(s), Data: make([]byte, 1<<20)}); err != nil {
						return err
					}
				}
			}
		},
		"Poll": func() func(ctx context.Context) error {
			s := h.udp("t", "")
			return func(ctx context.Context) error {
				_, err := h.sockets.Poll(ctx, &farsockv1.PollRequest{Items: []*farsockv1.PollItem{{Socket: uid(s), Readable: true}}})
				return err
			}
		},
		"Stream": func() func(ctx context.Context) error {
			st := h.attach(h.udp("t", ""))
			return func(context.Context) error { return st.over() }
		},
	}
	for name, prepare := range rows {
		t.Run(name, func(t *testing.T) {
			created := h.session("t")
			call, ctx, failed := prepare(), h.ctx(), make(chan error, 1)
			go func() { failed <- call(ctx) }()
			waitFor(t, "the call to wait", func() bool { return h.waiting("t") })
			closeSession(h, nil)
			info, _ := wire.InfoOf(<-failed)
			switch {
			case info.Code == codes.FailedPrecondition && info.Reason == farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED:
			case info.Code == codes.Aborted && info.Reason == socketClosed && info.Metadata["socket"] != "":
			default:
				t.Errorf("got %+v", info)
			}
			if info.Metadata["session"] != "t" || info.Metadata["ended"] != "CLOSED" {
				t.Errorf("metadata %v", info.Metadata)
			}
			waitFor(t, "the call to be over", func() bool {
				got, err := h.sessions.GetSession(h.ctx(), &farsockv1.GetSessionRequest{Name: "sessions/" + created.GetUid()})
				return err == nil && got.GetSession().GetCallsUnderWay() == 0
			})
		})
	}
}

// waiting says that a call on the session has been under way for a while.
func (h *harness) waiting(session string) bool {
	busy := func() bool {
		got, err := h.sessions.GetSession(h.ctx(), &farsockv1.GetSessionRequest{Name: "sessions/" + session})
		return err == nil && got.GetSession().GetCallsUnderWay() == 1
	}
	for range 10 { // a call that does not wait is over between two looks
		if !busy() {
			return false
		}
	}
	return true
}

// The unix paths that a session's sockets made go with it; what somebody has
// put in their place stays.
func TestSessionEndUnlinksItsPaths(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	dir := t.TempDir()
	at := func(name string) *farsockv1.Address {
		return &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{UnixDomain: &farsockv1.UnixAddress{Path: filepath.Join(dir, name)}}}
	}
	for name, kind := range map[string]farsockv1.SocketType{"stream": tcp, "datagram": dgram, "replaced": tcp, "moved": tcp} {
		h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: farsockv1.Family_FAMILY_UNIX, Type: kind, Bind: at(name)})
	}
	if err := os.Remove(filepath.Join(dir, "replaced")); err != nil {
		t.Fatal(err)
	}
	other, err := net.Listen("unix", filepath.Join(dir, "replaced"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := os.Rename(filepath.Join(dir, "moved"), filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "moved"), []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	closeSession(h, nil)
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range left {
		names = append(names, e.Name())
	}
	if len(names) != 3 || names[0] != "away" || names[1] != "moved" || names[2] != "replaced" {
		t.Errorf("left: %v, want what is not the session's any more", names)
	}
}

// What a session took of the quota is free when CloseSession returns, even of
// sockets whose close(2) lingers.
func TestSessionEndFreesTheQuotaOfWhatLingers(t *testing.T) {
	const most = 12
	h := newHarness(t, func(c *session.Config[*sock.Socket], _ *sock.Env) { c.Limits.Sockets = most })
	peer, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	to := inet("127.0.0.1", int32(peer.Addr().(*net.TCPAddr).Port))
	h.session("t")
	var conns []net.Conn
	defer func() { // the closes end
		for _, c := range conns {
			c.Close()
		}
	}()
	for range most {
		s := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: tcp, Connect: to,
			Options: []*farsockv1.SocketOption{{Option: &farsockv1.SocketOption_Linger{Linger: &farsockv1.Linger{On: true, Seconds: proto.Int32(3600)}}}}})
		conn, err := peer.Accept()
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		for { // more than the peer's kernel takes
			sent := must[*farsockv1.SendResponse](t)(h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(s), Data: make([]byte, 1<<20), DontWait: true}))
			if sent.GetOutcome().GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK {
				break
			}
		}
	}
	began := time.Now()
	closeSession(h, nil)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the end took %v", took)
	}
	if n := h.table.Stats().Sockets; n != 0 {
		t.Errorf("%d places are still taken", n)
	}
	h.session("u")
	for range most {
		h.udp("u", "")
	}
}
