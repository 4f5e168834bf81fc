//go:build linux

package rpc_test

import (
	"bytes"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/agent/internal/rpc"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestStreamTakeOver(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	first := h.resume(a, 1, nil)
	first.write([]byte("one "))
	first.until("applied", first.appliedTo(4))
	second := h.resume(a, 2, nil)
	if info := first.ends(fenced); info.Metadata["socket"] != uid(a) {
		t.Errorf("metadata %v", info.Metadata)
	}
	if _, err := h.attachTo(a, &farsockv1.Attach{Holder: "me", Epoch: 2}); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_STALE_EPOCH {
		t.Errorf("the same epoch: %v", err)
	}
	second.write([]byte("two "))
	second.until("applied", second.appliedTo(8))

	thief, err := h.attachTo(a, &farsockv1.Attach{Holder: "thief", Epoch: 1, Steal: true})
	if err != nil {
		t.Fatal(err)
	}
	second.ends(fenced)
	if _, err := h.attachTo(a, &farsockv1.Attach{Holder: "me", Epoch: 3}); reasonOf(err) != fenced {
		t.Errorf("attached again: %v", err)
	}
	thief.write([]byte("three"))
	thief.until("applied", thief.appliedTo(13))
	thief.cancel()
	waitFor(t, "the socket to be free", func() bool { return !h.get(a).GetAttached() })
	if _, err := h.attachTo(a, &farsockv1.Attach{Holder: "me", Epoch: 3}); reasonOf(err) != fenced {
		t.Errorf("attached again, nobody being there: %v", err)
	}
	if _, err := h.attachTo(a, &farsockv1.Attach{Holder: "me", Epoch: 3, Steal: true, SendFrom: proto.Int64(8)}); reasonOf(err) != holderChanged {
		t.Errorf("over the thief's bytes: %v", err)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_Exactly{Exactly: 13}}); string(got.GetData()) != "one two three" {
		t.Errorf("the peer got %q", got.GetData())
	}
}

// A stream is taken over at once also where its client fetches nothing and its
// peer reads nothing, so that both directions are stuck; what it had sent and
// nobody applied is gone.
func TestStreamTakeOverFromOneThatIsStuck(t *testing.T) {
	for name, mode := range map[string]farsockv1.AckMode{"AUTO": farsockv1.AckMode_ACK_MODE_AUTO, "MANUAL": manual} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			h.session("t")
			a, b := h.tcpPair("t", "", "")
			first := h.resume(a, 1, func(m *farsockv1.Attach) { m.Ack = mode })
			sent := make(chan int64, 1)
			go func() { sent <- first.writeUntilItFails() }()
			h.fill(b)
			h.stopped(a)
			second := h.resume(a, 2, func(m *farsockv1.Attach) { m.SendFrom = proto.Int64(0) })
			applied := second.begin.GetSendApplied()
			first.ends(fenced)
			if n := <-sent; applied == 0 || n <= applied {
				t.Errorf("the first sent %d, applied %d", n, applied)
			}
			if mode == manual && second.begin.GetReceiveBegin() != 0 || second.begin.GetReceiveEnd() == 0 {
				t.Errorf("attached %v", second.begin)
			}
			peer := h.attach(b)
			second.write([]byte("tail"))
			second.closeWrite()
			peer.until("the end", peer.ended)
			if got := peer.data.Bytes(); int64(len(got)) != applied+4 || string(got[applied:]) != "tail" {
				t.Errorf("the peer got %d bytes, applied were %d and 4", len(got), applied)
			}
		})
	}
}

// writeUntilItFails returns how much it sent.
func (a *attached) writeUntilItFails() int64 {
	chunk := bytes.Repeat([]byte{1}, wire.StreamSendChunk)
	for at := a.next; ; at += int64(len(chunk)) {
		if err := a.grpc.Send(streamData(&farsockv1.StreamSend{Offset: at, Data: chunk})); err != nil {
			return at
		}
	}
}

// fillUp is fill, and again for as long as the kernel finds more room.
func (h *harness) fillUp(s *farsockv1.Socket) {
	h.t.Helper()
	same := 0
	waitFor(h.t, "the kernel to be full", func() bool {
		before := h.get(s).GetSendOffset()
		h.fill(s)
		if same++; h.get(s).GetSendOffset() != before {
			same = 0
		}
		return same > 25
	})
}

// stopped waits until the kernel takes nothing more of what a stream sends, and
// has nothing taken from it: as far as looking a few times tells.
func (h *harness) stopped(s *farsockv1.Socket) {
	h.t.Helper()
	before, same := h.get(s), 0
	waitFor(h.t, "the stream to be stuck", func() bool {
		now := h.get(s)
		if same++; now.GetSendOffset() != before.GetSendOffset() || now.GetReadOffset() != before.GetReadOffset() || now.GetSendOffset() == 0 {
			before, same = now, 0
		}
		return same > 25
	})
}

// A client that takes nothing for long loses the stream, not the socket and not,
// with MANUAL, its data.
func TestStreamOfAClientThatTakesNothing(t *testing.T) {
	h := newHarnessOf(t, func(d *rpc.Deps) { d.Stall = 100 * time.Millisecond })
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	st := h.resume(a, 1, nil)
	h.fill(b)
	waitFor(t, "the stream's end", func() bool { return !h.get(a).GetAttached() })
	info := st.ends(farsockv1.ErrorReason_ERROR_REASON_STALLED)
	if info.Metadata["socket"] != uid(a) {
		t.Errorf("metadata %v", info.Metadata)
	}
	sent := int(h.get(b).GetSendOffset())
	again := h.resume(a, 2, nil)
	if again.begin.GetReceiveBegin() != 0 || again.begin.GetReceiveEnd() < int64(st.data.Len()) {
		t.Errorf("attached %v", again.begin)
	}
	h.close(b)
	for !again.ended() {
		again.until("data or the end", func() bool { return again.ended() || again.data.Len() > 0 && again.offset-h.acked(a) > 1<<18 })
		again.ack(again.offset)
	}
	if again.data.Len() != sent {
		t.Errorf("got %d bytes of %d", again.data.Len(), sent)
	}
}

func (h *harness) acked(s *farsockv1.Socket) int64 { return h.get(s).GetAckedOffset() }

// A client that takes something now and then, however little, keeps its stream,
// and so does one for whom there is nothing.
func TestStreamOfASlowClient(t *testing.T) {
	const stall = 300 * time.Millisecond
	h := newHarnessOf(t, func(d *rpc.Deps) { d.Stall = stall })
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	idle, _ := h.tcpPair("t", "", "")
	quiet := h.attach(idle)
	st := h.attach(a)
	h.fill(b)
	ticker := time.NewTicker(stall / 10)
	defer ticker.Stop()
	for end := time.Now().Add(4 * stall); time.Now().Before(end); <-ticker.C {
		n := st.data.Len()
		st.until("more", st.got(n+100_000))
		if st.data.Len() > 2<<20 {
			h.fill(b)
		}
	}
	quiet.write([]byte("x"))
	quiet.until("applied", quiet.appliedTo(1))
}

// An ack counts also behind data that the peer does not take: a peer that reads
// nothing before it has been read stops nobody.
func TestStreamAckBehindData(t *testing.T) {
	const window = 65536
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	h.fillUp(a)
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
	if at := h.get(a).GetSendOffset(); at != begin || st.applied != nil {
		t.Fatalf("the kernel took %d bytes meanwhile", at-begin)
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
	a, _ := h.tcpPair("t", "", "")
	h.fillUp(a)
	st := h.resume(a, 1, nil)
	sent := make(chan int64, 1)
	go func() { sent <- st.writeUntilItFails() }()
	const most = 256<<10 + wire.StreamSendChunk
	waitFor(t, "a backlog", func() bool { return h.env.Budget.Used() > 256<<10 })
	before := h.get(a).GetSendOffset()
	for range 50 {
		if used := h.env.Budget.Used(); used > most {
			t.Fatalf("%d bytes charged", used)
		}
		h.get(a)
	}
	st.cancel()
	<-sent
	waitFor(t, "the backlog is gone", func() bool { return h.env.Budget.Used() == 0 })
	if at := h.get(a).GetSendOffset(); at != before {
		t.Errorf("%d bytes went all the same", at-before)
	}
}
