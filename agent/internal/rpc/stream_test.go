//go:build linux

package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// attached is one Stream seen from its client.
type attached struct {
	t      *testing.T
	grpc   grpc.BidiStreamingClient[farsockv1.StreamRequest, farsockv1.StreamResponse]
	begin  *farsockv1.Attached
	cancel context.CancelFunc
	next   int64      // offset of the next data to send
	turn   sync.Mutex // of who sends

	// What was received.
	data    bytes.Buffer
	items   []*farsockv1.StreamItem
	offset  int64 // of the next data to come
	applied *farsockv1.Applied
	refused []*farsockv1.RefusedDatagram
	end     *farsockv1.End
}

// attachTo returns the status instead if the agent refuses.
func (h *harness) attachTo(s *farsockv1.Socket, a *farsockv1.Attach) (*attached, error) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Second)
	h.t.Cleanup(cancel)
	st, err := h.sockets.Stream(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	a.Socket = uid(s)
	if a.GetHolder() == "" {
		h.epoch++
		a.Holder, a.Epoch = "h", h.epoch
	}
	if err := st.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{Attach: a}}); err != nil {
		h.t.Fatal(err)
	}
	m, err := st.Recv()
	if err != nil {
		cancel()
		return nil, err
	}
	if m.GetAttached() == nil {
		h.t.Fatalf("first %v, want attached", m)
	}
	return &attached{t: h.t, grpc: st, cancel: cancel, begin: m.GetAttached(),
		next: m.GetAttached().GetSendApplied(), offset: m.GetAttached().GetReceiveBegin()}, nil
}

func (h *harness) attach(s *farsockv1.Socket) *attached {
	h.t.Helper()
	a, err := h.attachTo(s, &farsockv1.Attach{})
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

func (a *attached) send(m *farsockv1.StreamRequest) error {
	a.turn.Lock()
	defer a.turn.Unlock()
	return a.grpc.Send(m)
}

func (a *attached) put(m *farsockv1.StreamRequest) {
	a.t.Helper()
	if err := a.send(m); err != nil {
		a.t.Fatal(err)
	}
}

func (a *attached) write(data []byte) {
	a.t.Helper()
	a.put(streamData(&farsockv1.StreamSend{Offset: a.next, Data: data}))
	a.next += int64(len(data))
}

func (a *attached) closeWrite() {
	a.t.Helper()
	a.put(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_CloseWrite{CloseWrite: &farsockv1.CloseWrite{Offset: a.next}}})
}

// until reads messages, holding them against the contract, until holds.
func (a *attached) until(what string, holds func() bool) {
	a.t.Helper()
	for !holds() {
		m, err := a.grpc.Recv()
		if err != nil {
			a.t.Fatalf("before %s: %v", what, err)
		}
		a.take(m)
	}
}

func (a *attached) take(m *farsockv1.StreamResponse) {
	a.t.Helper()
	switch m := m.GetMessage().(type) {
	case *farsockv1.StreamResponse_Data:
		if a.end != nil {
			a.t.Fatal("data after the end")
		}
		if m.Data.GetOffset() != a.offset {
			a.t.Fatalf("data at %d, want %d", m.Data.GetOffset(), a.offset)
		}
		if n := len(m.Data.GetData()); n > 32768 || n+len(m.Data.GetItems()) == 0 || len(m.Data.GetItems()) > 64 {
			a.t.Fatalf("data of %d bytes and %d items", n, len(m.Data.GetItems()))
		}
		a.data.Write(m.Data.GetData())
		a.items = append(a.items, m.Data.GetItems()...)
		a.offset += int64(len(m.Data.GetData()) + len(m.Data.GetItems()))
	case *farsockv1.StreamResponse_Applied:
		if before := a.applied.GetOffset(); m.Applied.GetOffset() < before {
			a.t.Fatalf("applied went back from %d to %d", before, m.Applied.GetOffset())
		}
		a.applied = m.Applied
		a.refused = append(a.refused, m.Applied.GetRefused()...)
	case *farsockv1.StreamResponse_End:
		if m.End.GetOffset() != a.offset {
			a.t.Fatalf("end at %d, want %d", m.End.GetOffset(), a.offset)
		}
		a.end = m.End
	default:
		a.t.Fatalf("unexpected %v", m)
	}
}

func (a *attached) ended() bool { return a.end != nil }

// over reads to the stream's status.
func (a *attached) over() error {
	a.t.Helper()
	for {
		m, err := a.grpc.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		a.take(m)
	}
}

func TestStreamBothWays(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	st := h.attach(a)
	if st.begin.GetSocket().GetUid() != a.GetUid() || !st.begin.GetSocket().GetAttached() || st.begin.GetEnd() != nil {
		t.Errorf("attached %v", st.begin)
	}
	st.write([]byte("to the peer"))
	st.until("applied", func() bool { return st.applied.GetOffset() == st.next })
	h.send(b, "from the peer")
	st.until("data", func() bool { return st.data.String() == "from the peer" })

	st.closeWrite()
	st.until("close_write", func() bool { return st.applied.GetOutcome().GetCode() == isDone })
	got := h.receive(b, &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_EndOfStream{EndOfStream: true}})
	if string(got.GetData()) != "to the peer" || !got.GetEnd() {
		t.Errorf("the peer got %v", got)
	}
	h.send(b, ", after our end")
	h.close(b)
	st.until("the end", st.ended)
	if st.data.String() != "from the peer, after our end" || st.end.GetHow().GetCode() != isDone {
		t.Errorf("got %q, %v", st.data.String(), st.end)
	}
	if err := st.grpc.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if err := st.over(); err != nil {
		t.Errorf("status %v", err)
	}
	if s := h.get(a); s.GetAttached() || s.GetSendOffset() != st.next || s.GetReadOffset() != st.offset || s.GetHeldBytes() != 0 || !s.GetEndSeen() || !s.GetWriteShutDown() {
		t.Errorf("afterwards %v", s)
	}
	again := h.attach(a)
	if again.begin.GetEnd() == nil || again.begin.GetSendApplied() != st.next || again.begin.GetReceiveBegin() != st.offset {
		t.Errorf("attached again %v", again.begin)
	}
	again.until("the end again", again.ended)
}

// CloseSend alone ends nothing.
func TestStreamCloseSend(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	st := h.attach(a)
	st.write([]byte("x"))
	if err := st.grpc.CloseSend(); err != nil {
		t.Fatal(err)
	}
	st.until("applied", func() bool { return st.applied.GetOffset() == 1 })
	got := h.receive(b, &farsockv1.ReceiveRequest{})
	if string(got.GetData()) != "x" || got.GetEnd() {
		t.Errorf("the peer got %v", got)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{Wait: durationpb.New(0)}); got.GetOutcome().GetCode() != wouldBlock {
		t.Errorf("then %v", got)
	}
	h.send(b, "y")
	h.close(b)
	if err := st.over(); err != nil || st.data.String() != "y" || !st.ended() {
		t.Errorf("status %v, data %q, end %v", err, st.data.String(), st.end)
	}
}

// Held bytes come first; a megabyte each way comes whole.
func TestStreamMuch(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	h.send(b, "held|")
	h.receive(a, &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_Exactly{Exactly: 5}, Ack: manual})
	st, err := h.attachTo(a, &farsockv1.Attach{ReceiveFrom: proto.Int64(1), SendFrom: proto.Int64(0)})
	if err != nil {
		t.Fatal(err)
	}
	if st.begin.GetReceiveBegin() != 1 || st.begin.GetReceiveEnd() != 5 {
		t.Errorf("attached %v", st.begin)
	}
	other := h.attach(b)
	want := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16)
	sent := make(chan error, 1)
	go func() {
		for at := 0; at < len(want); at += wire.StreamSendChunk {
			chunk := want[at:min(at+wire.StreamSendChunk, len(want))]
			if err := st.grpc.Send(streamData(&farsockv1.StreamSend{Offset: int64(at), Data: chunk})); err != nil {
				sent <- err
				return
			}
		}
		sent <- st.grpc.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_CloseWrite{CloseWrite: &farsockv1.CloseWrite{Offset: int64(len(want))}}})
	}()
	other.until("the end", other.ended)
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(other.data.Bytes(), want) {
		t.Errorf("%d bytes arrived of %d, or others", other.data.Len(), len(want))
	}
	st.until("applied and held data", func() bool { return st.applied.GetOutcome() != nil && st.data.Len() >= 4 })
	if st.applied.GetOffset() != int64(len(want)) || st.data.String() != "eld|" {
		t.Errorf("applied %v, data %q", st.applied, st.data.String())
	}
}

func TestStreamHasTheSocketAlone(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	st, err := h.attachTo(a, &farsockv1.Attach{Holder: "me", Epoch: 5})
	if err != nil {
		t.Fatal(err)
	}
	const isAttached = farsockv1.ErrorReason_ERROR_REASON_ATTACHED
	if _, err := h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(a)}); reasonOf(err) != isAttached {
		t.Errorf("send: %v", err)
	}
	if _, err := h.sockets.Receive(h.ctx(), &farsockv1.ReceiveRequest{Socket: uid(a)}); reasonOf(err) != isAttached {
		t.Errorf("receive: %v", err)
	}
	if _, err := h.sockets.Ack(h.ctx(), &farsockv1.AckRequest{Socket: uid(a), Offset: proto.Int64(0)}); reasonOf(err) != isAttached {
		t.Errorf("ack: %v", err)
	}
	if _, err := h.attachTo(a, &farsockv1.Attach{Holder: "you", Epoch: 9}); reasonOf(err) != isAttached {
		t.Errorf("another holder: %v", err)
	}
	_, err = h.attachTo(a, &farsockv1.Attach{Holder: "me", Epoch: 5})
	if info, _ := wire.InfoOf(err); info.Reason != farsockv1.ErrorReason_ERROR_REASON_STALE_EPOCH || info.Code != codes.FailedPrecondition {
		t.Errorf("the same epoch: %v", err)
	}
	st.write([]byte("still mine"))
	st.until("applied", func() bool { return st.applied.GetOffset() == st.next })
	st.cancel()
	waitFor(t, "the socket to be free", func() bool { return !h.get(a).GetAttached() })
	if _, err := h.attachTo(a, &farsockv1.Attach{Holder: "me", Epoch: 4}); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_STALE_EPOCH {
		t.Errorf("a lower epoch afterwards: %v", err)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{}); string(got.GetData()) != "still mine" {
		t.Errorf("the peer got %v", got)
	}
	h.send(b, "unary again")
	if got := h.receive(a, &farsockv1.ReceiveRequest{}); string(got.GetData()) != "unary again" {
		t.Errorf("got %v", got)
	}
}

func TestStreamBusy(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	got := make(chan string, 1)
	go func() {
		resp, err := h.sockets.Receive(context.WithoutCancel(t.Context()), &farsockv1.ReceiveRequest{Socket: uid(a), Wait: durationpb.New(10 * time.Second)})
		got <- string(resp.GetData()) + status.Convert(err).Message()
	}()
	waitFor(t, "the receive to wait", func() bool { return h.table.Stats().Calls == 1 })
	if _, err := h.attachTo(a, &farsockv1.Attach{}); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_BUSY {
		t.Errorf("attach: %v", err)
	}
	h.send(b, "x")
	if s := <-got; s != "x" {
		t.Errorf("the receive: %s", s)
	}
}
