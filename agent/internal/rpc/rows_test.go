//go:build linux

package rpc_test

import (
	"context"

	"google.golang.org/grpc"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// method is a unary RPC without its call options.
func method[Q, A any](rpc func(context.Context, Q, ...grpc.CallOption) (A, error)) func(context.Context, Q) (A, error) {
	return func(ctx context.Context, req Q) (A, error) { return rpc(ctx, req) }
}

func unixPath(path string) *farsockv1.Address { return wire.UnixPath(path) }

// fill puts valid options into a list.
func fill(list []*farsockv1.SocketOption) {
	for i := range list {
		list[i] = &farsockv1.SocketOption{Option: &farsockv1.SocketOption_KeepAlive{KeepAlive: true}}
	}
}

// The methods by short names.
var (
	bindMethod = func(h *harness) func(context.Context, *farsockv1.BindRequest) (*farsockv1.BindResponse, error) {
		return method(h.sockets.Bind)
	}
	listenMethod = func(h *harness) func(context.Context, *farsockv1.ListenRequest) (*farsockv1.ListenResponse, error) {
		return method(h.sockets.Listen)
	}
	connectMethod = func(h *harness) func(context.Context, *farsockv1.ConnectRequest) (*farsockv1.ConnectResponse, error) {
		return method(h.sockets.Connect)
	}
	acceptMethod = func(h *harness) func(context.Context, *farsockv1.AcceptRequest) (*farsockv1.AcceptResponse, error) {
		return method(h.sockets.Accept)
	}
	shutdownMethod = func(h *harness) func(context.Context, *farsockv1.ShutdownRequest) (*farsockv1.ShutdownResponse, error) {
		return method(h.sockets.Shutdown)
	}
	closeMethod = func(h *harness) func(context.Context, *farsockv1.CloseRequest) (*farsockv1.CloseResponse, error) {
		return method(h.sockets.Close)
	}
	listMethod = func(h *harness) func(context.Context, *farsockv1.ListSocketsRequest) (*farsockv1.ListSocketsResponse, error) {
		return method(h.sockets.ListSockets)
	}
	getMethod = func(h *harness) func(context.Context, *farsockv1.GetSocketRequest) (*farsockv1.GetSocketResponse, error) {
		return method(h.sockets.GetSocket)
	}
	setMethod = func(h *harness) func(context.Context, *farsockv1.SetOptionsRequest) (*farsockv1.SetOptionsResponse, error) {
		return method(h.sockets.SetOptions)
	}
	getOptionsMethod = func(h *harness) func(context.Context, *farsockv1.GetOptionsRequest) (*farsockv1.GetOptionsResponse, error) {
		return method(h.sockets.GetOptions)
	}
	resolveMethod = func(h *harness) func(context.Context, *farsockv1.ResolveRequest) (*farsockv1.ResolveResponse, error) {
		return method(h.sockets.Resolve)
	}
	waitMethod = func(h *harness) func(context.Context, *farsockv1.WaitSocketRequest) (*farsockv1.WaitSocketResponse, error) {
		return method(h.sockets.WaitSocket)
	}
	agentMethod = func(h *harness) func(context.Context, *farsockv1.GetAgentRequest) (*farsockv1.GetAgentResponse, error) {
		return method(h.agent.GetAgent)
	}
	createMethod = func(h *harness) func(context.Context, *farsockv1.CreateSessionRequest) (*farsockv1.CreateSessionResponse, error) {
		return method(h.sessions.CreateSession)
	}
	renewMethod = func(h *harness) func(context.Context, *farsockv1.RenewSessionRequest) (*farsockv1.RenewSessionResponse, error) {
		return method(h.sessions.RenewSession)
	}
	endMethod = func(h *harness) func(context.Context, *farsockv1.CloseSessionRequest) (*farsockv1.CloseSessionResponse, error) {
		return method(h.sessions.CloseSession)
	}
	sessionsMethod = func(h *harness) func(context.Context, *farsockv1.ListSessionsRequest) (*farsockv1.ListSessionsResponse, error) {
		return method(h.sessions.ListSessions)
	}
)
