//go:build linux

package rpc_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/agent/internal/rpc"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// newNamespace makes a network namespace with its loopback up; it goes with the
// test.
func newNamespace(t *testing.T, name string) string {
	t.Helper()
	why := ""
	if os.Geteuid() != 0 {
		why = "needs root"
	} else if _, err := exec.LookPath("ip"); err != nil {
		why = err.Error()
	}
	if why != "" && os.Getenv("CI") != "" {
		t.Fatal(why)
	} else if why != "" {
		t.Skip(why)
	}
	name = fmt.Sprintf("frpc%d-%s", os.Getpid(), name)
	for _, args := range [][]string{{"netns", "add", name}, {"-n", name, "link", "set", "lo", "up"}} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %v: %v: %s", args, err, out)
		}
	}
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", name).Run() })
	return name
}

const (
	streaming = farsockv1.SocketType_SOCKET_TYPE_STREAM
	seqpacket = farsockv1.SocketType_SOCKET_TYPE_SEQPACKET
)

func TestNamespaces(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	ns := newNamespace(t, "a")
	l := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: streaming, NetworkNamespace: ns,
		Bind: inet("127.0.0.1", 0), Listen: &farsockv1.ListenStage{}})
	c := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: streaming, NetworkNamespace: "/run/netns/" + ns, Connect: l.GetLocal()})
	s := h.accept(l, "")
	if l.GetNetworkNamespace() != ns || c.GetNetworkNamespace() != "/run/netns/"+ns || s.GetNetworkNamespace() != ns {
		t.Errorf("in %q, %q and %q", l.GetNetworkNamespace(), c.GetNetworkNamespace(), s.GetNetworkNamespace())
	}
	h.send(c, "x")
	resp := must[*farsockv1.OpenResponse](t)(h.sockets.Open(h.ctx(), &farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: streaming, Connect: l.GetLocal()}))
	if resp.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED {
		t.Errorf("from the agent's own: %v", resp)
	}
	for namespace, errno := range map[string]string{"farsock-no-such": "ENOENT", "/dev/null": "EINVAL"} {
		resp := must[*farsockv1.OpenResponse](t)(h.sockets.Open(h.ctx(), &farsockv1.OpenRequest{Session: "sessions/t", Family: inet4, Type: streaming,
			NetworkNamespace: namespace, KeepOnFailure: true}))
		if resp.GetOutcome().GetErrnoName() != errno || resp.GetStage() != farsockv1.Stage_STAGE_SOCKET || resp.GetSocket() != nil {
			t.Errorf("%s: %v", namespace, resp)
		}
		resolved := must[*farsockv1.ResolveResponse](t)(h.sockets.Resolve(h.ctx(), &farsockv1.ResolveRequest{Host: "localhost", NetworkNamespace: namespace}))
		if resolved.GetOutcome().GetErrnoName() != errno {
			t.Errorf("%s: %v", namespace, resolved)
		}
	}
	resolved := must[*farsockv1.ResolveResponse](t)(h.sockets.Resolve(h.ctx(), &farsockv1.ResolveRequest{Host: "localhost", Family: inet4, NetworkNamespace: ns, Wait: durationpb.New(5 * time.Second)}))
	if !slices.Contains(resolved.GetAddresses(), "127.0.0.1") {
		t.Errorf("localhost there: %v", resolved)
	}
}

// The zone of a literal is an interface of the namespace asked in, or none has
// the address; what could be a name is asked for.
func TestResolveLiterals(t *testing.T) {
	h := newHarness(t)
	ns := newNamespace(t, "z")
	if out, err := exec.Command("ip", "-n", ns, "link", "add", "here0", "type", "bridge").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const none = farsockv1.OutcomeCode_OUTCOME_CODE_NAME_NOT_RESOLVED
	for _, row := range []struct {
		namespace, host, want string
	}{
		{"", "fe80::1%lo", "fe80::1%lo"},
		{"", "fe80::1%1", "fe80::1%1"},
		{"", "fe80::1%here0", ""},
		{"", "fe80::1%nosuch", ""},
		{"", "fe80::1%an-interface-of-no-host", ""},
		{ns, "fe80::1%here0", "fe80::1%here0"},
		{ns, "fe80::1%nosuch", ""},
		{"", "::ffff:10.0.0.7", "::ffff:10.0.0.7"},
		{"", "no_such-host.x.invalid.", ""},
	} {
		r := must[*farsockv1.ResolveResponse](t)(h.sockets.Resolve(h.ctx(), &farsockv1.ResolveRequest{Host: row.host, NetworkNamespace: row.namespace, Wait: durationpb.New(0)}))
		code := r.GetOutcome().GetCode()
		switch {
		case row.want == "" && len(r.GetAddresses()) == 0 && (code == none || strings.HasSuffix(row.host, ".") && code == farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED):
		case row.want != "" && slices.Equal(r.GetAddresses(), []string{row.want}):
		default:
			t.Errorf("%q in %q: %v", row.host, row.namespace, r)
		}
	}
}

func TestGetAgentInNamespace(t *testing.T) {
	h := newHarness(t)
	ns := newNamespace(t, "b")
	if out, err := exec.Command("ip", "-n", ns, "addr", "add", "10.7.7.7/30", "dev", "lo").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	agent := must[*farsockv1.GetAgentResponse](t)(h.agent.GetAgent(h.ctx(), &farsockv1.GetAgentRequest{NetworkNamespace: ns})).GetAgent()
	if n := agent.GetInterfaces(); len(n) != 1 || n[0].GetName() != "lo" || !n[0].GetLoopback() || !n[0].GetUp() || !slices.Contains(n[0].GetAddresses(), "10.7.7.7/30") {
		t.Errorf("interfaces %v", n)
	}
	found := slices.IndexFunc(agent.GetNetworkNamespaces(), func(n *farsockv1.NetworkNamespace) bool { return n.GetName() == ns })
	if found < 0 {
		t.Fatalf("%q is not among %v", ns, agent.GetNetworkNamespaces())
	}
	if n := agent.GetNetworkNamespaces()[found]; n.GetPath() != "/run/netns/"+ns || n.GetInode() == 0 || n.GetOwn() {
		t.Errorf("%v", n)
	}
	if !slices.IsSortedFunc(agent.GetNetworkNamespaces(), func(a, b *farsockv1.NetworkNamespace) int { return strings.Compare(a.GetName(), b.GetName()) }) {
		t.Errorf("not sorted: %v", agent.GetNetworkNamespaces())
	}
	if words := agent.GetCapabilities(); slices.Contains(words, "mptcp") != sock.HasMPTCP() || !slices.Contains(words, "netns") {
		t.Errorf("can do %v", words)
	}
	_, err := h.agent.GetAgent(h.ctx(), &farsockv1.GetAgentRequest{NetworkNamespace: "/dev/zero"})
	info, _ := wire.InfoOf(err)
	if info.Code != codes.FailedPrecondition || info.Metadata["network_namespace"] != "/dev/zero" || info.Metadata["errno"] != "EINVAL" || info.Metadata["syscall"] != "setns" {
		t.Errorf("%+v", info)
	}
}

func TestUnixNames(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	name := []byte(fmt.Sprintf("frpc%d\x00\xff", os.Getpid()))
	at := &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{UnixDomain: &farsockv1.UnixAddress{Abstract: name}}}
	unnamed := &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{UnixDomain: &farsockv1.UnixAddress{}}}
	l := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: farsockv1.Family_FAMILY_UNIX, Type: seqpacket, Bind: at, Listen: &farsockv1.ListenStage{}})
	if string(l.GetLocal().GetUnixDomain().GetAbstract()) != string(name) || l.GetState() != farsockv1.SocketState_SOCKET_STATE_LISTENING {
		t.Errorf("listener %v", l)
	}
	c := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: farsockv1.Family_FAMILY_UNIX, Type: seqpacket, Bind: unnamed, Connect: at})
	if own := c.GetLocal().GetUnixDomain().GetAbstract(); len(own) != 5 {
		t.Errorf("autobind chose %q", own)
	}
	s := h.accept(l, "")
	if s.GetType() != seqpacket || s.GetPeer().GetUnixDomain().GetAbstract() == nil {
		t.Errorf("accepted %v", s)
	}
	bare := h.open(&farsockv1.OpenRequest{Session: "sessions/t", Family: farsockv1.Family_FAMILY_UNIX, Type: streaming})
	bound := must[*farsockv1.BindResponse](t)(h.sockets.Bind(h.ctx(), &farsockv1.BindRequest{Socket: uid(bare), Address: unnamed}))
	if done(t, bound.GetOutcome()); len(bound.GetSocket().GetLocal().GetUnixDomain().GetAbstract()) != 5 {
		t.Errorf("bound %v", bound)
	}
	connected := must[*farsockv1.ConnectResponse](t)(h.sockets.Connect(h.ctx(), &farsockv1.ConnectRequest{Socket: uid(bare), Peer: unnamed}))
	if connected.GetOutcome().GetErrnoName() != "EINVAL" {
		t.Errorf("connected to nobody: %v", connected)
	}
	polled := must[*farsockv1.PollResponse](t)(h.sockets.Poll(h.ctx(), &farsockv1.PollRequest{Items: []*farsockv1.PollItem{{Socket: uid(s), ReadHangUp: true}}, Wait: durationpb.New(0)}))
	if polled.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK {
		t.Errorf("polled %v", polled)
	}
	h.close(c)
	polled = must[*farsockv1.PollResponse](t)(h.sockets.Poll(h.ctx(), &farsockv1.PollRequest{Items: []*farsockv1.PollItem{{Socket: uid(s), ReadHangUp: true}}}))
	if r := polled.GetReady(); len(r) != 1 || !r[0].GetReadHangUp() || !r[0].GetHangUp() || r[0].GetReadable() {
		t.Errorf("polled %v", polled)
	}
}

func TestWaitSocket(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	wait := func(req *farsockv1.WaitSocketRequest) *farsockv1.WaitSocketResponse {
		t.Helper()
		return must[*farsockv1.WaitSocketResponse](t)(h.sockets.WaitSocket(h.ctx(), req))
	}
	closeWait := []string{"LAST_ACK", "CLOSE_WAIT"}
	if r := wait(&farsockv1.WaitSocketRequest{Socket: uid(a), TcpStates: closeWait, Wait: durationpb.New(0)}); r.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK || r.GetOutcome().GetErrnoName() != "" || r.GetSocket().GetTcpState() != "ESTABLISHED" {
		t.Errorf("at once: %v", r)
	}
	if r := wait(&farsockv1.WaitSocketRequest{Socket: uid(a), TcpStates: closeWait, Wait: durationpb.New(time.Millisecond)}); r.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED || r.GetSocket().GetUid() != a.GetUid() {
		t.Errorf("too soon: %v", r)
	}
	answers := make(chan *farsockv1.WaitSocketResponse, 1)
	go func() {
		r, err := h.sockets.WaitSocket(context.WithoutCancel(t.Context()), &farsockv1.WaitSocketRequest{Socket: uid(a), TcpStates: closeWait})
		if err != nil {
			t.Error(err)
		}
		answers <- r
	}()
	waitFor(t, "the call to wait", func() bool { return h.table.Stats().Calls == 1 })
	shut := must[*farsockv1.ShutdownResponse](t)(h.sockets.Shutdown(h.ctx(), &farsockv1.ShutdownRequest{Socket: uid(b), How: farsockv1.ShutdownHow_SHUTDOWN_HOW_WRITE}))
	done(t, shut.GetOutcome())
	r := <-answers
	done(t, r.GetOutcome())
	if r.GetSocket().GetTcpState() != "CLOSE_WAIT" || r.GetSocket().GetState() != farsockv1.SocketState_SOCKET_STATE_CONNECTED {
		t.Errorf("in vain: %v", r)
	}

	failed := make(chan error, 1)
	go func() {
		_, err := h.sockets.WaitSocket(context.WithoutCancel(t.Context()), &farsockv1.WaitSocketRequest{Socket: uid(a), States: []farsockv1.SocketState{farsockv1.SocketState_SOCKET_STATE_LISTENING}})
		failed <- err
	}()
	waitFor(t, "the call to wait", func() bool { return h.table.Stats().Calls == 1 })
	h.close(a)
	if info, _ := wire.InfoOf(<-failed); info.Code != codes.Aborted || info.Reason != socketClosed {
		t.Errorf("closed under it: %+v", info)
	}
}

func TestGetSocketInfo(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, b := h.tcpPair("t", "", "")
	h.send(a, "twelve bytes")
	var resp *farsockv1.GetSocketResponse
	get := func(s *farsockv1.Socket) *farsockv1.GetSocketResponse {
		resp, err := h.sockets.GetSocket(h.ctx(), &farsockv1.GetSocketRequest{Name: uid(s)})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	waitFor(t, "the bytes to arrive", func() bool {
		resp = get(b)
		return resp.GetTcpInfo().GetBytesReceived() == 12
	})
	if i := resp.GetTcpInfo(); i.GetState() != "ESTABLISHED" || i.GetCongestionState() != "Open" || !slices.Contains(i.GetOptions(), "window_scale") || i.GetReceiveWindowScale() == 0 || i.GetDataSegmentsIn() != 1 {
		t.Errorf("%v", i)
	}
	if m := resp.GetMemory(); m.GetReceiveAllocated() == 0 || m.GetReceiveBuffer() == 0 || m.GetSendBuffer() == 0 {
		t.Errorf("%v", m)
	}
	if resp := get(h.listen("t", "")); resp.GetTcpInfo() != nil || resp.GetMemory() == nil {
		t.Errorf("a listener: %v", resp)
	}
	if resp := get(h.udp("t", "")); resp.GetTcpInfo() != nil || resp.GetMemory() == nil {
		t.Errorf("UDP: %v", resp)
	}
}

// Each figure of the kernel's has a field of its own.
func TestTCPInfoIsWhole(t *testing.T) {
	in := sock.TCPInfo{StateName: "s", CongestionState: "c", Negotiated: []string{"n"}, SendScale: 201, ReceiveScale: 202}
	figures := reflect.ValueOf(&in.TCPInfo).Elem()
	for i := range figures.NumField() {
		if f := figures.Field(i); f.CanSet() { // the last is padding
			f.SetUint(uint64(i) + 1)
		}
	}
	out := rpc.TCPInfoTo(&in).ProtoReflect()
	seen := map[uint64]string{}
	for i := range out.Descriptor().Fields().Len() {
		f := out.Descriptor().Fields().Get(i)
		if !out.Has(f) {
			t.Errorf("%s is not filled", f.Name())
		}
		if f.Kind() != protoreflect.Uint32Kind && f.Kind() != protoreflect.Uint64Kind {
			continue
		}
		n := out.Get(f).Uint()
		if seen[n] != "" {
			t.Errorf("%s and %s are the same figure", seen[n], f.Name())
		}
		seen[n] = string(f.Name())
	}
	for n, name := range map[uint64]string{9: "send_mss", 28: "receive_rtt_us", 38: "min_rtt_us", 52: "send_window", 201: "send_window_scale", 202: "receive_window_scale"} {
		if got := seen[n]; got != name {
			t.Errorf("figure %d, %s, is in %q", n, name, got)
		}
	}
}
