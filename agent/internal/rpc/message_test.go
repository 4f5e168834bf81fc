//go:build linux

package rpc_test

import (
	"bytes"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (h *harness) sendReq(s *farsockv1.Socket, req *farsockv1.SendRequest) *farsockv1.SendResponse {
	h.t.Helper()
	req.Socket = uid(s)
	resp, err := h.sockets.Send(h.ctx(), req)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp
}

func (h *harness) set(s *farsockv1.Socket, options ...*farsockv1.SocketOption) {
	h.t.Helper()
	resp, err := h.sockets.SetOptions(h.ctx(), &farsockv1.SetOptionsRequest{Socket: uid(s), Options: options})
	if err != nil {
		h.t.Fatal(err)
	}
	done(h.t, resp.GetOutcome())
}

func TestDatagramsInWords(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.udp("t", "a"), h.udp("t", "b")
	h.set(a,
		&farsockv1.SocketOption{Option: &farsockv1.SocketOption_PacketInfo{PacketInfo: true}},
		&farsockv1.SocketOption{Option: &farsockv1.SocketOption_ReceiveTtl{ReceiveTtl: true}},
		&farsockv1.SocketOption{Option: &farsockv1.SocketOption_ReceiveTrafficClass{ReceiveTrafficClass: true}},
		&farsockv1.SocketOption{Option: &farsockv1.SocketOption_Timestamps{Timestamps: true}})
	sent := h.sendReq(b, &farsockv1.SendRequest{Datagrams: []*farsockv1.Datagram{
		{Data: []byte("one"), Peer: a.GetLocal(), Source: "127.0.0.9", InterfaceName: "lo", Ttl: proto.Int32(9), TrafficClass: proto.Int32(8)},
		{Peer: a.GetLocal()},
	}})
	if sent.GetOutcome().GetCode() != isDone || sent.GetDatagramsApplied() != 2 || sent.GetApplied() != 3 || sent.GetSendOffset() != 2 {
		t.Fatalf("got %v", sent)
	}
	got := h.receive(a, &farsockv1.ReceiveRequest{MaxDatagrams: proto.Int32(9)}).GetDatagrams()
	if len(got) != 2 {
		t.Fatalf("got %v", got)
	}
	d := got[0]
	if !proto.Equal(d.GetDestination(), a.GetLocal()) || d.GetPeer().GetInet().GetHost() != "127.0.0.9" || d.GetInterfaceName() != "lo" ||
		d.Ttl == nil || d.GetTtl() != 9 || d.TrafficClass == nil || d.GetTrafficClass() != 8 || len(d.GetControl()) != 4 || d.GetError() != nil {
		t.Errorf("got %v", d)
	}
	if age := time.Since(d.GetReceiveTime().AsTime()); age < -time.Second || age > 20*time.Second {
		t.Errorf("received %v ago", age)
	}
	if got[1].GetOffset() != 1 || len(got[1].GetData()) != 0 || got[1].TrafficClass == nil || got[1].GetTtl() != 64 {
		t.Errorf("got %v", got[1])
	}
	// The batch ends at the first that is refused.
	sent = h.sendReq(b, &farsockv1.SendRequest{Datagrams: []*farsockv1.Datagram{
		{Peer: a.GetLocal()}, {Peer: a.GetLocal(), InterfaceName: "nonesuch"}, {Peer: a.GetLocal()},
	}})
	if sent.GetDatagramsApplied() != 1 || sent.GetOutcome().GetErrnoName() != "ENODEV" || sent.GetSendOffset() != 3 {
		t.Errorf("got %v", sent)
	}
	// A Stream carries the same words.
	st, err := h.sockets.Stream(h.ctx())
	if err != nil {
		t.Fatal(err)
	}
	h.epoch++
	for _, m := range []*farsockv1.StreamRequest{
		{Message: &farsockv1.StreamRequest_Attach{Attach: &farsockv1.Attach{Socket: uid(b), Holder: "h", Epoch: h.epoch}}},
		streamData(&farsockv1.StreamSend{Offset: 3, Datagrams: []*farsockv1.Datagram{{Data: []byte("s"), Peer: a.GetLocal(), Ttl: proto.Int32(5)}}}),
	} {
		if err := st.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	st.CloseSend()
	h.receive(a, &farsockv1.ReceiveRequest{}) // the one of the batch
	if d := h.receive(a, &farsockv1.ReceiveRequest{}).GetDatagrams()[0]; string(d.GetData()) != "s" || d.GetTtl() != 5 {
		t.Errorf("got %v", d)
	}
}

func TestErrorQueue(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	gone, s := h.udp("t", "gone"), h.udp("t", "s")
	h.close(gone)
	h.set(s, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_ErrorQueue{ErrorQueue: true}})
	empty := h.receive(s, &farsockv1.ReceiveRequest{ErrorQueue: true})
	if empty.GetOutcome().GetCode() != wouldBlock {
		t.Fatalf("got %v", empty)
	}
	h.sendReq(s, &farsockv1.SendRequest{Data: []byte("x"), To: gone.GetLocal()})
	got := h.receive(s, &farsockv1.ReceiveRequest{ErrorQueue: true, MaxDatagrams: proto.Int32(9), Wait: durationpb.New(10 * time.Second)})
	if len(got.GetDatagrams()) != 1 || got.GetOffset() != 0 {
		t.Fatalf("got %v", got)
	}
	d := got.GetDatagrams()[0]
	want := &farsockv1.ExtendedError{ErrnoName: "ECONNREFUSED", Origin: farsockv1.ErrorOrigin_ERROR_ORIGIN_ICMP, Type: 3, Code: 3, Offender: inet("127.0.0.1", 0)}
	if !proto.Equal(d.GetError(), want) || !proto.Equal(d.GetPeer(), gone.GetLocal()) || string(d.GetData()) != "x" {
		t.Errorf("got %v, want %v", d, want)
	}
	// The queue of a TCP socket is asked in the same way.
	tcp, _ := h.tcpPair("t", "", "")
	if got := h.receive(tcp, &farsockv1.ReceiveRequest{ErrorQueue: true, MaxDatagrams: proto.Int32(2)}); got.GetOutcome().GetCode() != wouldBlock {
		t.Errorf("got %v", got)
	}
}

func TestReceiveFlags(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	if got := h.sendReq(a, &farsockv1.SendRequest{Data: []byte("ab!"), OutOfBand: true, BufferSizes: []int32{1, 0, 2}}); got.GetApplied() != 3 {
		t.Fatalf("got %v", got)
	}
	oob := h.receive(b, &farsockv1.ReceiveRequest{OutOfBand: true, Wait: durationpb.New(10 * time.Second)})
	if string(oob.GetData()) != "!" || oob.GetOffset() != 0 {
		t.Fatalf("got %v", oob)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{OutOfBand: true}); got.GetOutcome().GetErrnoName() != "EINVAL" {
		t.Errorf("got %v", got)
	}
	h.sendReq(a, &farsockv1.SendRequest{Data: []byte("cd"), More: true})
	h.sendReq(a, &farsockv1.SendRequest{Data: []byte("ef"), EndOfRecord: true})
	if got := h.receive(b, &farsockv1.ReceiveRequest{MaxBytes: proto.Int32(2), WaitAll: true, BufferSizes: []int32{1, 1}}); string(got.GetData()) != "ab" {
		t.Errorf("got %v", got)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{MaxBytes: proto.Int32(4), WaitAll: true}); string(got.GetData()) != "cdef" || got.GetStoppedBy() != farsockv1.StoppedBy_STOPPED_BY_AVAILABLE {
		t.Errorf("got %v", got)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{MaxBytes: proto.Int32(4), WaitAll: true, Wait: durationpb.New(time.Millisecond)}); got.GetOutcome().GetCode() != waitElapsed {
		t.Errorf("got %v", got)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{MaxBytes: proto.Int32(0), Wait: durationpb.New(0)}); got.GetOutcome().GetCode() != wouldBlock {
		t.Errorf("0 bytes where nothing is: %v", got)
	}
}

// Control messages of a unix stream, and packets with their end.
func TestUnixMessages(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	pair := func(kind farsockv1.SocketType) (*farsockv1.Socket, *farsockv1.Socket) {
		name := &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{UnixDomain: &farsockv1.UnixAddress{Abstract: []byte(t.TempDir())}}}
		l := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: farsockv1.Family_FAMILY_UNIX, Type: kind, Bind: name, Listen: &farsockv1.ListenStage{}})
		c := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: farsockv1.Family_FAMILY_UNIX, Type: kind, Connect: name})
		return c, h.accept(l, "")
	}
	a, b := pair(farsockv1.SocketType_SOCKET_TYPE_STREAM)
	h.set(b, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_Raw{Raw: &farsockv1.RawOption{
		Level: unix.SOL_SOCKET, Name: unix.SO_PASSCRED, Value: &farsockv1.RawOption_IntValue{IntValue: 1}}}})
	h.send(a, "me")
	got := h.receive(b, &farsockv1.ReceiveRequest{MaxBytes: proto.Int32(1)})
	if len(got.GetControl()) != 1 || got.GetControl()[0].GetType() != unix.SCM_CREDENTIALS || got.GetControlTruncated() {
		t.Fatalf("got %v", got)
	}
	creds := got.GetControl()[0]
	if got := h.receive(b, &farsockv1.ReceiveRequest{MaxControlBytes: proto.Int32(0)}); len(got.GetControl()) != 0 || !got.GetControlTruncated() {
		t.Fatalf("got %v", got)
	}
	if sent := h.sendReq(a, &farsockv1.SendRequest{Data: []byte("again"), Control: []*farsockv1.ControlMessage{creds}}); sent.GetApplied() != 5 {
		t.Fatalf("got %v", sent)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{}); len(got.GetControl()) != 1 || !bytes.Equal(got.GetControl()[0].GetData(), creds.GetData()) {
		t.Errorf("got %v", got)
	}

	c, d := pair(farsockv1.SocketType_SOCKET_TYPE_SEQPACKET)
	h.send(c, "one")
	h.send(c, "")
	h.close(c)
	packets := h.receive(d, &farsockv1.ReceiveRequest{MaxDatagrams: proto.Int32(9)})
	if len(packets.GetDatagrams()) != 2 || packets.GetEnd() {
		t.Fatalf("got %v", packets)
	}
	if end := h.receive(d, &farsockv1.ReceiveRequest{}); !end.GetEnd() || end.GetOutcome().GetCode() != isDone || len(end.GetDatagrams()) != 0 {
		t.Errorf("got %v", end)
	}
}

func TestDisconnect(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	resp, err := h.sockets.Connect(h.ctx(), &farsockv1.ConnectRequest{Socket: uid(a), Disconnect: true})
	if err != nil || resp.GetOutcome().GetCode() != isDone || resp.GetSocket().GetPeer() != nil || resp.GetStage() != 0 {
		t.Fatalf("got %v, %v", resp, err)
	}
	if got := h.receive(b, &farsockv1.ReceiveRequest{}); got.GetOutcome().GetErrnoName() != "ECONNRESET" {
		t.Errorf("the peer got %v", got)
	}
	l := h.listen("t", "")
	again, err := h.sockets.Connect(h.ctx(), &farsockv1.ConnectRequest{Socket: uid(a), Peer: l.GetLocal()})
	if err != nil || again.GetOutcome().GetCode() != isDone {
		t.Errorf("got %v, %v", again, err)
	}
	// A unix stream cannot be: the kernel says so.
	u := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: farsockv1.Family_FAMILY_UNIX, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM})
	if resp, err := h.sockets.Connect(h.ctx(), &farsockv1.ConnectRequest{Socket: uid(u), Disconnect: true}); err != nil || resp.GetOutcome().GetErrnoName() != "EINVAL" || resp.GetStage() != farsockv1.Stage_STAGE_CONNECT {
		t.Errorf("got %v, %v", resp, err)
	}
}

// One call connects and sends.
func TestFastOpen(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	l := h.listen("t", "")
	s := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: farsockv1.Family_FAMILY_INET, Type: farsockv1.SocketType_SOCKET_TYPE_STREAM})
	if sent := h.sendReq(s, &farsockv1.SendRequest{Data: []byte("fast"), To: l.GetLocal(), FastOpen: true}); sent.GetOutcome().GetCode() != isDone || sent.GetApplied() != 4 {
		t.Fatalf("got %v", sent)
	}
	if got := h.receive(h.accept(l, ""), &farsockv1.ReceiveRequest{}); string(got.GetData()) != "fast" {
		t.Errorf("got %v", got)
	}
}
