//go:build linux

package rpc_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

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
		if err := a.send(streamData(&farsockv1.StreamSend{Offset: at, Data: chunk})); err != nil {
			return at
		}
	}
}

// fillUp is fill, and again for as long as the kernel finds more room; it makes
// none by itself any more.
func (h *harness) fillUp(s, peer *farsockv1.Socket) {
	h.t.Helper()
	for on, o := range map[*farsockv1.Socket]*farsockv1.SocketOption{
		s:    {Option: &farsockv1.SocketOption_SendBuffer{SendBuffer: 32 << 10}},
		peer: {Option: &farsockv1.SocketOption_ReceiveBuffer{ReceiveBuffer: 32 << 10}},
	} {
		must[*farsockv1.SetOptionsResponse](h.t)(h.sockets.SetOptions(h.ctx(), &farsockv1.SetOptionsRequest{Socket: uid(on), Options: []*farsockv1.SocketOption{o}}))
	}
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
