//go:build linux

package rpc_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

const reused = farsockv1.ErrorReason_ERROR_REASON_REQUEST_ID_REUSED

func TestOpenRepeated(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	req := &farsockv1.OpenRequest{Session: "sessions/t", Name: "l", RequestId: uuid.NewString(),
		Family: inet4, Type: tcp, Bind: inet("127.0.0.1", 0), Listen: &farsockv1.ListenStage{}}
	open := must[*farsockv1.OpenResponse](t)
	first := open(h.sockets.Open(h.ctx(), req))
	req.Wait = durationpb.New(time.Second) // is not part of the content
	if again := open(h.sockets.Open(h.ctx(), req)); !proto.Equal(first, again) {
		t.Errorf("first %v\nagain %v", first, again)
	}
	h.close(first.GetSocket())
	if again := open(h.sockets.Open(h.ctx(), req)); !proto.Equal(first, again) {
		t.Errorf("after its close: %v", again)
	}
	other := proto.CloneOf(req)
	other.Name = "m"
	if _, err := h.sockets.Open(h.ctx(), other); reasonOf(err) != reused {
		t.Errorf("other content: %v", err)
	}
	if _, err := h.sockets.Accept(h.ctx(), &farsockv1.AcceptRequest{Socket: uid(h.listen("t", "")), RequestId: req.GetRequestId()}); reasonOf(err) != reused {
		t.Errorf("an Accept with an Open's id: %v", err)
	}
	h.session("u")
	other = proto.CloneOf(req)
	other.Session = "sessions/u"
	if elsewhere := open(h.sockets.Open(h.ctx(), other)); elsewhere.GetSocket().GetUid() == first.GetSocket().GetUid() {
		t.Error("request ids are shared between sessions")
	}
}

// A failure of the kernel is an answer and is stored; a status error is not.
func TestOpenRepeatedFailure(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	to := h.closedPort("t")
	req := &farsockv1.OpenRequest{Session: "sessions/t", RequestId: uuid.NewString(), Family: inet4, Type: tcp, Connect: to}
	open := must[*farsockv1.OpenResponse](t)
	first := open(h.sockets.Open(h.ctx(), req))
	h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: tcp, Bind: to, Listen: &farsockv1.ListenStage{}})
	if again := open(h.sockets.Open(h.ctx(), req)); !proto.Equal(first, again) || again.GetOutcome().GetErrnoName() != "ECONNREFUSED" {
		t.Errorf("first %v, again %v", first, again)
	}

	taken := h.udp("t", "taken")
	req = &farsockv1.OpenRequest{Session: "sessions/t", Name: "taken", RequestId: uuid.NewString(), Family: inet4, Type: tcp}
	if _, err := h.sockets.Open(h.ctx(), req); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_SOCKET_EXISTS {
		t.Fatalf("a live name: %v", err)
	}
	h.close(taken)
	done(t, open(h.sockets.Open(h.ctx(), req)).GetOutcome())
}

func TestAcceptRepeated(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	l := h.listen("t", "l")
	req := &farsockv1.AcceptRequest{Socket: uid(l), RequestId: uuid.NewString(), Wait: durationpb.New(0)}
	accept := must[*farsockv1.AcceptResponse](t)
	if none := accept(h.sockets.Accept(h.ctx(), req)); none.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK || none.GetSocket() != nil {
		t.Errorf("nobody there: %v", none)
	}
	h.dial("t", "c1", l.GetLocal())
	h.dial("t", "c2", l.GetLocal())
	req.Wait = nil
	first := accept(h.sockets.Accept(h.ctx(), req))
	if again := accept(h.sockets.Accept(h.ctx(), req)); !proto.Equal(first, again) {
		t.Errorf("first %v\nagain %v", first, again)
	}
	if first.GetSocket().GetListenerUid() != l.GetUid() {
		t.Errorf("listener_uid %q", first.GetSocket().GetListenerUid())
	}
	if q := h.get(l).GetAcceptQueue(); q != 1 {
		t.Errorf("accept queue %d, want the second connection", q)
	}
	h.close(l)
	if again := accept(h.sockets.Accept(h.ctx(), req)); !proto.Equal(first, again) {
		t.Errorf("with the listener closed: %v", again)
	}
	if _, err := h.sockets.Accept(as(h.ctx(), 1001), req); reasonOf(err) != noSocket {
		t.Errorf("another's: %v", err)
	}
	req.RequestId = uuid.NewString()
	if _, err := h.sockets.Accept(h.ctx(), req); reasonOf(err) != noSocket {
		t.Errorf("a new one: %v", err)
	}
}

// Many repeats of an Accept that waits get one connection, whoever leaves.
func TestAcceptJoined(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	l := h.listen("t", "l")
	req := &farsockv1.AcceptRequest{Socket: uid(l), RequestId: uuid.NewString()}
	ctx := h.ctx()
	var all sync.WaitGroup
	uids := make(chan string, 20)
	for i := range 20 {
		all.Go(func() {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			req := proto.CloneOf(req)
			if i%2 == 0 {
				req.Wait = durationpb.New(time.Duration(i) * time.Millisecond)
			}
			resp, err := h.sockets.Accept(ctx, req)
			switch {
			case err != nil:
				t.Errorf("accept %d: %v", i, err)
			case resp.GetSocket() != nil:
				uids <- resp.GetSocket().GetUid()
			}
		})
	}
	waitFor(t, "the callers to wait", func() bool { return h.table.Stats().Calls >= 10 })
	h.dial("t", "c1", l.GetLocal())
	h.dial("t", "c2", l.GetLocal())
	all.Wait()
	close(uids)
	seen, count := map[string]bool{}, 0
	for u := range uids {
		seen[u] = true
		count++
	}
	if len(seen) != 1 || count < 10 {
		t.Errorf("%d answers with %d sockets", count, len(seen))
	}
}

// The caller goes while its dial waits; the repeat learns how it ended.
func TestOpenCancelled(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	l := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: tcp,
		Bind: inet("127.0.0.1", 0), Listen: &farsockv1.ListenStage{Backlog: proto.Int32(0)}})
	h.dial("t", "first", l.GetLocal())
	req := &farsockv1.OpenRequest{Session: "sessions/t", Name: "late", RequestId: uuid.NewString(), Family: inet4, Type: tcp, Connect: l.GetLocal()}
	ctx, cancel := context.WithCancel(h.ctx())
	gone := make(chan error, 1)
	go func() {
		_, err := h.sockets.Open(ctx, req)
		gone <- err
	}()
	waitFor(t, "the dial to wait", func() bool { return h.table.Stats().Calls == 1 })
	cancel()
	if err := <-gone; err == nil {
		t.Fatal("the dial was answered")
	}
	waitFor(t, "the call to end", func() bool { return h.table.Stats().Calls == 0 })
	resp := must[*farsockv1.OpenResponse](t)(h.sockets.Open(h.ctx(), req))
	if resp.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED || resp.GetSocket() != nil {
		t.Errorf("got %v", resp)
	}
}
