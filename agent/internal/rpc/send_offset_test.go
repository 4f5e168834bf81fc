//go:build linux

package rpc_test

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// A Send that names its offset may be repeated, by the same holder.
func TestSendByOffset(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	send := func(holder string, offset int64, data string) (*farsockv1.SendResponse, error) {
		return h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(a), Data: []byte(data), Holder: holder, Offset: proto.Int64(offset)})
	}
	for i, row := range []struct {
		offset           int64
		data             string
		skipped, applied int64
	}{{0, "abc", 0, 3}, {0, "abc", 3, 0}, {2, "cde", 1, 2}} {
		resp, err := send("me", row.offset, row.data)
		if err != nil || resp.GetOutcome().GetCode() != isDone || resp.GetSkipped() != row.skipped || resp.GetApplied() != row.applied ||
			resp.GetSendOffset() != row.offset+int64(len(row.data)) {
			t.Errorf("row %d: %v, %v", i, resp, err)
		}
	}
	_, err := send("you", 4, "ef")
	if info, _ := wire.InfoOf(err); info.Reason != holderChanged || info.Metadata["field"] != "offset" || info.Metadata["offset"] != "4" ||
		info.Metadata["send_offset"] != "5" || info.Metadata["socket"] != uid(a) {
		t.Errorf("another holder: %v, %v", err, info.Metadata)
	}
	// A stream goes on where Sends of its holder were, and they where it was.
	st := h.resume(a, 1, func(m *farsockv1.Attach) { m.SendFrom = proto.Int64(0) })
	st.put(streamData(&farsockv1.StreamSend{Data: []byte("abcdefg")}))
	st.until("applied", st.appliedTo(7))
	if _, err := send("me", 7, "h"); reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_ATTACHED {
		t.Errorf("while attached: %v", err)
	}
	st.cancel()
	waitFor(t, "the socket to be free", func() bool { return !h.get(a).GetAttached() })
	if resp, err := send("me", 5, "fgh"); err != nil || resp.GetSkipped() != 2 || resp.GetApplied() != 1 {
		t.Errorf("after the stream: %v, %v", resp, err)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_Exactly{Exactly: 8}}); string(got.GetData()) != "abcdefgh" {
		t.Errorf("the peer got %q", got.GetData())
	}
}

// Datagrams are counted by number, in batches too.
func TestSendDatagramsByOffset(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.udp("t", ""), h.udp("t", "")
	list := func(texts ...string) (all []*farsockv1.Datagram) {
		for _, text := range texts {
			all = append(all, &farsockv1.Datagram{Data: []byte(text), Peer: b.GetLocal()})
		}
		return all
	}
	send := func(offset int64, all []*farsockv1.Datagram) *farsockv1.SendResponse {
		return must[*farsockv1.SendResponse](t)(h.sockets.Send(h.ctx(), &farsockv1.SendRequest{
			Socket: uid(a), Datagrams: all, Holder: "me", Offset: &offset}))
	}
	if resp := send(0, list("a", "bb")); resp.GetSkipped() != 0 || resp.GetDatagramsApplied() != 2 || resp.GetSendOffset() != 2 {
		t.Errorf("got %v", resp)
	}
	if resp := send(1, list("bb", "", "d")); resp.GetSkipped() != 1 || resp.GetDatagramsApplied() != 2 || resp.GetApplied() != 1 || resp.GetSendOffset() != 4 {
		t.Errorf("got %v", resp)
	}
	one := must[*farsockv1.SendResponse](t)(h.sockets.Send(h.ctx(), &farsockv1.SendRequest{
		Socket: uid(a), Data: []byte("d"), To: b.GetLocal(), Holder: "me", Offset: proto.Int64(3)}))
	if one.GetSkipped() != 1 || one.GetSendOffset() != 4 || one.GetApplied() != 0 {
		t.Errorf("got %v", one)
	}
	// One that the kernel refuses has no number yet.
	if resp := send(4, list("e", string(zeros(66000)), "g")); resp.GetOutcome().GetErrnoName() != "EMSGSIZE" || resp.GetSendOffset() != 5 {
		t.Errorf("got %v", resp)
	}
	got := h.receive(b, &farsockv1.ReceiveRequest{MaxDatagrams: proto.Int32(64), Wait: durationpb.New(0)})
	text := ""
	for _, d := range got.GetDatagrams() {
		text += string(d.GetData()) + "."
	}
	if text != "a.bb..d.e." {
		t.Errorf("the peer got %q", text)
	}
}
