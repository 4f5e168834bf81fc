//go:build linux

package rpc_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/agent/internal/rpc"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// A client that takes nothing for long loses the stream, not the socket and not,
// with MANUAL, its data.
func TestStreamOfAClientThatTakesNothing(t *testing.T) {
	h := newHarnessOf(t, func(d *rpc.Deps) { d.Stall = 100 * time.Millisecond })
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	st := h.resume(a, 1, nil)
	h.fill(b)
	waitFor(t, "the stream's end", func() bool { return !h.get(a).GetAttached() })
	const stalled = farsockv1.ErrorReason_ERROR_REASON_STALLED
	if info := st.ends(stalled); info.Code != codes.Aborted || info.Metadata["socket"] != uid(a) {
		t.Errorf("got %+v", info)
	}
	h.close(b)
	sent, got := h.get(a), int64(0)
	for epoch := int64(2); ; epoch++ { // a busy machine may make it stall again
		again := h.resume(a, epoch, func(m *farsockv1.Attach) { m.ReceiveFrom = proto.Int64(got) })
		if epoch == 2 && again.begin.GetReceiveEnd() < int64(st.data.Len()) {
			t.Errorf("attached %v, after %d bytes", again.begin, st.data.Len())
		}
		reason := again.readAll(1 << 16)
		if got = again.offset; again.ended() {
			break
		}
		if reason != stalled {
			t.Fatalf("ended with %v", reason)
		}
	}
	if total := sent.GetReadOffset() + sent.GetReceiveQueue(); got < total || h.get(a).GetReadOffset() != got {
		t.Errorf("got %d bytes of at least %d", got, total)
	}
}

// readAll reads to the end, acknowledging now and then, or returns why it could
// not.
func (a *attached) readAll(every int64) farsockv1.ErrorReason {
	a.t.Helper()
	for acked := a.offset; !a.ended(); {
		m, err := a.grpc.Recv()
		if err != nil {
			return reasonOf(err)
		}
		if a.take(m); a.offset-acked >= every {
			acked = a.offset
			if err := a.send(ackOf(acked)); err != nil && !errors.Is(err, io.EOF) {
				a.t.Fatal(err)
			}
		}
	}
	return 0
}

// Without any budget a stream goes on all the same, both ways, if slowly.
func TestStreamWithoutBudget(t *testing.T) {
	h := newHarness(t, withBudget(0))
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	st, peer := h.resume(a, 1, nil), h.attach(b)
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<13)
	sent := make(chan error, 2)
	for _, from := range []*attached{st, peer} {
		go func() { sent <- from.writeAll(want) }()
	}
	if reason := st.readAll(1000); reason != 0 {
		t.Fatalf("ended with %v", reason)
	}
	if !st.ended() {
		t.Fatal("over before the end")
	}
	peer.until("the end", peer.ended)
	for range 2 {
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(st.data.Bytes(), want) || !bytes.Equal(peer.data.Bytes(), want) {
		t.Errorf("got %d and %d bytes, want %d, or others", st.data.Len(), peer.data.Len(), len(want))
	}
}

// An ack counts also behind data that the peer does not take: a peer that reads
// nothing before it has been read stops nobody.
func TestStreamAckBehindData(t *testing.T) {
	const window = 65536
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	h.fillUp(a, b)
	st := h.resume(a, 1, func(m *farsockv1.Attach) { m.Window = proto.Int32(window) })
	h.fill(b)
	st.until("a full window", st.got(window))
	begin, want := st.next, bytes.Buffer{}
	for i := range 1000 { // one byte each
		want.WriteByte(byte(i))
		st.write([]byte{byte(i)})
	}
	for i := range 8 {
		chunk := bytes.Repeat([]byte{byte(i)}, wire.StreamSendChunk)
		want.Write(chunk)
		st.write(chunk)
	}
	st.closeWrite()
	for range 3 {
		n := st.data.Len()
		st.ack(st.offset)
		st.until("the next window", st.got(n+window))
	}
	if at := h.get(a).GetSendOffset(); at == st.next {
		t.Fatalf("the kernel took all %d bytes meanwhile", at-begin)
	}
	peer := h.attach(b)
	peer.until("the end", peer.ended)
	if got := peer.data.Bytes(); int64(len(got)) != begin+int64(want.Len()) || !bytes.Equal(got[begin:], want.Bytes()) {
		t.Errorf("the peer got %d bytes of %d and %d, or others", len(got), begin, want.Len())
	}
	st.until("close_write", func() bool { return st.applied.GetOutcome().GetCode() == isDone })
}

// What waits for the kernel when its stream ends is discarded and not charged
// any more; with more of it than the agent takes, the client's own sends stop.
func TestStreamBacklogIsBounded(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	h.fillUp(a, b)
	st := h.resume(a, 1, nil)
	sent := make(chan int64, 1)
	go func() { sent <- st.writeUntilItFails() }()
	// In arrays of 32 KiB; and with 2 KiB the other direction looks for bytes.
	const most = (256<<10/wire.StreamSendChunk+1)*32<<10 + 2<<10
	waitFor(t, "a backlog", func() bool { return h.env.Budget.Used() > 256<<10 })
	for range 50 {
		if used := h.env.Budget.Used(); used > most {
			t.Fatalf("%d bytes charged", used)
		}
		h.get(a)
	}
	st.cancel()
	total := <-sent
	waitFor(t, "the backlog is gone", func() bool { return h.env.Budget.Used() == 0 })
	if at := h.get(a).GetSendOffset(); at >= total {
		t.Errorf("%d of %d bytes went all the same", at, total)
	}
}
