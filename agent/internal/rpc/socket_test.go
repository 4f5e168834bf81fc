//go:build linux

package rpc_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestPoll(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	h.session("other")
	a, b := h.tcpPair("t", "", "")
	l := h.listen("other", "l")
	items := []*farsockv1.PollItem{
		{Socket: uid(l), Readable: true},
		{Socket: uid(b), Readable: true},
		{Socket: "sessions/t/sockets/" + b.GetName()[len("sessions/t/sockets/"):], Readable: true},
		{Socket: uid(a)},
	}
	poll := func(wait *durationpb.Duration) *farsockv1.PollResponse {
		t.Helper()
		return must[*farsockv1.PollResponse](t)(h.sockets.Poll(h.ctx(), &farsockv1.PollRequest{Items: items, Wait: wait}))
	}
	if r := poll(durationpb.New(0)); r.GetOutcome().GetCode() != wouldBlock || len(r.GetReady()) != 0 {
		t.Errorf("wait 0: %v", r)
	}
	if r := poll(durationpb.New(time.Millisecond)); r.GetOutcome().GetCode() != waitElapsed {
		t.Errorf("wait 1 ms: %v", r)
	}
	ready := make(chan *farsockv1.PollResponse, 1)
	go func() {
		r, err := h.sockets.Poll(context.WithoutCancel(t.Context()), &farsockv1.PollRequest{Items: items, Wait: durationpb.New(10 * time.Second)})
		if err != nil {
			t.Error(err)
		}
		ready <- r
	}()
	waitFor(t, "the poll to hold both sessions", func() bool { return h.table.Stats().Calls == 2 })
	h.send(a, "abc")
	// As by poll(2), what comes between looking at two items shows in the second.
	if n := (<-ready).GetReady(); len(n) == 0 || n[len(n)-1].GetIndex() != 2 || !n[len(n)-1].GetReadable() {
		t.Errorf("ready %v", n)
	}
	if r := poll(nil); len(r.GetReady()) != 2 || r.GetReady()[0].GetIndex() != 1 || r.GetReady()[1].GetIndex() != 2 || !r.GetReady()[0].GetReadable() || r.GetReady()[0].GetWritable() {
		t.Errorf("ready %v", r)
	}
	h.receive(b, &farsockv1.ReceiveRequest{Until: &farsockv1.ReceiveRequest_Exactly{Exactly: 1}})
	if r := poll(nil); len(r.GetReady()) != 2 {
		t.Errorf("held bytes are not readable: %v", r)
	}
	h.receive(b, &farsockv1.ReceiveRequest{})
	items = items[:1]
	h.dial("t", "c", l.GetLocal())
	if r := poll(nil); len(r.GetReady()) != 1 || !r.GetReady()[0].GetReadable() {
		t.Errorf("a connection waits: %v", r)
	}
	_, err := h.sockets.Poll(as(h.ctx(), 1001), &farsockv1.PollRequest{Items: items})
	if reasonOf(err) != noSocket {
		t.Errorf("polled by another: %v", err)
	}
}

func TestOptions(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, _ := h.tcpPair("t", "", "")
	u := h.udp("t", "u")
	options := []*farsockv1.SocketOption{
		{Option: &farsockv1.SocketOption_ReuseAddress{ReuseAddress: true}},
		{Option: &farsockv1.SocketOption_ReusePort{ReusePort: true}},
		{Option: &farsockv1.SocketOption_NoDelay{NoDelay: true}},
		{Option: &farsockv1.SocketOption_KeepAlive{KeepAlive: true}},
		{Option: &farsockv1.SocketOption_Broadcast{Broadcast: true}},
		{Option: &farsockv1.SocketOption_Linger{Linger: &farsockv1.Linger{On: true, Seconds: proto.Int32(3)}}},
		{Option: &farsockv1.SocketOption_Ttl{Ttl: 7}},
		{Option: &farsockv1.SocketOption_Raw{Raw: &farsockv1.RawOption{Level: 0, Name: 1, Value: &farsockv1.RawOption_IntValue{IntValue: 16}}}}, // IP_TOS
	}
	set := must[*farsockv1.SetOptionsResponse](t)
	resp := set(h.sockets.SetOptions(h.ctx(), &farsockv1.SetOptionsRequest{Socket: uid(a), Options: options}))
	done(t, resp.GetOutcome())
	if !slices.EqualFunc(options, resp.GetOptions(), func(x, y *farsockv1.SocketOption) bool { return proto.Equal(x, y) }) || resp.FailedIndex != nil {
		t.Errorf("set   %v\nreads %v", options, resp)
	}
	buffer := []*farsockv1.SocketOption{{Option: &farsockv1.SocketOption_SendBuffer{SendBuffer: 8192}}, {Option: &farsockv1.SocketOption_ReceiveBuffer{ReceiveBuffer: 8192}}}
	resp = set(h.sockets.SetOptions(h.ctx(), &farsockv1.SetOptionsRequest{Socket: uid(a), Options: buffer}))
	if resp.GetOptions()[0].GetSendBuffer() != 16384 || resp.GetOptions()[1].GetReceiveBuffer() != 16384 {
		t.Errorf("the kernel doubles buffers: %v", resp)
	}

	resp = set(h.sockets.SetOptions(h.ctx(), &farsockv1.SetOptionsRequest{Socket: uid(u), Options: []*farsockv1.SocketOption{
		options[4], options[2], options[3]}}))
	if resp.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_NOT_SUPPORTED || resp.FailedIndex == nil || resp.GetFailedIndex() != 1 || len(resp.GetOptions()) != 1 {
		t.Errorf("no_delay on a datagram socket: %v", resp)
	}
	get := must[*farsockv1.GetOptionsResponse](t)
	got := get(h.sockets.GetOptions(h.ctx(), &farsockv1.GetOptionsRequest{Socket: uid(u), Names: []string{"keep_alive", "broadcast", "linger"},
		Raw: []*farsockv1.RawOption{{Level: 1, Name: 3}, {Level: 1, Name: 13, Size: proto.Int32(8)}}}))
	done(t, got.GetOutcome())
	o := got.GetOptions()
	if len(o) != 5 || o[0].GetKeepAlive() || !o[1].GetBroadcast() || o[2].GetLinger().GetOn() || o[2].GetLinger().Seconds != nil ||
		o[3].GetRaw().GetIntValue() != 2 || len(o[4].GetRaw().GetBytesValue()) != 8 {
		t.Errorf("got %v", got)
	}
	got = get(h.sockets.GetOptions(h.ctx(), &farsockv1.GetOptionsRequest{Socket: uid(u), Names: []string{"broadcast", "no_delay", "ttl"}}))
	if got.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_NOT_SUPPORTED || len(got.GetOptions()) != 1 {
		t.Errorf("up to the first failure: %v", got)
	}
}

func TestResolve(t *testing.T) {
	h := newHarness(t)
	resolve := func(host string, family farsockv1.Family) *farsockv1.ResolveResponse {
		t.Helper()
		return must[*farsockv1.ResolveResponse](t)(h.sockets.Resolve(h.ctx(), &farsockv1.ResolveRequest{Host: host, Family: family, Wait: durationpb.New(5 * time.Second)}))
	}
	if r := resolve("localhost", inet4); !slices.Contains(r.GetAddresses(), "127.0.0.1") {
		t.Errorf("localhost: %v", r)
	}
	if r := resolve("::1", 0); !slices.Equal(r.GetAddresses(), []string{"::1"}) {
		t.Errorf("::1: %v", r)
	}
	if r := resolve("::1", inet4); r.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_NAME_NOT_RESOLVED || len(r.GetAddresses()) != 0 {
		t.Errorf("::1 in IPv4: %v", r)
	}
}

func TestClose(t *testing.T) {
	h := newHarness(t)
	s := h.session("t")
	a, b := h.tcpPair("t", "", "")
	under := func(cut func()) wire.Info {
		t.Helper()
		failed := make(chan error, 1)
		go func() {
			_, err := h.sockets.Receive(context.WithoutCancel(t.Context()), &farsockv1.ReceiveRequest{Socket: uid(b)})
			failed <- err
		}()
		waitFor(t, "the receive to wait", func() bool { return h.table.Stats().Calls == 1 })
		cut()
		info, _ := wire.InfoOf(<-failed)
		return info
	}
	if info := under(func() { h.close(b) }); info.Code != codes.Aborted || info.Reason != socketClosed || info.Metadata["socket"] != uid(b) {
		t.Errorf("a receive under close: %+v", info)
	}
	if _, err := h.sockets.Close(h.ctx(), &farsockv1.CloseRequest{Socket: uid(b)}); reasonOf(err) != noSocket {
		t.Errorf("closed twice: %v", err)
	}
	_, b = h.tcpPair("t", "", "")
	info := under(func() {
		resp, err := h.sessions.CloseSession(h.ctx(), &farsockv1.CloseSessionRequest{Name: "sessions/t"})
		if err != nil || resp.GetSession().GetSocketCount() != 3 || resp.GetSession().GetState() != farsockv1.SessionState_SESSION_STATE_CLOSED {
			t.Errorf("close: %v, %v", resp, err)
		}
	})
	if info.Code != codes.Aborted || info.Reason != socketClosed || info.Metadata["ended"] != "CLOSED" {
		t.Errorf("a receive under its session's end: %+v", info)
	}
	const hasEnded = farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED
	for _, name := range []string{"t", s.GetUid()} {
		_, err := h.sockets.Open(h.ctx(), &farsockv1.OpenRequest{Session: "sessions/" + name, Family: inet4, Type: tcp})
		if info, _ := wire.InfoOf(err); info.Reason != hasEnded || info.Code != codes.FailedPrecondition || info.Metadata["ended"] != "CLOSED" {
			t.Errorf("open in %s: %+v", name, info)
		}
	}
	if _, err := h.sockets.GetSocket(h.ctx(), &farsockv1.GetSocketRequest{Name: "sessions/t/sockets/x"}); reasonOf(err) != hasEnded {
		t.Errorf("a socket by name: %v", err)
	}
	if _, err := h.sockets.GetSocket(h.ctx(), &farsockv1.GetSocketRequest{Name: uid(a)}); reasonOf(err) != hasEnded {
		t.Errorf("a socket by uid: %v", err)
	}
	waitFor(t, "quota to be free", func() bool { return h.table.Stats().Sockets == 0 })
}

// A dial that ends after its session installs nothing.
func TestOpenUnderSessionEnd(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	h.session("l")
	l := h.open(&farsockv1.OpenRequest{Session: "sessions/l", Family: inet4, Type: tcp,
		Bind: inet("127.0.0.1", 0), Listen: &farsockv1.ListenStage{Backlog: proto.Int32(0)}})
	h.dial("l", "first", l.GetLocal())
	fds := openFDs(t)
	failed := make(chan error, 1)
	go func() {
		_, err := h.sockets.Open(context.WithoutCancel(t.Context()), &farsockv1.OpenRequest{
			Session: "sessions/t", Family: inet4, Type: tcp, Connect: l.GetLocal(), KeepOnFailure: true})
		failed <- err
	}()
	waitFor(t, "the dial to wait", func() bool { return h.table.Stats().Calls == 1 })
	closeSession(h, nil)
	if err := <-failed; reasonOf(err) != farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED {
		t.Errorf("open: %v", err)
	}
	waitFor(t, "its descriptor to be closed", func() bool { return openFDs(t) == fds && h.table.Stats().Sockets == 2 })
}

func TestListSockets(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	var made []string
	for range 5 {
		made = append(made, h.udp("t", "").GetUid())
	}
	var listed []string
	req := &farsockv1.ListSocketsRequest{Parent: "sessions/t", PageSize: 2}
	for page := 0; ; page++ {
		resp := must[*farsockv1.ListSocketsResponse](t)(h.sockets.ListSockets(h.ctx(), req))
		for _, s := range resp.GetSockets() {
			listed = append(listed, s.GetUid())
		}
		if page == 0 { // an entry that ends in between takes nothing with it
			h.close(resp.GetSockets()[1])
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	if !slices.Equal(made, listed) {
		t.Errorf("made %v, listed %v", made, listed)
	}
}
