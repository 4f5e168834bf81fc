//go:build linux

package rpc_test

import (
	"strconv"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

const socketClosed = farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED

// A client that does not read stops the peer through TCP: the agent takes a
// bounded amount from the kernel, and later nothing is missing.
func TestStreamStalled(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	st := h.attach(a)
	total, stuck := int64(0), 0
	for stuck < 3 {
		resp := must[*farsockv1.SendResponse](t)(h.sockets.Send(h.ctx(), &farsockv1.SendRequest{
			Socket: uid(b), Data: zeros(wire.MaxUnaryBytes), DontWait: true}))
		total += resp.GetApplied()
		if resp.GetApplied() == 0 {
			stuck++
		} else {
			stuck = 0
		}
	}
	s := h.get(a)
	if s.GetReadOffset() >= total || s.GetReceiveQueue() == 0 || s.GetHeldBytes() != 0 {
		t.Errorf("the peer sent %d, the agent read %d, the kernel has %d, held %d", total, s.GetReadOffset(), s.GetReceiveQueue(), s.GetHeldBytes())
	}
	// The other direction goes on, and says so once the client reads.
	st.write([]byte("up"))
	if got := h.receive(b, &farsockv1.ReceiveRequest{}); string(got.GetData()) != "up" {
		t.Errorf("upload while stalled: %v", got)
	}
	st.write([]byte("stream"))
	if got := h.receive(b, &farsockv1.ReceiveRequest{}); string(got.GetData()) != "stream" {
		t.Errorf("upload while stalled: %v", got)
	}
	h.close(b)
	st.until("the end", st.ended)
	st.until("applied", func() bool { return st.applied.GetOffset() == st.next })
	if int64(st.data.Len()) != total {
		t.Errorf("%d bytes came of %d", st.data.Len(), total)
	}
}

// Neither a socket's close nor its session's end waits for a client that does
// not read.
func TestStreamCutShort(t *testing.T) {
	rows := []struct {
		name    string
		stalled bool
		cut     func(*harness, *farsockv1.Socket)
		ended   string
	}{
		{"socket closed", false, func(h *harness, s *farsockv1.Socket) { h.close(s) }, ""},
		{"session closed", false, closeSession, "CLOSED"},
		{"session closed, client stalled", true, closeSession, "CLOSED"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			h := newHarness(t)
			h.session("t")
			h.session("peer")
			l := h.listen("t", "")
			peer := h.dial("peer", "", l.GetLocal())
			a := h.accept(l, "")
			st := h.attach(a)
			if row.stalled {
				for stuck := 0; stuck < 3; stuck++ {
					resp := must[*farsockv1.SendResponse](t)(h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(peer), Data: zeros(wire.MaxUnaryBytes), DontWait: true}))
					if resp.GetApplied() > 0 {
						stuck = 0
					}
				}
			}
			row.cut(h, a)
			waitFor(t, "the stream's call to end", func() bool { return h.table.Stats().Calls == 0 })
			info, _ := wire.InfoOf(st.over())
			if info.Code != codes.Aborted || info.Reason != socketClosed || info.Metadata["ended"] != row.ended {
				t.Errorf("status %+v", info)
			}
		})
	}
}

func closeSession(h *harness, _ *farsockv1.Socket) {
	h.t.Helper()
	if _, err := h.sessions.CloseSession(h.ctx(), &farsockv1.CloseSessionRequest{Name: "sessions/t"}); err != nil {
		h.t.Fatal(err)
	}
}

func TestStreamReset(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	st := h.attach(a)
	if _, err := h.sockets.Close(h.ctx(), &farsockv1.CloseRequest{Socket: uid(b), Abort: true}); err != nil {
		t.Fatal(err)
	}
	st.until("the end", st.ended)
	if st.end.GetHow().GetErrnoName() != "ECONNRESET" {
		t.Errorf("end %v", st.end)
	}
	st.write([]byte("too late"))
	st.until("applied", func() bool { return st.applied != nil })
	if st.applied.GetOutcome().GetErrnoName() != "EPIPE" || st.applied.GetOffset() != 0 {
		t.Errorf("applied %v", st.applied)
	}
	st.write([]byte("and again"))
	if err := st.grpc.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if err := st.over(); err != nil {
		t.Errorf("status %v", err)
	}
	if st.applied.GetOffset() != 0 {
		t.Errorf("applied %v", st.applied)
	}
}

func TestStreamMalformed(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, _ := h.tcpPair("t", "", "")
	st := h.attach(a)
	st.closeWrite()
	st.put(streamData(&farsockv1.StreamSend{Data: []byte("x")}))
	info, _ := wire.InfoOf(st.over())
	if info.Reason != invalidField || info.Violations[0].Field != "data" {
		t.Errorf("data after close_write: %+v", info)
	}
	waitFor(t, "the socket to be free", func() bool { return !h.get(a).GetAttached() })
	st = h.attach(a)
	if err := st.grpc.CloseSend(); err != nil {
		t.Fatal(err)
	}
	st.cancel()
	if err := st.over(); status.Code(err) != codes.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

func TestStreamDatagrams(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.udp("t", "a"), h.udp("t", "b")
	st := h.attach(a)
	var batch []*farsockv1.Datagram
	for i := range 64 {
		batch = append(batch, &farsockv1.Datagram{Data: zeros(i), Peer: b.GetLocal()})
	}
	batch[7] = &farsockv1.Datagram{Data: zeros(65536), Peer: b.GetLocal()}
	batch[8] = &farsockv1.Datagram{Data: []byte("to whom")}
	st.put(streamData(&farsockv1.StreamSend{Datagrams: batch}))
	st.until("applied", func() bool { return st.applied.GetOffset() == 64 })
	if len(st.refused) != 2 || st.refused[0].GetOffset() != 7 || st.refused[0].GetOutcome().GetErrnoName() != "EMSGSIZE" ||
		st.refused[1].GetOffset() != 8 || st.refused[1].GetOutcome().GetErrnoName() != "EDESTADDRREQ" || st.applied.GetOutcome() != nil {
		t.Errorf("refused %v, outcome %v", st.refused, st.applied.GetOutcome())
	}
	other := h.attach(b)
	other.until("all", func() bool { return len(other.items) == 62 })
	at := 0
	for i, item := range other.items {
		for at == 7 || at == 8 {
			at++
		}
		d := item.GetDatagram()
		if len(d.GetData()) != at || d.GetOffset() != int64(i) || wire.FormatAddress(d.GetPeer()) != wire.FormatAddress(a.GetLocal()) {
			t.Errorf("item %d: %v", i, d)
		}
		at++
	}
	// One larger than a batch comes whole, and alone.
	st.next = 64
	st.put(streamData(&farsockv1.StreamSend{Offset: 64, Datagrams: []*farsockv1.Datagram{{Data: zeros(60000), Peer: b.GetLocal()}}}))
	other.until("the large one", func() bool { return len(other.items) == 63 })
	if d := other.items[62].GetDatagram(); len(d.GetData()) != 60000 || d.GetTruncated() {
		t.Errorf("the large one: %d bytes, truncated %v", len(d.GetData()), d.GetTruncated())
	}
}

// An ICMP error is an item with a number, not the end.
func TestStreamDatagramError(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	gone := h.udp("t", "")
	h.close(gone)
	a := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: dgram, Connect: gone.GetLocal()})
	st := h.attach(a)
	st.put(streamData(&farsockv1.StreamSend{Datagrams: []*farsockv1.Datagram{{Data: []byte("anyone")}}}))
	st.until("the error", func() bool { return len(st.items) == 1 })
	if e := st.items[0].GetError(); e.GetErrnoName() != "ECONNREFUSED" {
		t.Errorf("item %v", st.items[0])
	}
	back := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: dgram, Bind: gone.GetLocal()})
	for i := range 2 {
		sent := must[*farsockv1.SendResponse](t)(h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(back), Data: []byte(strconv.Itoa(i)), To: a.GetLocal()}))
		done(t, sent.GetOutcome())
	}
	st.until("what follows", func() bool { return len(st.items) == 3 })
	if d := st.items[2].GetDatagram(); string(d.GetData()) != "1" || d.GetOffset() != 2 {
		t.Errorf("then %v", st.items)
	}
}
