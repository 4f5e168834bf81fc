//go:build linux

package rpc_test

import (
	"bytes"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/farsock/farsock/agent/internal/rpc"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// Uploads that peers do not take go beyond a full budget by one message a stream;
// all arrives once they read.
func TestUploadsGoBeyondTheBudgetByOneMessage(t *testing.T) {
	const budget, streams, messages, message = 64 << 10, 4, 6, 48 << 10
	h := newHarness(t, withBudget(budget))
	h.session("t")
	data := bytes.Repeat([]byte("0123456789abcdef"), message/16)
	var peers []*farsockv1.Socket
	var begins []int64
	var all []*attached
	sent := make(chan error, streams)
	for range streams {
		a, b := h.tcpPair("t", "", "")
		h.fillUp(a, b)
		st := h.resume(a, 1, nil)
		all, peers, begins = append(all, st), append(peers, b), append(begins, st.next)
	}
	for _, st := range all {
		go func() { sent <- st.writeAll(bytes.Repeat(data, messages)) }()
	}
	waitFor(t, "each stream's message", func() bool { return h.env.Budget.Used() >= streams*wire.StreamSendChunk })
	most := int64(budget + streams*(message+4096))
	for range 100 {
		if used := h.env.Budget.Used(); used > most {
			t.Fatalf("%d bytes charged, at most %d may be", used, most)
		}
		h.get(peers[0])
	}
	for i, p := range peers {
		peer := h.attach(p)
		peer.until("all of it", peer.got(int(begins[i])+messages*message))
		if got := peer.data.Bytes()[begins[i]:]; !bytes.Equal(got, bytes.Repeat(data, messages)) {
			t.Error("the peer got others")
		}
	}
	for range peers {
		if err := <-sent; err != nil {
			t.Error(err)
		}
	}
	waitFor(t, "the budget is free again", func() bool { return h.env.Budget.Used() == 0 })
}

// An ack that a full budget leaves behind data costs the stream at last, and
// nothing else: the next stream's attach acknowledges.
func TestAckBehindDataBeyondTheBudget(t *testing.T) {
	const budget, message = 64 << 10, 32 << 10
	h := newHarnessOf(t, func(d *rpc.Deps) { d.Stall = 200 * time.Millisecond }, withBudget(budget))
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	h.fillUp(a, b)
	h.fill(b)
	h.env.Budget.Force(budget) // others'
	st := h.resume(a, 1, nil)
	st.until("what may be held without budget", st.got(1))
	begin, want := st.next, bytes.Repeat([]byte("0123456789abcdef"), message/16)
	st.write(want)
	waitFor(t, "the message", func() bool { return h.env.Budget.Used() > budget+message })
	st.ack(st.offset) // not received any more
	info := st.ends(farsockv1.ErrorReason_ERROR_REASON_STALLED)
	if info.Code != codes.Aborted || info.Metadata["socket"] != uid(a) {
		t.Errorf("got %+v", info)
	}
	got := st.offset
	if s := h.get(a); s.GetAckedOffset() == got || s.GetSendOffset() > begin+message {
		t.Fatalf("the ack was received all the same: %v", s)
	}
	h.env.Budget.Give(budget)
	again := h.resume(a, 2, func(m *farsockv1.Attach) {
		m.ReceiveFrom, m.Window = proto.Int64(got), proto.Int32(4096) // what it gets while it sends stalls nobody
	})
	again.until("more", again.got(1))
	if again.begin.GetReceiveBegin() != got {
		t.Errorf("got %v", again.begin)
	}
	peer := h.attach(b)
	at := again.begin.GetSendApplied()
	again.next = at
	again.write(want[at-begin:])
	peer.until("all of it", peer.got(int(begin)+message))
	if !bytes.Equal(peer.data.Bytes()[begin:], want) {
		t.Error("the peer got others")
	}
	again.until("applied", again.appliedTo(begin+message))
	waitFor(t, "the backlog is not charged any more", func() bool { return h.env.Budget.Used() <= 8192 })
}
