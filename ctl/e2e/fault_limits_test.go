//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// limitDescriptors is a command that becomes another one with at most so many
// descriptors.
func limitDescriptors(n int) []string {
	return []string{"sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, n)}
}

// box opens a UDP socket of the session.
func box(ctx context.Context, c *farsock.Client, s *farsock.Session) (*farsockv1.OpenResponse, error) {
	return c.Sockets.Open(ctx, &farsockv1.OpenRequest{Session: s.Name(), RequestId: uuid.NewString(),
		Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_DATAGRAM})
}

// TestFaultFewDescriptors fills an agent that may have 128 descriptors. Who goes over
// is told the limit; new clients are served all the same; a connection that
// waits at a listener is not lost; and after closing all works again.
func TestFaultFewDescriptors(t *testing.T) {
	t.Parallel()
	row := countFaults(t, "ulimit -n 128, filled")
	a := startAgentUnder(t, limitDescriptors(128), "", "127.0.0.1:"+freePort(t))
	if err := connectTo(t, a.endpoint()).Close(); err != nil { // or the agent may still be starting
		t.Fatal(err)
	}
	then := a.atRest(t)
	c := connectTo(t, a.endpoint())
	s := lease(t, c)
	w := newWaiting(t, c, s)
	full := func(what string, err error) {
		t.Helper()
		if info, _ := wire.InfoOf(err); info.Reason != farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED || info.Metadata["limit"] == "" {
			t.Fatalf("%s: %v, want LIMIT_EXCEEDED and the limit's name", what, err)
		}
		row.faults.Add(1)
	}
	var boxes []string
	for {
		res, err := box(t.Context(), c, s)
		if err != nil {
			full(fmt.Sprintf("socket %d", len(boxes)+2), err)
			break
		}
		if err := farsock.OutcomeErr("open", res.GetOutcome()); err != nil {
			t.Fatalf("socket %d: %v", len(boxes)+2, err)
		}
		if boxes = append(boxes, wire.SocketUID(res.GetSocket().GetUid())); len(boxes) > 128 {
			t.Fatal("more sockets than descriptors")
		}
	}
	filled := len(boxes)
	_, err := c.Sockets.Accept(t.Context(), w.request())
	full("Accept", err)
	// The control plane answers, and lets itself be filled only so far.
	u := newUser(t)
	u.setenv("FARSOCK_AGENT", a.endpoint())
	var others []*farsock.Client
	for range 20 {
		other := connectTo(t, a.endpoint())
		if _, err := other.Agents.GetAgent(t.Context(), &farsockv1.GetAgentRequest{}); err != nil {
			t.Fatalf("client %d: %v", len(others)+2, err)
		}
		others = append(others, other)
	}
	u.ctl(t, "agent", "info").want(t, 0)
	for _, name := range boxes {
		if _, err := others[0].Sockets.Close(t.Context(), &farsockv1.CloseRequest{Socket: name}); err != nil {
			t.Fatal(err)
		}
	}
	w.accept(t, c)
	for range filled / 2 {
		if res, err := box(t.Context(), c, s); err != nil || farsock.OutcomeErr("open", res.GetOutcome()) != nil {
			t.Fatal(res, err)
		}
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, other := range append(others, c) {
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
	}
	a.backAtRest(t, then, nil)
	row.says("%d sockets, then LIMIT_EXCEEDED for Open and Accept; 20 more clients served meanwhile", filled+1)
}

// TestFaultNoDescriptors takes the descriptors away from an agent that runs: the
// kernel then answers EMFILE, which Open and Accept tell at once as
// NO_RESOURCES; the connection stays in the backlog; nothing spins; clients that
// are there are served, and those that come later are once there is room.
func TestFaultNoDescriptors(t *testing.T) {
	t.Parallel()
	row := countFaults(t, "no descriptor left (EMFILE)")
	a := startAgent(t, "", "127.0.0.1:"+freePort(t))
	c := connectTo(t, a.endpoint())
	s := lease(t, c)
	w := newWaiting(t, c, s)
	then := a.atRest(t)
	usual := a.limit(t, unix.Rlimit{Cur: 1, Max: 20_000})
	emfile := func(what string, o *farsockv1.Outcome, err error) {
		t.Helper()
		if err != nil || o.GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_NO_RESOURCES || o.GetErrnoName() != "EMFILE" {
			t.Fatalf("%s: %v %v, want NO_RESOURCES and EMFILE", what, o, err)
		}
		row.faults.Add(1)
	}
	began := a.processorTime(t)
	for range 20 {
		res, err := box(t.Context(), c, s)
		emfile("Open", res.GetOutcome(), err)
		if res.GetSocket() != nil {
			t.Fatalf("there is a socket: %v", res)
		}
		accepted, err := c.Sockets.Accept(t.Context(), w.request()) // as long as it takes
		emfile("Accept", accepted.GetOutcome(), err)
	}
	if _, err := c.Agents.GetAgent(t.Context(), &farsockv1.GetAgentRequest{}); err != nil {
		t.Error(err)
	}
	// Clients that come now wait in the agent's own backlog, or are served out of
	// a reserve; an accept loop that does not wait would use up a processor.
	knocking := make([]net.Conn, 5)
	for i := range knocking {
		var err error
		if knocking[i], err = net.Dial("unix", a.socket); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = knocking[i].Close() }()
	}
	const while = 2 * time.Second
	<-time.After(while)
	used := a.processorTime(t) - began
	if !underRace && used > while/2 {
		t.Errorf("the agent used %v of a processor in %v without a descriptor", used, while)
	}
	a.limit(t, usual)
	if err := connectTo(t, a.endpoint()).Close(); err != nil {
		t.Fatal(err)
	}
	for _, conn := range knocking {
		_ = conn.Close()
	}
	w.accept(t, c)
	if res, err := box(t.Context(), c, s); err != nil || farsock.OutcomeErr("open", res.GetOutcome()) != nil {
		t.Fatal(res, err)
	}
	row.says("Open and Accept say so at once, %v of processor time in %v", used, while)
	a.backAtRest(t, then, func() int { return 2 })
}

// limit sets the agent's bound on descriptors and returns the one before.
func (a *agentProcess) limit(t testing.TB, to unix.Rlimit) (before unix.Rlimit) {
	t.Helper()
	if err := unix.Prlimit(a.cmd.Process.Pid, unix.RLIMIT_NOFILE, &to, &before); err != nil {
		t.Fatal(err)
	}
	return before
}

// processorTime is what the agent has used so far.
func (a *agentProcess) processorTime(t testing.TB) time.Duration {
	t.Helper()
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", a.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	var all time.Duration
	for _, thread := range threads {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", a.cmd.Process.Pid, thread.Name()))
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue // it has ended
		}
		var ns int64
		if _, err := fmt.Fscan(strings.NewReader(string(text)), &ns); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		all += time.Duration(ns)
	}
	return all
}

// waiting is a connection in the backlog of an agent's listener.
type waiting struct {
	listener string
	peer     net.Conn
}

func newWaiting(t testing.TB, c *farsock.Client, s *farsock.Session) *waiting {
	t.Helper()
	l, err := s.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	peer, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = peer.Close() })
	return &waiting{listener: wire.SocketUID(l.Socket().GetUid()), peer: peer}
}

// request is an Accept that waits for as long as it takes.
func (w *waiting) request() *farsockv1.AcceptRequest {
	return &farsockv1.AcceptRequest{Socket: w.listener, RequestId: uuid.NewString()}
}

// accept takes the connection that waited, and no other.
func (w *waiting) accept(t testing.TB, c *farsock.Client) {
	t.Helper()
	res, err := c.Sockets.Accept(t.Context(), w.request())
	if err != nil || farsock.OutcomeErr("accept", res.GetOutcome()) != nil {
		t.Fatal(res, err)
	}
	if got, want := wire.FormatAddress(res.GetSocket().GetPeer()), w.peer.LocalAddr().String(); got != want {
		t.Errorf("accepted %s, want %s, which waited", got, want)
	}
}
