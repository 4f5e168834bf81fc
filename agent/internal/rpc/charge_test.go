//go:build linux

package rpc_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func withBudget(bytes int64) func(*session.Config[*sock.Socket], *sock.Env) {
	return func(_ *session.Config[*sock.Socket], e *sock.Env) { e.Budget = sock.NewBudget(bytes) }
}

// overBudget fails unless err says that all that may be held is held.
func overBudget(t *testing.T, err error) {
	t.Helper()
	info, _ := wire.InfoOf(err)
	if info.Code != codes.ResourceExhausted || info.Reason != farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED || info.Metadata["limit"] != "held_bytes" {
		t.Errorf("got %v, want LIMIT_EXCEEDED of held_bytes", err)
	}
}

// fill lets the kernel take what it takes of bytes that nobody reads, so that a
// further Send stalls.
func (h *harness) fill(s *farsockv1.Socket) {
	h.t.Helper()
	for refused := 0; refused < 3; { // more than once: its buffers may still move
		resp, err := h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(s), Data: make([]byte, wire.StreamChunk), DontWait: true})
		if err != nil {
			h.t.Fatal(err)
		}
		refused++
		if resp.GetApplied() > 0 {
			refused = 0
		}
	}
}

// Sends to a peer that never reads hold no more than the budget together; the
// others hear so at once, and all is given back.
func TestStalledSendsAreCharged(t *testing.T) {
	const each, fit, all = wire.MaxUnaryBytes, 8, 40
	h := newHarness(t, withBudget(fit*each+each/2))
	h.session("t")
	a, _ := h.tcpPair("t", "", "")
	h.fill(a)
	ctx, cancel := context.WithCancel(h.ctx())
	defer cancel()
	results := make(chan error, all)
	for range all {
		go func() {
			_, err := h.sockets.Send(ctx, &farsockv1.SendRequest{Socket: uid(a), Data: make([]byte, each)})
			results <- err
		}()
	}
	for range all - fit {
		overBudget(t, <-results)
	}
	if used := h.env.Budget.Used(); used != fit*each {
		t.Errorf("%d bytes charged, want %d", used, fit*each)
	}
	resp := must[*farsockv1.GetAgentResponse](t)(h.agent.GetAgent(h.ctx(), &farsockv1.GetAgentRequest{}))
	for _, l := range resp.GetAgent().GetLimits() {
		if l.GetName() == "held_bytes" && l.GetInUse() != fit*each {
			t.Errorf("GetAgent says %v", l)
		}
	}
	cancel()
	for range fit {
		if err := <-results; err == nil {
			t.Error("a Send to a peer that never reads succeeded")
		}
	}
	waitFor(t, "the budget is free again", func() bool { return h.env.Budget.Used() == 0 })
}

// A Stream's message is charged while the kernel has not taken it.
func TestStalledStreamIsCharged(t *testing.T) {
	const message = wire.StreamChunk
	h := newHarness(t, withBudget(message+message/2))
	h.session("t")
	a, _ := h.tcpPair("t", "", "")
	b, _ := h.tcpPair("t", "", "")
	h.fill(a)
	first := h.attach(a)
	first.write(make([]byte, message))
	waitFor(t, "the stream's message is charged", func() bool { return h.env.Budget.Used() == message })
	_, err := h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(b), Data: make([]byte, message)})
	overBudget(t, err)
	h.close(a)
	waitFor(t, "the budget is free again", func() bool { return h.env.Budget.Used() == 0 })
}

func TestEmptyDatagramsAreCharged(t *testing.T) {
	h := newHarness(t, withBudget(511))
	h.session("t")
	u := h.udp("t", "")
	_, err := h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(u), To: u.GetLocal()})
	overBudget(t, err)
}

// What ends a call under way says which socket was closed.
func TestClosedUnderTheCallIsNamed(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	_, b := h.tcpPair("t", "", "named")
	result := make(chan error, 1)
	go func() {
		_, err := h.sockets.Receive(h.ctx(), &farsockv1.ReceiveRequest{Socket: uid(b)})
		result <- err
	}()
	waitFor(t, "the receive is under way", func() bool { return h.table.Stats().Calls == 1 })
	h.close(b)
	err := <-result
	info, _ := wire.InfoOf(err)
	if info.Reason != farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED || info.Metadata["socket"] != uid(b) || !strings.Contains(err.Error(), `socket "named" was closed`) {
		t.Errorf("got %v", err)
	}
}
