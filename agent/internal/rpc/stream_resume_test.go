//go:build linux

package rpc_test

import (
	"bytes"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

const (
	fenced        = farsockv1.ErrorReason_ERROR_REASON_FENCED
	holderChanged = farsockv1.ErrorReason_ERROR_REASON_HOLDER_CHANGED
)

// resume attaches holder "me".
func (h *harness) resume(s *farsockv1.Socket, epoch int64, spoil func(*farsockv1.Attach)) *attached {
	h.t.Helper()
	a := &farsockv1.Attach{Holder: "me", Epoch: epoch, Ack: manual}
	if spoil != nil {
		spoil(a)
	}
	st, err := h.attachTo(s, a)
	if err != nil {
		h.t.Fatal(err)
	}
	return st
}

func (a *attached) ack(offset int64) {
	a.t.Helper()
	a.put(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Ack{Ack: &farsockv1.StreamAck{Offset: offset}}})
}

func (a *attached) got(n int) func() bool { return func() bool { return a.data.Len() >= n } }

func (a *attached) appliedTo(offset int64) func() bool {
	return func() bool { return a.applied.GetOffset() >= offset }
}

// writeAll sends all of data and a close_write.
func (a *attached) writeAll(data []byte) error {
	at := a.next
	for rest := data; len(rest) > 0; {
		n := min(len(rest), wire.StreamSendChunk)
		if err := a.send(streamData(&farsockv1.StreamSend{Offset: at, Data: rest[:n]})); err != nil {
			return err
		}
		at, rest = at+int64(n), rest[n:]
	}
	return a.send(closeWriteAt(at))
}

// ends wants the stream to end with a reason, having fetched all.
func (a *attached) ends(reason farsockv1.ErrorReason) wire.Info {
	a.t.Helper()
	err := a.over()
	info, _ := wire.InfoOf(err)
	if info.Reason != reason {
		a.t.Fatalf("status %v, want %v", err, reason)
	}
	return info
}

// A broken stream loses nothing: what was sent to it comes again, what it sent
// and the kernel took is not sent again, and the same for a stream that is cut
// in turn.
func TestStreamResumes(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	st := h.resume(a, 1, nil)
	h.send(b, "0123456789")
	st.until("data", st.got(10))
	st.write([]byte("abcdef"))
	st.until("applied", st.appliedTo(6))
	st.ack(4)
	waitFor(t, "the ack", func() bool { return h.get(a).GetAckedOffset() == 4 })
	st.cancel()

	st = h.resume(a, 2, func(m *farsockv1.Attach) { m.ReceiveFrom, m.SendFrom = proto.Int64(7), proto.Int64(2) })
	if st.begin.GetReceiveBegin() != 7 || st.begin.GetReceiveEnd() != 10 || st.begin.GetSendApplied() != 6 || st.begin.GetSendOutcome() != nil {
		t.Errorf("attached %v", st.begin)
	}
	h.send(b, "more")
	st.until("data", st.got(7))
	if st.data.String() != "789more" {
		t.Errorf("got %q", st.data.String())
	}
	st.put(streamData(&farsockv1.StreamSend{Offset: 3, Data: []byte("defgh")})) // two of them new
	st.put(streamData(&farsockv1.StreamSend{Offset: 0, Data: []byte("abc")}))
	st.put(streamData(&farsockv1.StreamSend{Offset: 8, Data: []byte("i")}))
	st.until("applied", st.appliedTo(9))
	if got := h.receive(b, &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_Exactly{Exactly: 9}}); string(got.GetData()) != "abcdefghi" {
		t.Errorf("the peer got %q", got.GetData())
	}
	// A close_write too may be repeated, and is remembered.
	st.next = 9
	st.closeWrite()
	st.closeWrite()
	st.until("close_write", func() bool { return st.applied.GetOutcome().GetCode() == isDone })
	h.close(b)
	st.until("the end", st.ended)
	st.cancel()
	st = h.resume(a, 3, func(m *farsockv1.Attach) { m.SendFrom = proto.Int64(5) })
	if st.begin.GetSendOutcome().GetCode() != isDone || st.begin.GetEnd().GetHow().GetCode() != isDone || st.begin.GetEnd().GetOffset() != 14 {
		t.Errorf("attached %v", st.begin)
	}
	st.put(streamData(&farsockv1.StreamSend{Offset: 5, Data: []byte("fghi")}))
	st.next = 9
	st.closeWrite()
	st.until("close_write again", func() bool { return st.applied.GetOutcome().GetCode() == isDone && st.applied.GetOffset() == 9 })
	st.until("the end again", st.ended)
	if st.data.String() != "789more" {
		t.Errorf("held until acknowledged: %q", st.data.String())
	}
	st.ack(14)
	if err := st.grpc.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if err := st.over(); err != nil {
		t.Errorf("status %v", err)
	}
	if s := h.get(a); s.GetHeldBytes() != 0 || s.GetAckedOffset() != 14 || s.GetAttached() {
		t.Errorf("afterwards %v", s)
	}
}

// What a client may name, and what it gets for anything else.
func TestStreamOffsets(t *testing.T) {
	rows := []struct {
		name   string
		attach func(*farsockv1.Attach)
		then   *farsockv1.StreamRequest
		reason farsockv1.ErrorReason
		field  string
	}{
		{"receive_from before the first unacknowledged", func(m *farsockv1.Attach) { m.ReceiveFrom = proto.Int64(1) }, nil, outOfRange, "attach.receive_from"},
		{"receive_from behind what was read", func(m *farsockv1.Attach) { m.ReceiveFrom = proto.Int64(7) }, nil, outOfRange, "attach.receive_from"},
		{"send_from behind what was applied", func(m *farsockv1.Attach) { m.SendFrom = proto.Int64(7) }, nil, outOfRange, "attach.send_from"},
		{"send_from over another's", func(m *farsockv1.Attach) { m.SendFrom = proto.Int64(2) }, nil, holderChanged, "attach.send_from"},
		{"data over another's", nil, streamData(&farsockv1.StreamSend{Offset: 2, Data: zeros(9)}), holderChanged, "data.offset"},
		{"data behind a gap", nil, streamData(&farsockv1.StreamSend{Offset: 7, Data: zeros(9)}), outOfRange, "data.offset"},
		{"close_write behind the end", nil, closeWriteAt(7), outOfRange, "close_write.offset"},
		{"close_write before the end", nil, closeWriteAt(5), outOfRange, "close_write.offset"},
		{"ack of what was not sent", nil, ackOf(7), outOfRange, "ack.offset"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			h := newHarness(t)
			h.session("t")
			a, b := h.tcpPair("t", "", "")
			h.send(b, "012345")
			st := h.resume(a, 1, nil)
			st.until("data", st.got(6))
			st.ack(2)
			st.write([]byte("abc"))
			st.until("applied", st.appliedTo(3))
			st.cancel()
			waitFor(t, "the socket to be free", func() bool { return !h.get(a).GetAttached() })
			h.send(a, "abc") // nobody by name: it ends the run
			before := h.get(a)
			m := &farsockv1.Attach{Holder: "me", Epoch: 2, Ack: manual}
			if row.attach != nil {
				row.attach(m)
			}
			st, err := h.attachTo(a, m)
			if err == nil {
				st.until("data again", st.got(4))
				st.put(row.then)
				err = st.over()
			}
			info, _ := wire.InfoOf(err)
			if info.Reason != row.reason || info.Metadata["field"] != row.field {
				t.Fatalf("got %v, %v", err, info.Metadata)
			}
			if row.reason == holderChanged && (info.Metadata["offset"] != "2" || info.Metadata["send_offset"] != "6" || info.Metadata["socket"] != uid(a)) {
				t.Errorf("metadata %v", info.Metadata)
			}
			waitFor(t, "the socket to be free", func() bool { return !h.get(a).GetAttached() })
			if after := h.get(a); after.GetSendOffset() != before.GetSendOffset() || after.GetAckedOffset() != 2 || after.GetHeldBytes() != 4 || after.GetWriteShutDown() {
				t.Errorf("changed: %v", after)
			}
		})
	}
}

func closeWriteAt(offset int64) *farsockv1.StreamRequest {
	return &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_CloseWrite{CloseWrite: &farsockv1.CloseWrite{Offset: offset}}}
}

func ackOf(offset int64) *farsockv1.StreamRequest {
	return &farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Ack{Ack: &farsockv1.StreamAck{Offset: offset}}}
}

// A reset stays one, on whichever stream.
func TestStreamResetIsHeld(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	h.send(b, "before")
	st := h.resume(a, 1, nil)
	st.until("data", st.got(6))
	if _, err := h.sockets.Close(h.ctx(), &farsockv1.CloseRequest{Socket: uid(b), Abort: true}); err != nil {
		t.Fatal(err)
	}
	for epoch := int64(2); epoch < 5; epoch++ {
		st.until("the end", st.ended)
		if st.data.String() != "before" || st.end.GetHow().GetErrnoName() != "ECONNRESET" {
			t.Errorf("epoch %d: %q, %v", epoch-1, st.data.String(), st.end)
		}
		st = h.resume(a, epoch, nil)
		if st.begin.GetEnd().GetHow().GetErrnoName() != "ECONNRESET" {
			t.Errorf("attached %v", st.begin)
		}
	}
}

// Datagrams that were refused are told again to who does not know it.
func TestStreamRefusalsAreToldAgain(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.udp("t", ""), h.udp("t", "")
	st := h.resume(a, 1, nil)
	var batch []*farsockv1.Datagram
	for i := range 6 {
		d := &farsockv1.Datagram{Data: []byte{byte(i)}, Peer: b.GetLocal()}
		if i%2 == 1 {
			d.Data = zeros(66000)
		}
		batch = append(batch, d)
	}
	st.put(streamData(&farsockv1.StreamSend{Datagrams: batch}))
	st.until("applied", st.appliedTo(6))
	st.put(streamData(&farsockv1.StreamSend{Offset: 4, Datagrams: []*farsockv1.Datagram{batch[4], batch[5], batch[0]}})) // one of them new
	st.until("applied", st.appliedTo(7))
	for epoch, row := range []struct {
		from *int64
		want []int64
	}{{proto.Int64(0), []int64{1, 3, 5}}, {proto.Int64(2), []int64{3, 5}}, {proto.Int64(6), nil}, {nil, nil}} {
		st = h.resume(a, int64(epoch)+2, func(m *farsockv1.Attach) { m.SendFrom = row.from })
		st.next = 7
		st.closeWrite() // whatever comes, comes before its answer
		st.until("close_write", func() bool { return st.applied.GetOutcome() != nil })
		var got []int64
		for _, r := range st.refused {
			got = append(got, r.GetOffset())
			if r.GetOutcome().GetErrnoName() != "EMSGSIZE" {
				t.Errorf("refused %v", r)
			}
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("from %v: told %v, want %v", row.from, got, row.want)
		}
	}
	other := h.attach(b)
	other.until("all", func() bool { return len(other.items) == 4 })
	var got bytes.Buffer
	for _, i := range other.items {
		got.Write(i.GetDatagram().GetData())
	}
	if !bytes.Equal(got.Bytes(), []byte{0, 2, 4, 0}) {
		t.Errorf("the peer got %v", got.Bytes())
	}
}
