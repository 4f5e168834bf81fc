//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// killedAgents is how often TestFaultAgentKilledInUse kills the agent.
func killedAgents() int {
	switch {
	case full:
		return 30
	case testing.Short():
		return 1
	}
	return 3
}

// again starts the same command once more; the process before has ended.
func (a *agentProcess) again(t testing.TB) *agentProcess {
	t.Helper()
	<-a.done
	cmd := exec.Command(a.cmd.Args[0], a.cmd.Args[1:]...)
	cmd.Dir, cmd.Env = a.cmd.Dir, a.cmd.Env
	next := &agentProcess{process: startProcess(t, cmd), namespace: a.namespace, socket: a.socket, debug: a.debug}
	t.Cleanup(func() { next.stop(t) })
	return next
}

// TestFaultAgentKilledInUse kills the agent with -9 at random moments while clients
// open and close, and starts it again on the same path. Calls fail as
// unreachable and later as AGENT_RESTARTED, never as something that a kernel
// said; the peers see what the kernel does with a dead process' sockets; the new
// agent knows nothing of the old one's and serves.
func TestFaultAgentKilledInUse(t *testing.T) {
	t.Parallel()
	row := countFaults(t, "kill -9 of the agent")
	random := faultRandom(t)
	a := startAgent(t, "", "127.0.0.1:"+freePort(t))
	c := connectTo(t, a.endpoint())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opened := make(chan churned, 1)
	go func() { opened <- churn(ctx, c, "churn") }()
	for range killedAgents() {
		v := newVictims(t, c)
		<-time.After(time.Duration(random.Int64N(int64(200 * time.Millisecond)))) // the fault's moment
		a.kill()
		<-a.done
		row.faults.Add(1)
		v.unreachable(t, c)
		v.peersSee(t, row)
		a = a.again(t)
		v.restarted(t, c)
		v.stalePath(t, c)
	}
	cancel()
	did := <-opened
	if did.err != nil {
		t.Error(did.err)
	}
	if did.opens == 0 {
		t.Error("nothing was opened meanwhile")
	}
	// The new agent holds nothing of what was before. What was opened last ends
	// with its session.
	fresh := startAgent(t, "", "127.0.0.1:"+freePort(t))
	connectTo(t, fresh.endpoint())
	a.backAtRest(t, fresh.atRest(t), nil)
	row.says("%d sockets opened meanwhile, %d calls unreachable, %d told AGENT_RESTARTED", did.opens, did.unreachable, did.restarted)
}

// churned is what came of opening and closing without end.
type churned struct {
	opens, unreachable, restarted int
	err                           error // what should never be answered
}

// churn opens and closes sockets until ctx ends, in a session that it makes anew
// where the agent says that it restarted.
func churn(ctx context.Context, c *farsock.Client, id string) (did churned) {
	session := ""
	for ctx.Err() == nil {
		if session == "" {
			res, err := c.Sessions.CreateSession(ctx, &farsockv1.CreateSessionRequest{SessionId: id, Ttl: durationpb.New(5 * time.Second)})
			if err == nil {
				session = wire.SessionName(res.GetSession().GetUid())
			} else if info, _ := wire.InfoOf(err); info.Reason == farsockv1.ErrorReason_ERROR_REASON_SESSION_EXISTS {
				session = wire.SessionName(id) // its answer was lost
			} else if !did.expected(ctx, err) {
				return did
			}
			continue
		}
		res, err := c.Sockets.Open(ctx, &farsockv1.OpenRequest{
			Session: session, RequestId: uuid.NewString(),
			Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM})
		if err == nil {
			did.opens++
			_, err = c.Sockets.Close(ctx, &farsockv1.CloseRequest{Socket: wire.SocketUID(res.GetSocket().GetUid())})
		}
		if err != nil && !did.expected(ctx, err) {
			return did
		}
		if info, ok := wire.InfoOf(err); ok && info.Reason != farsockv1.ErrorReason_ERROR_REASON_UNSPECIFIED {
			session = ""
		}
	}
	return did
}

// expected counts an error that a killed agent explains, and keeps another.
func (did *churned) expected(ctx context.Context, err error) bool {
	info, _ := wire.InfoOf(err)
	switch {
	case ctx.Err() != nil:
	case farsock.Unreachable(err):
		did.unreachable++
		<-time.After(time.Millisecond)
	case info.Reason == farsockv1.ErrorReason_ERROR_REASON_AGENT_RESTARTED,
		info.Reason == farsockv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND:
		did.restarted++
	default:
		did.err = fmt.Errorf("an agent that was killed is told as %w", err)
		return false
	}
	return true
}

// victims are sockets of an agent that is about to be killed.
type victims struct {
	session  *farsock.Session
	listener *farsockv1.Socket
	path     string     // of a unix listener
	under    chan error // of a Receive
	read     chan error // of the SDK's net.Conn, which tries to resume

	clean, unread, sent *net.TCPConn // peers: of an idle socket, one with bytes unread, one that was sent sentBytes
	waiting             net.Conn     // not accepted
}

// sentBytes fit the kernel's queues.
const sentBytes = 100_000

func newVictims(t testing.TB, c *farsock.Client) *victims {
	t.Helper()
	s, err := c.OpenSession(t.Context(), farsock.SessionConfig{TTL: 5 * time.Second, KeepAlive: true})
	if err != nil {
		t.Fatal(err)
	}
	v := &victims{session: s, under: make(chan error, 1), read: make(chan error, 1)}
	open := func(req *farsockv1.OpenRequest) *farsockv1.Socket {
		req.Session, req.RequestId = s.Name(), uuid.NewString()
		res, err := c.Sockets.Open(t.Context(), req)
		if err = errors.Join(err, farsock.OutcomeErr("open", res.GetOutcome())); err != nil {
			t.Fatal(err)
		}
		return res.GetSocket()
	}
	v.listener = open(&farsockv1.OpenRequest{
		Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM,
		Bind:   &farsockv1.Address{Kind: &farsockv1.Address_Inet{Inet: &farsockv1.InetAddress{Host: "127.0.0.1", Port: proto.Int32(0)}}},
		Listen: &farsockv1.ListenStage{}})
	dir, err := os.MkdirTemp(workDir, "v")
	if err != nil {
		t.Fatal(err)
	}
	v.path = filepath.Join(dir, "sock")
	open(&farsockv1.OpenRequest{
		Family: farsockv1.Family_FAMILY_UNIX, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM,
		Bind: wire.UnixPath(v.path), Listen: &farsockv1.ListenStage{}})

	l := peerListener(t)
	one := func() connection { return connect(t, c, s, l) }
	idle, unread, sent := one(), one(), one()
	v.clean, v.unread, v.sent = idle.peer, unread.peer, sent.peer
	if _, err := v.unread.Write([]byte("nobody reads this")); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		if get(t, c, unread.name).GetReceiveQueue() == 0 {
			return errors.New("not there yet")
		}
		return nil
	})
	res, err := c.Sockets.Send(t.Context(), &farsockv1.SendRequest{Socket: sent.name, Data: make([]byte, sentBytes)})
	if err = errors.Join(err, farsock.OutcomeErr("send", res.GetOutcome())); err != nil {
		t.Fatal(err)
	}
	if v.waiting, err = net.Dial("tcp4", wire.FormatAddress(v.listener.GetLocal())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.waiting.Close() })
	go func() {
		_, err := c.Sockets.Receive(t.Context(), &farsockv1.ReceiveRequest{Socket: idle.name})
		v.under <- err
	}()
	far, err := s.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	acceptPeer(t, l)
	go func() {
		_, err := far.Read(make([]byte, 1))
		v.read <- errors.Join(err, far.Close())
	}()
	eventually(t, func() error {
		got, err := c.Sessions.GetSession(t.Context(), &farsockv1.GetSessionRequest{Name: s.Name()})
		if err != nil {
			t.Fatal(err)
		}
		if got.GetSession().GetCallsUnderWay() < 2 {
			return errors.New("the receive or the stream is still on its way")
		}
		return nil
	})
	return v
}

// unreachable is what clients are told while there is no agent.
func (v *victims) unreachable(t testing.TB, c *farsock.Client) {
	t.Helper()
	if err := <-v.under; !farsock.Unreachable(err) {
		t.Errorf("the call under way: %v", err)
	}
	if _, err := c.Sockets.GetSocket(t.Context(), &farsockv1.GetSocketRequest{Name: wire.SocketUID(v.listener.GetUid())}); !farsock.Unreachable(err) {
		t.Errorf("a new call: %v", err)
	}
}

// peersSee checks what the kernel does with the sockets of a dead process.
func (v *victims) peersSee(t testing.TB, row *faultCount) {
	t.Helper()
	read := func(c net.Conn) (int, error) {
		if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, c)
		row.moved.Add(n)
		return int(n), err
	}
	if n, err := read(v.clean); n != 0 || err != nil {
		t.Errorf("the peer of an idle connection: %d bytes, %v; want the end", n, err)
	}
	if _, err := read(v.unread); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the peer whose bytes were not read: %v, want a reset", err)
	}
	if n, err := read(v.sent); n != sentBytes || err != nil {
		row.lost.Add(int64(sentBytes - n))
		t.Errorf("the peer that bytes were under way to: %d bytes, %v; want %d and the end", n, err, sentBytes)
	}
	if _, err := read(v.waiting); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the peer that was never accepted: %v, want a reset", err)
	}
	if again, err := net.Dial("tcp4", wire.FormatAddress(v.listener.GetLocal())); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dialing the listener: %v, want refused", err)
		if err == nil {
			_ = again.Close()
		}
	}
	if _, err := net.Dial("unix", v.path); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dialing the unix listener: %v, want refused: the path outlives the process", err)
	}
}

// restarted is what clients are told by the agent's successor.
func (v *victims) restarted(t testing.TB, c *farsock.Client) {
	t.Helper()
	isRestart := func(what string, err error) {
		t.Helper()
		if info, _ := wire.InfoOf(err); info.Reason != farsockv1.ErrorReason_ERROR_REASON_AGENT_RESTARTED {
			t.Errorf("%s: %v, want AGENT_RESTARTED", what, err)
		}
	}
	var err error
	eventually(t, func() error {
		_, err = c.Sockets.GetSocket(t.Context(), &farsockv1.GetSocketRequest{Name: wire.SocketUID(v.listener.GetUid())})
		if farsock.Unreachable(err) {
			return err
		}
		return nil
	})
	isRestart("a socket", err)
	_, err = c.Sessions.GetSession(t.Context(), &farsockv1.GetSessionRequest{Name: wire.SessionName(v.session.UID())})
	isRestart("a session", err)
	_, err = c.Sessions.GetSession(t.Context(), &farsockv1.GetSessionRequest{Name: v.session.Name()})
	if info, _ := wire.InfoOf(err); info.Reason != farsockv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND {
		t.Errorf("a session's id: %v, want SESSION_NOT_FOUND", err)
	}
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	select {
	case err := <-v.read:
		isRestart("the SDK's connection", err)
	case <-limit.C:
		t.Error("the SDK's connection still reads")
	}
	select {
	case <-v.session.Lost():
		isRestart("the SDK's session", v.session.Err())
	case <-limit.C:
		t.Error("the SDK's session is not lost")
	}
}

// stalePath: the dead agent's unix path is there, as after any killed program;
// it is in use until somebody removes it.
func (v *victims) stalePath(t testing.TB, c *farsock.Client) {
	t.Helper()
	s, err := c.OpenSession(t.Context(), farsock.SessionConfig{})
	if err != nil {
		t.Fatal(err)
	}
	bind := func() (*farsockv1.OpenResponse, error) {
		return c.Sockets.Open(t.Context(), &farsockv1.OpenRequest{
			Session: s.Name(), RequestId: uuid.NewString(),
			Family: farsockv1.Family_FAMILY_UNIX, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM,
			Bind: wire.UnixPath(v.path), Listen: &farsockv1.ListenStage{}})
	}
	res, err := bind()
	if err != nil || res.GetOutcome().GetErrnoName() != "EADDRINUSE" {
		t.Errorf("binding the stale path: %v %v, want EADDRINUSE", res.GetOutcome(), err)
	}
	if err := os.Remove(v.path); err != nil {
		t.Fatal(err)
	}
	if res, err = bind(); err != nil || farsock.OutcomeErr("bind", res.GetOutcome()) != nil {
		t.Errorf("binding the path again: %v %v", res.GetOutcome(), err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(v.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the path after its session's end: %v", err)
	}
}
