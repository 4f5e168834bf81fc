//go:build linux

package rpc_test

import (
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// badHostRows are malformed requests about namespaces, unix names and waiting for states.
func badHostRows() []badRow {
	return slices.Concat(badNamespaceRows(), badUnixRows(), badWaitRows())
}

func badNamespaceRows() []badRow {
	type o = *farsockv1.OpenRequest
	path := "/" + long(4095)
	resolve := func(namespace string) func(context.Context, *harness) error {
		return on(resolveMethod, &farsockv1.ResolveRequest{Host: "localhost", NetworkNamespace: namespace})
	}
	agent := func(namespace string) func(context.Context, *harness) error {
		return on(agentMethod, &farsockv1.GetAgentRequest{NetworkNamespace: namespace})
	}
	const field = "network_namespace"
	return []badRow{
		{"open in a relative path", open(func(m o) { m.NetworkNamespace = "netns/a" }), invalidField, field, []string{"'/'", "absolute"}},
		{"open in a name too long", open(func(m o) { m.NetworkNamespace = long(256) }), invalidField, field, []string{"255", "256"}},
		{"open in a path too long", open(func(m o) { m.NetworkNamespace = path }), invalidField, field, []string{"4095", "4096"}},
		{"open in a name with NUL", open(func(m o) { m.NetworkNamespace = "a\x00b" }), invalidField, field, []string{"NUL"}},
		{"open in a path with NUL", open(func(m o) { m.NetworkNamespace = "/run/netns/a\x00" }), invalidField, field, []string{"NUL"}},
		{"resolve in a relative path", resolve("./a"), invalidField, field, []string{"'/'"}},
		{"resolve in a name too long", resolve(long(256)), invalidField, field, []string{"255"}},
		{"resolve in a path too long", resolve(path), invalidField, field, []string{"4095"}},
		{"agent in a relative path", agent("a/"), invalidField, field, []string{"'/'"}},
		{"agent in a name with NUL", agent("\x00"), invalidField, field, []string{"NUL"}},
		{"agent in a namespace that is not there", agent("farsock-no-such"), farsockv1.ErrorReason_ERROR_REASON_NETWORK_NAMESPACE_UNUSABLE, "", []string{"farsock-no-such", "ENOENT", "open"}},
		{"agent in what is no namespace", agent("/dev/null"), farsockv1.ErrorReason_ERROR_REASON_NETWORK_NAMESPACE_UNUSABLE, "", []string{"/dev/null", "EINVAL", "setns"}},
		{"agent with unknown field", func(ctx context.Context, h *harness) error {
			m := &farsockv1.GetAgentRequest{}
			unknown(m)
			_, err := h.agent.GetAgent(ctx, m)
			return err
		}, unknownField, "", []string{"farsock.v1.GetAgentRequest", "999"}},
	}
}

func badUnixRows() []badRow {
	type o = *farsockv1.OpenRequest
	abstract := func(name string) *farsockv1.Address {
		return &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{UnixDomain: &farsockv1.UnixAddress{Abstract: []byte(name)}}}
	}
	unix := func(a *farsockv1.Address) func(o) {
		return func(m o) { m.Family, m.Bind = farsockv1.Family_FAMILY_UNIX, a }
	}
	both := abstract("a")
	both.GetUnixDomain().Path = "/tmp/farsock-bad"
	return []badRow{
		{"abstract too long", open(unix(abstract(long(108)))), invalidField, "bind.unix_domain.abstract", []string{"107", "108"}},
		{"abstract and path to bind to", open(unix(both)), invalidField, "bind.unix_domain.abstract", []string{"path"}},
		{"abstract and path to connect to", open(func(m o) { m.Family, m.Connect = farsockv1.Family_FAMILY_UNIX, both }), invalidField, "connect.unix_domain.abstract", []string{"path"}},
		{"abstract too long to bind to later", on(bindMethod, &farsockv1.BindRequest{Socket: "sessions/t/sockets/udp", Address: abstract(long(108))}), invalidField, "address.unix_domain.abstract", []string{"107"}},
		{"abstract on inet", open(func(m o) { m.Connect = abstract("a") }), invalidField, "connect.unix_domain", []string{"inet"}},
		{"seqpacket listening and connecting", open(func(m o) {
			m.Family, m.Type = farsockv1.Family_FAMILY_UNIX, farsockv1.SocketType_SOCKET_TYPE_SEQPACKET
			m.Listen, m.Connect = &farsockv1.ListenStage{}, unixPath("/tmp/farsock-bad")
		}), invalidField, "listen", []string{"connect"}},
		{"unix datagrams listening", open(func(m o) {
			m.Family, m.Type = farsockv1.Family_FAMILY_UNIX, farsockv1.SocketType_SOCKET_TYPE_DATAGRAM
			m.Listen = &farsockv1.ListenStage{}
		}), invalidField, "listen", []string{"SOCKET_TYPE_SEQPACKET"}},
	}
}

func badWaitRows() []badRow {
	type w = *farsockv1.WaitSocketRequest
	wait := func(spoil func(w)) func(context.Context, *harness) error {
		m := &farsockv1.WaitSocketRequest{Socket: "sessions/t/sockets/tcp", TcpStates: []string{"LISTEN"}, Wait: durationpb.New(0)}
		spoil(m)
		return on(waitMethod, m)
	}
	const connected = farsockv1.SocketState_SOCKET_STATE_CONNECTED
	return []badRow{
		{"wait for nothing", wait(func(m w) { m.TcpStates = nil }), invalidField, "states", []string{"1 to 6"}},
		{"wait for no state", wait(func(m w) { m.States = []farsockv1.SocketState{connected, 0} }), invalidField, "states[1]", []string{"SOCKET_STATE_OPEN", "0"}},
		{"wait for an unknown state", wait(func(m w) { m.States = []farsockv1.SocketState{7} }), invalidField, "states[0]", []string{"SOCKET_STATE_DISCONNECTED", "7"}},
		{"wait for a state below", wait(func(m w) { m.States = []farsockv1.SocketState{-1} }), invalidField, "states[0]", []string{"-1"}},
		{"wait for too many states", wait(func(m w) { m.States = slices.Repeat([]farsockv1.SocketState{connected}, 7) }), invalidField, "states", []string{"6", "7"}},
		{"wait for a TCP state in lower case", wait(func(m w) { m.TcpStates = []string{"LISTEN", "listen"} }), invalidField, "tcp_states[1]", []string{"CLOSE_WAIT", "LISTEN"}},
		{"wait for an empty TCP state", wait(func(m w) { m.TcpStates = []string{""} }), invalidField, "tcp_states[0]", []string{"ESTABLISHED"}},
		{"wait for too many TCP states", wait(func(m w) { m.TcpStates = slices.Repeat([]string{"CLOSE"}, 13) }), invalidField, "tcp_states", []string{"12", "13"}},
		{"wait for nobody", wait(func(m w) { m.Socket = "sessions/t/sockets/none" }), noSocket, "", []string{"none"}},
		{"wait for no socket", wait(func(m w) { m.Socket = "" }), invalidField, "socket", []string{"sockets/UID"}},
		{"wait for a state too long", wait(func(m w) { m.Wait = durationpb.New(25 * time.Hour) }), invalidField, "wait", []string{"0 to 86400 seconds"}},
		{"wait for a state with unknown field", wait(func(m w) { unknown(m) }), unknownField, "", []string{"farsock.v1.WaitSocketRequest", "999"}},
	}
}
