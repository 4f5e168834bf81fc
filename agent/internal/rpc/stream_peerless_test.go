//go:build linux

package rpc_test

import (
	"path/filepath"
	"testing"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// A Stream on a socket that needs a peer and has none ends with NOT_CONNECTED,
// both ways; what it was told of that is over with the connection.
func TestStreamWithoutPeer(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	streaming, packets := farsockv1.SocketType_SOCKET_TYPE_STREAM, farsockv1.SocketType_SOCKET_TYPE_SEQPACKET
	path := func(name string) *farsockv1.Address {
		return &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{UnixDomain: &farsockv1.UnixAddress{Path: filepath.Join(t.TempDir(), name)}}}
	}
	of := func(f farsockv1.Family, typ farsockv1.SocketType, protocol int32) *farsockv1.OpenRequest {
		return &farsockv1.OpenRequest{Session: "sessions/t", Family: f, Type: typ, Protocol: &protocol}
	}
	for _, row := range []struct {
		name string
		open func() *farsockv1.OpenRequest
		bind *farsockv1.Address
		data farsockv1.OutcomeCode // what sending is answered
		must bool
	}{
		{"tcp", func() *farsockv1.OpenRequest { return of(inet4, streaming, 0) }, inet("127.0.0.1", 0), outcomeBrokenPipe, true},
		{"mptcp", func() *farsockv1.OpenRequest { return of(inet4, streaming, wire.ProtocolMPTCP) }, inet("127.0.0.1", 0), outcomeBrokenPipe, sock.HasMPTCP()},
		{"unix", func() *farsockv1.OpenRequest { return of(farsockv1.Family_FAMILY_UNIX, streaming, 0) }, path("stream"), outcomeNotConnected, true},
		{"unixpacket", func() *farsockv1.OpenRequest { return of(farsockv1.Family_FAMILY_UNIX, packets, 0) }, path("packets"), outcomeNotConnected, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			if !row.must {
				t.Skip("the kernel makes no such sockets")
			}
			listen := row.open()
			listen.Bind, listen.Listen = row.bind, &farsockv1.ListenStage{}
			l := h.open(listen)
			ends := func(s *farsockv1.Socket, what string) {
				t.Helper()
				st := h.attach(s)
				if st.begin.GetEnd() != nil || st.begin.GetSendOutcome() != nil {
					t.Errorf("%s: attached %v", what, st.begin)
				}
				st.until(what+": the end", st.ended)
				if got := st.end.GetHow(); got.GetCode() != outcomeNotConnected || got.GetErrnoName() != "ENOTCONN" {
					t.Errorf("%s: the end is %v", what, got)
				}
				st.closeWrite()
				st.until(what+": close_write", func() bool { return st.applied.GetOutcome() != nil })
				if got := st.applied.GetOutcome(); got.GetCode() != outcomeNotConnected {
					t.Errorf("%s: close_write is answered %v", what, got)
				}
				st.cancel()
				waitFor(t, "detached", func() bool { return !h.get(s).GetAttached() })
			}
			ends(l, "a listener")
			c := h.open(row.open())
			ends(c, "a bare socket")
			ends(c, "again")

			st := h.attach(c)
			st.put(dataOf(row.open().GetType(), "lost"))
			st.until("an answer to data", func() bool { return st.applied.GetOutcome() != nil || len(st.refused) > 0 })
			if got := st.answer().GetCode(); got != row.data || st.applied.GetOffset() != int64(len(st.refused)) {
				t.Errorf("data is answered %v, want %v", st.applied, row.data)
			}
			sent := st.applied.GetOffset()
			st.cancel()
			waitFor(t, "detached", func() bool { return !h.get(c).GetAttached() })

			resp := must[*farsockv1.ConnectResponse](t)(h.sockets.Connect(h.ctx(), &farsockv1.ConnectRequest{Socket: uid(c), Peer: l.GetLocal()}))
			done(t, resp.GetOutcome())
			peer := h.accept(l, "")
			st = h.attach(c)
			if st.begin.GetEnd() != nil || st.begin.GetSendOutcome() != nil || st.begin.GetSendApplied() != sent {
				t.Errorf("connected, attached %v", st.begin)
			}
			m := dataOf(row.open().GetType(), "now")
			m.GetData().Offset = sent
			st.put(m)
			st.until("applied", st.appliedTo(sent+1))
			if st.applied.GetOutcome() != nil {
				t.Errorf("connected, applied %v", st.applied)
			}
			got := h.receive(peer, &farsockv1.ReceiveRequest{})
			if all := string(got.GetData()); all != "now" && (len(got.GetDatagrams()) != 1 || string(got.GetDatagrams()[0].GetData()) != "now") {
				t.Errorf("the peer got %v", got)
			}
			st.cancel()
		})
	}
}

// A datagram socket without a peer can receive.
func TestStreamWithoutPeerReceives(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	from, to := h.udp("t", ""), h.udp("t", "")
	st := h.attach(to)
	resp := must[*farsockv1.SendResponse](t)(h.sockets.Send(h.ctx(), &farsockv1.SendRequest{Socket: uid(from), Data: []byte("a"), To: to.GetLocal()}))
	done(t, resp.GetOutcome())
	st.until("a datagram", func() bool { return len(st.items) > 0 || st.end != nil })
	if st.end != nil {
		t.Errorf("the end: %v", st.end)
	}
}

// dataOf is data for a socket of a type.
func dataOf(typ farsockv1.SocketType, data string) *farsockv1.StreamRequest {
	if typ == farsockv1.SocketType_SOCKET_TYPE_STREAM {
		return streamData(&farsockv1.StreamSend{Data: []byte(data)})
	}
	return streamData(&farsockv1.StreamSend{Datagrams: []*farsockv1.Datagram{{Data: []byte(data)}}})
}

// answer is what sending was answered: on the whole, or of its last item.
func (a *attached) answer() *farsockv1.Outcome {
	if n := len(a.refused); n > 0 {
		return a.refused[n-1].GetOutcome()
	}
	return a.applied.GetOutcome()
}
