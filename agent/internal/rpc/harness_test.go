//go:build linux

package rpc_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/agent/internal/policy"
	"github.com/farsock/farsock/agent/internal/poller"
	"github.com/farsock/farsock/agent/internal/rpc"
	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// harness is a real agent without its process: gRPC over a pipe in memory,
// real leases, real sockets.
type harness struct {
	t        *testing.T
	table    *rpc.Table
	env      *sock.Env
	agent    farsockv1.AgentServiceClient
	sessions farsockv1.SessionServiceClient
	sockets  farsockv1.SocketServiceClient
	conn     *grpc.ClientConn
	epoch    int64 // of the last attach
}

// uidKey is the metadata by which a test says who calls; 1000 if it does not.
const uidKey = "test-uid"

// nobody is a caller without an identity.
const nobody = -1

func as(ctx context.Context, uid int) context.Context {
	return metadata.AppendToOutgoingContext(ctx, uidKey, strconv.Itoa(uid))
}

func identify(ctx context.Context) context.Context {
	who := policy.Identity{UID: 1000}
	if md, ok := metadata.FromIncomingContext(ctx); ok && len(md[uidKey]) > 0 {
		who.UID, _ = strconv.Atoi(md[uidKey][0])
	}
	if who.UID == nobody {
		return ctx
	}
	return policy.NewContext(ctx, who)
}

type identified struct {
	grpc.ServerStream
	ctx context.Context
}

func (s identified) Context() context.Context { return s.ctx }

func newHarness(t *testing.T, options ...func(*session.Config[*sock.Socket], *sock.Env)) *harness {
	t.Helper()
	return newHarnessOf(t, func(*rpc.Deps) {}, options...)
}

// newHarnessOf is newHarness with something else to stand on.
func newHarnessOf(t *testing.T, on func(*rpc.Deps), options ...func(*session.Config[*sock.Socket], *sock.Env)) *harness {
	t.Helper()
	p, err := poller.New()
	if err != nil {
		t.Fatal(err)
	}
	env := sock.NewEnv(p)
	config := session.Config[*sock.Socket]{
		CloseSocket: func(ctx context.Context, e *rpc.Entry) error {
			_, err := e.Socket.Close(ctx, false)
			return err
		},
	}
	for _, o := range options {
		o(&config, env)
	}
	table := session.New(config)
	var streams sync.WaitGroup
	deps := rpc.Deps{
		Table: table, Env: env, Streams: &streams,
		Agent: rpc.AgentInfo{Version: "test", Incarnation: table.Config().Incarnation, Start: time.Now()},
	}
	on(&deps)
	server := grpc.NewServer(
		grpc.WaitForHandlers(true),
		grpc.MaxRecvMsgSize(wire.MaxMessageBytes),
		grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			return next(identify(ctx), req)
		}),
		grpc.StreamInterceptor(func(srv any, st grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			return next(srv, identified{st, identify(st.Context())})
		}),
	)
	farsockv1.RegisterAgentServiceServer(server, rpc.NewAgentServer(deps))
	farsockv1.RegisterSessionServiceServer(server, rpc.NewSessionServer(deps))
	farsockv1.RegisterSocketServiceServer(server, rpc.NewSocketServer(deps))
	listener := bufconn.Listen(1 << 20)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:agent",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(wire.MaxMessageBytes)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		server.Stop()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		streams.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := table.Close(ctx); err != nil {
			t.Errorf("closing the table: %v", err)
		}
		if use := table.Stats(); use.Sockets != 0 || use.Calls != 0 {
			t.Errorf("left behind: %+v", use)
		}
		if err := p.Close(); err != nil {
			t.Errorf("closing the poller: %v", err)
		}
		if used := env.Budget.Used(); used != 0 {
			t.Errorf("%d held bytes left in the budget", used)
		}
	})
	return &harness{
		t: t, table: table, env: env, conn: conn,
		agent:    farsockv1.NewAgentServiceClient(conn),
		sessions: farsockv1.NewSessionServiceClient(conn),
		sockets:  farsockv1.NewSocketServiceClient(conn),
	}
}

func withAuthorize(f func(context.Context) error) func(*session.Config[*sock.Socket], *sock.Env) {
	return func(_ *session.Config[*sock.Socket], e *sock.Env) {
		e.Authorize = func(ctx context.Context, _ sock.Access) error { return f(ctx) }
	}
}

// ctx ends with the test, and long after any call should have.
func (h *harness) ctx() context.Context {
	ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Second)
	h.t.Cleanup(cancel)
	return ctx
}

func must[A any](t *testing.T) func(A, error) A {
	return func(a A, err error) A {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

// beforeDeadline makes a call whose wait its deadline ends. The answer is due up
// to 100 ms before that, for which a machine that is busy elsewhere may be too
// late once or twice.
func beforeDeadline[A any](t *testing.T, limit time.Duration, call func(context.Context) (A, error)) A {
	t.Helper()
	for attempt := 1; ; attempt++ {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		a, err := call(ctx)
		cancel()
		if attempt < 5 && status.Code(err) == codes.DeadlineExceeded {
			continue
		}
		return must[A](t)(a, err)
	}
}

func (h *harness) session(id string) *farsockv1.Session {
	h.t.Helper()
	resp, err := h.sessions.CreateSession(h.ctx(), &farsockv1.CreateSessionRequest{SessionId: id, Ttl: durationpb.New(time.Minute)})
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.GetSession()
}

// open wants DONE.
func (h *harness) open(req *farsockv1.OpenRequest) *farsockv1.Socket {
	h.t.Helper()
	resp, err := h.sockets.Open(h.ctx(), req)
	if err != nil {
		h.t.Fatal(err)
	}
	done(h.t, resp.GetOutcome())
	return resp.GetSocket()
}

func (h *harness) listen(session, name string) *farsockv1.Socket {
	h.t.Helper()
	return h.open(&farsockv1.OpenRequest{Session: "sessions/" + session, Name: name,
		Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM,
		Bind: inet("127.0.0.1", 0), Listen: &farsockv1.ListenStage{}})
}

func (h *harness) dial(session, name string, to *farsockv1.Address) *farsockv1.Socket {
	h.t.Helper()
	return h.open(&farsockv1.OpenRequest{Session: "sessions/" + session, Name: name,
		Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM, Connect: to})
}

func (h *harness) accept(listener *farsockv1.Socket, name string) *farsockv1.Socket {
	h.t.Helper()
	resp, err := h.sockets.Accept(h.ctx(), &farsockv1.AcceptRequest{Socket: uid(listener), Name: name})
	if err != nil {
		h.t.Fatal(err)
	}
	done(h.t, resp.GetOutcome())
	return resp.GetSocket()
}

// tcpPair is two ends of one connection; the listener is closed.
func (h *harness) tcpPair(session, a, b string) (*farsockv1.Socket, *farsockv1.Socket) {
	h.t.Helper()
	l := h.listen(session, "")
	first := h.dial(session, a, l.GetLocal())
	second := h.accept(l, b)
	h.close(l)
	return first, second
}

func (h *harness) udp(session, name string) *farsockv1.Socket {
	h.t.Helper()
	return h.open(&farsockv1.OpenRequest{Session: "sessions/" + session, Name: name,
		Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM, Bind: inet("127.0.0.1", 0)})
}

func (h *harness) close(s *farsockv1.Socket) {
	h.t.Helper()
	resp, err := h.sockets.Close(h.ctx(), &farsockv1.CloseRequest{Socket: uid(s)})
	if err != nil {
		h.t.Fatal(err)
	}
	done(h.t, resp.GetOutcome())
}

func (h *harness) send(s *farsockv1.Socket, data string) {
	h.t.Helper()
	resp, err := h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(s), Data: []byte(data)})
	if err != nil {
		h.t.Fatal(err)
	}
	done(h.t, resp.GetOutcome())
	if resp.GetApplied() != int64(len(data)) {
		h.t.Fatalf("applied %d of %d", resp.GetApplied(), len(data))
	}
}

func (h *harness) get(s *farsockv1.Socket) *farsockv1.Socket {
	h.t.Helper()
	resp, err := h.sockets.GetSocket(h.ctx(), &farsockv1.GetSocketRequest{Name: uid(s)})
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.GetSocket()
}

func uid(s *farsockv1.Socket) string { return wire.SocketUID(s.GetUid()) }

func done(t *testing.T, o *farsockv1.Outcome) {
	t.Helper()
	if o.GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_DONE {
		t.Fatalf("outcome %v, want DONE", o)
	}
}

// everything is the session's sockets with what a refused request could have
// changed of them.
func (h *harness) everything(session string) map[string]string {
	h.t.Helper()
	resp, err := h.sockets.ListSockets(h.ctx(), &farsockv1.ListSocketsRequest{Parent: "sessions/" + session})
	if err != nil {
		h.t.Fatal(err)
	}
	all := map[string]string{}
	for _, s := range resp.GetSockets() {
		options, err := h.sockets.GetOptions(h.ctx(), &farsockv1.GetOptionsRequest{Socket: uid(s)})
		if err != nil {
			h.t.Fatal(err)
		}
		all[s.GetUid()] = fmt.Sprint(s, options)
	}
	sessions, err := h.sessions.ListSessions(h.ctx(), &farsockv1.ListSessionsRequest{})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range sessions.GetSessions() {
		all[s.GetUid()] = fmt.Sprint(s.GetName(), s.GetTtl(), s.GetSocketCount())
	}
	return all
}

func openFDs(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// waitFor polls a condition that nothing announces.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("in vain: %s", what)
		}
	}
}

func reasonOf(err error) farsockv1.ErrorReason {
	info, _ := wire.InfoOf(err)
	return info.Reason
}
