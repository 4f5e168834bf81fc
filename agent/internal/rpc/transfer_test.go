//go:build linux

package rpc_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

const (
	waitElapsed = farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED
	wouldBlock  = farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK
	manual      = farsockv1.AckMode_ACK_MODE_MANUAL
)

func (h *harness) receive(s *farsockv1.Socket, req *farsockv1.ReceiveRequest) *farsockv1.ReceiveResponse {
	h.t.Helper()
	req.Socket = uid(s)
	resp, err := h.sockets.Receive(h.ctx(), req)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp
}

func TestReceiveConditions(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	rows := []struct {
		name    string
		sent    string
		req     *farsockv1.ReceiveRequest
		data    string
		stopped farsockv1.StoppedBy
		match   [][2]int32
		held    int64
		code    farsockv1.OutcomeCode
	}{
		{"available", "Hello", &farsockv1.ReceiveRequest{MaxBytes: proto.Int32(1024)}, "Hello", farsockv1.StoppedBy_STOPPED_BY_AVAILABLE, nil, 0, isDone},
		{"at most", "Hello", &farsockv1.ReceiveRequest{MaxBytes: proto.Int32(2)}, "He", farsockv1.StoppedBy_STOPPED_BY_AVAILABLE, nil, 0, isDone},
		{"exactly", "Hello", &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_Exactly{Exactly: 4}}, "Hell", farsockv1.StoppedBy_STOPPED_BY_EXACTLY, nil, 0, isDone},
		{"delimiter", "a\r\nbc", &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_Delimiter{Delimiter: []byte("\r\n")}}, "a\r\n", farsockv1.StoppedBy_STOPPED_BY_DELIMITER, nil, 2, isDone},
		{"pattern", "x=12;y", &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_Pattern{Pattern: `(\w)=(\d+)(z)?;`}}, "x=12;", farsockv1.StoppedBy_STOPPED_BY_PATTERN, [][2]int32{{0, 5}, {0, 1}, {2, 4}, {-1, -1}}, 1, isDone},
		{"window too small", "abcdef", &farsockv1.ReceiveRequest{MaxBytes: proto.Int32(3), Until: &farsockv1.ReceiveRequest_Delimiter{Delimiter: []byte("f")}}, "", 0, nil, -1, farsockv1.OutcomeCode_OUTCOME_CODE_LIMIT},
		{"elapsed", "abc", &farsockv1.ReceiveRequest{Wait: durationpb.New(30 * time.Millisecond), Until: &farsockv1.ReceiveRequest_Exactly{Exactly: 4}}, "", 0, nil, -1, waitElapsed},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			a, b := h.tcpPair("t", "", "")
			defer h.close(a)
			defer h.close(b)
			h.send(a, row.sent)
			got := h.receive(b, row.req)
			if got.GetOutcome().GetCode() != row.code || string(got.GetData()) != row.data || got.GetStoppedBy() != row.stopped || got.GetOffset() != 0 {
				t.Errorf("got %v", got)
			}
			if row.held >= 0 && got.GetHeldBytes() != row.held {
				t.Errorf("held %d, want %d", got.GetHeldBytes(), row.held)
			}
			if len(got.GetMatch()) != len(row.match) {
				t.Fatalf("match %v", got.GetMatch())
			}
			for i, m := range row.match {
				if s := got.GetMatch()[i]; s.GetBegin() != m[0] || s.GetEnd() != m[1] {
					t.Errorf("group %d: %v, want %v", i, s, m)
				}
			}
			rest := row.sent[len(row.data):]
			if rest == "" {
				return
			}
			after := h.receive(b, &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_Exactly{Exactly: int32(len(rest))}})
			if string(after.GetData()) != rest || after.GetOffset() != int64(len(row.data)) {
				t.Errorf("then %q at %d, want %q at %d", after.GetData(), after.GetOffset(), rest, len(row.data))
			}
		})
	}
}

func TestReceiveWaits(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	_, b := h.tcpPair("t", "", "")
	if got := h.receive(b, &farsockv1.ReceiveRequest{Wait: durationpb.New(0)}); got.GetOutcome().GetCode() != wouldBlock || got.GetOutcome().GetErrnoName() != "EAGAIN" {
		t.Errorf("wait 0: %v", got)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{DontWait: true}); got.GetOutcome().GetCode() != wouldBlock {
		t.Errorf("dont_wait: %v", got)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{Wait: durationpb.New(time.Millisecond)}); got.GetOutcome().GetCode() != waitElapsed || got.GetOutcome().GetErrnoName() != "" {
		t.Errorf("wait 1 ms: %v", got)
	}
	if got := beforeDeadline(t, 2*time.Second, func(ctx context.Context) (*farsockv1.ReceiveResponse, error) {
		return h.sockets.Receive(ctx, &farsockv1.ReceiveRequest{Socket: uid(b)})
	}); got.GetOutcome().GetCode() != waitElapsed {
		t.Errorf("the RPC's deadline: %v", got)
	}
}

func TestReceiveManual(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	h.send(a, "abcdef")
	take := func(offset *int64) string {
		t.Helper()
		got := h.receive(b, &farsockv1.ReceiveRequest{Ack: manual, Offset: offset, Until: &farsockv1.ReceiveRequest_Exactly{Exactly: 3}})
		done(t, got.GetOutcome())
		return string(got.GetData())
	}
	if x, y, z := take(nil), take(nil), take(proto.Int64(3)); x != "abc" || y != "abc" || z != "def" {
		t.Errorf("got %q %q %q", x, y, z)
	}
	ack := must[*farsockv1.AckResponse](t)
	if r := ack(h.sockets.Ack(h.ctx(), &farsockv1.AckRequest{Socket: uid(b), Offset: proto.Int64(2)})); r.GetAckedOffset() != 2 || r.GetHeldBytes() != 4 {
		t.Errorf("ack 2: %v", r)
	}
	if r := ack(h.sockets.Ack(h.ctx(), &farsockv1.AckRequest{Socket: uid(b), Offset: proto.Int64(1)})); r.GetAckedOffset() != 2 {
		t.Errorf("ack 1 after 2: %v", r)
	}
	for _, offset := range []int64{1, 7} {
		_, err := h.sockets.Receive(h.ctx(), &farsockv1.ReceiveRequest{Socket: uid(b), Ack: manual, Offset: &offset})
		info, _ := wire.InfoOf(err)
		if info.Reason != outOfRange || info.Metadata["field"] != "offset" || info.Metadata["min"] != "2" || info.Metadata["max"] != "6" {
			t.Errorf("offset %d: %v %v", offset, err, info.Metadata)
		}
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{Peek: true, MaxBytes: proto.Int32(2)}); string(got.GetData()) != "cd" {
		t.Errorf("peek %v", got)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{}); string(got.GetData()) != "cdef" || got.GetOffset() != 2 {
		t.Errorf("AUTO %v", got)
	}
	if s := h.get(b); s.GetReadOffset() != 6 || s.GetAckedOffset() != 6 || s.GetHeldBytes() != 0 {
		t.Errorf("in the end %v", s)
	}
}

func TestEnds(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	h.send(a, "tail")
	shut := must[*farsockv1.ShutdownResponse](t)(h.sockets.Shutdown(h.ctx(), &farsockv1.ShutdownRequest{Socket: uid(a), How: farsockv1.ShutdownHow_SHUTDOWN_HOW_WRITE}))
	done(t, shut.GetOutcome())
	got := h.receive(b, &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_EndOfStream{EndOfStream: true}})
	done(t, got.GetOutcome())
	if string(got.GetData()) != "tail" || !got.GetEnd() || got.GetStoppedBy() != farsockv1.StoppedBy_STOPPED_BY_END {
		t.Errorf("got %v", got)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{MaxBytes: proto.Int32(0)}); got.GetEnd() {
		t.Errorf("a receive of nothing says end: %v", got)
	}
	h.send(b, "back")
	if got := h.receive(a, &farsockv1.ReceiveRequest{}); string(got.GetData()) != "back" || got.GetEnd() {
		t.Errorf("the other direction: %v", got)
	}
	broken := must[*farsockv1.SendResponse](t)(h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(a), Data: []byte("x")}))
	if broken.GetOutcome().GetErrnoName() != "EPIPE" || broken.GetApplied() != 0 || broken.GetSendOffset() != 4 {
		t.Errorf("send after shutdown: %v", broken)
	}

	c, d := h.tcpPair("t", "", "")
	closed := must[*farsockv1.CloseResponse](t)(h.sockets.Close(h.ctx(), &farsockv1.CloseRequest{Socket: uid(c), Abort: true}))
	if closed.GetSocket().GetUid() != c.GetUid() {
		t.Errorf("closed %v", closed)
	}
	reset := h.receive(d, &farsockv1.ReceiveRequest{})
	if reset.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_RESET || !reset.GetEnd() {
		t.Errorf("after an abort: %v", reset)
	}
}

func TestDatagrams(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.udp("t", "a"), h.udp("t", "b")
	for _, text := range []string{"one", "", "three"} {
		sent := must[*farsockv1.SendResponse](t)(h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(a), Data: []byte(text), To: b.GetLocal()}))
		done(t, sent.GetOutcome())
	}
	got := h.receive(b, &farsockv1.ReceiveRequest{MaxBytes: proto.Int32(4), MaxDatagrams: proto.Int32(64)})
	done(t, got.GetOutcome())
	if len(got.GetDatagrams()) != 3 || len(got.GetData()) != 0 {
		t.Fatalf("got %v", got)
	}
	for i, want := range []struct {
		data string
		full int64
		cut  bool
	}{{"one", 3, false}, {"", 0, false}, {"thre", 5, true}} {
		d := got.GetDatagrams()[i]
		if string(d.GetData()) != want.data || d.GetFullLength() != want.full || d.GetTruncated() != want.cut || d.GetOffset() != int64(i) {
			t.Errorf("datagram %d: %v", i, d)
		}
		if wire.FormatAddress(d.GetPeer()) != wire.FormatAddress(a.GetLocal()) {
			t.Errorf("from %v, want %v", d.GetPeer(), a.GetLocal())
		}
	}
	none := must[*farsockv1.SendResponse](t)(h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(a)}))
	if none.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_DESTINATION_REQUIRED {
		t.Errorf("without a destination: %v", none)
	}
	if s := h.get(a); s.GetSendOffset() != 3 {
		t.Errorf("send_offset %d counts datagrams, want 3", s.GetSendOffset())
	}
}

func TestSendMost(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	sent := make(chan error, 1)
	go func() {
		resp, err := h.sockets.Send(context.WithoutCancel(t.Context()), &farsockv1.SendRequest{Socket: uid(a), Data: zeros(wire.MaxUnaryBytes), Wait: durationpb.New(10 * time.Second)})
		if err == nil && resp.GetApplied() != wire.MaxUnaryBytes {
			t.Errorf("sent %v", resp)
		}
		sent <- err
	}()
	got := h.receive(b, &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_Exactly{Exactly: wire.MaxUnaryBytes}})
	if len(got.GetData()) != wire.MaxUnaryBytes {
		t.Errorf("got %d bytes: %v", len(got.GetData()), got.GetOutcome())
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	full := must[*farsockv1.SendResponse](t)
	var applied int64
	for {
		resp := full(h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(a), Data: zeros(wire.MaxUnaryBytes), Wait: durationpb.New(20 * time.Millisecond)}))
		applied += resp.GetApplied()
		if resp.GetOutcome().GetCode() == waitElapsed {
			if resp.GetSendOffset() != wire.MaxUnaryBytes+applied {
				t.Errorf("send_offset %d after %d", resp.GetSendOffset(), applied)
			}
			break
		}
		done(t, resp.GetOutcome())
	}
}
