//go:build linux

package rpc

import (
	"math"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

var openTable = &table[*farsockv1.OpenRequest]{
	rules: []rule[*farsockv1.OpenRequest]{
		{"session", sessionRef((*farsockv1.OpenRequest).GetSession)},
		{"name", optionalName((*farsockv1.OpenRequest).GetName)},
		{"request_id", requestID((*farsockv1.OpenRequest).GetRequestId)},
		{"family", oneOf((*farsockv1.OpenRequest).GetFamily,
			farsockv1.Family_FAMILY_INET, farsockv1.Family_FAMILY_INET6, farsockv1.Family_FAMILY_UNIX)},
		{"type", oneOf((*farsockv1.OpenRequest).GetType,
			farsockv1.SocketType_SOCKET_TYPE_STREAM, farsockv1.SocketType_SOCKET_TYPE_DATAGRAM,
			farsockv1.SocketType_SOCKET_TYPE_SEQPACKET)},
		{"protocol", optionalWithin(func(m *farsockv1.OpenRequest) *int32 { return m.Protocol }, 0, wire.MaxProtocol)},
		{"network_namespace", networkNamespace((*farsockv1.OpenRequest).GetNetworkNamespace)},
		{"options", optionList((*farsockv1.OpenRequest).GetOptions, 0)},
		{"bind", nested(addressTable, (*farsockv1.OpenRequest).GetBind)},
		{"bind", func(a at, m *farsockv1.OpenRequest) { fits(a, m.GetBind(), m.GetFamily()) }},
		{"listen", func(a at, m *farsockv1.OpenRequest) {
			if m.GetListen() == nil {
				return
			}
			if m.GetConnect() != nil {
				a.bad("must be unset where connect is set")
			}
			if m.GetType() == farsockv1.SocketType_SOCKET_TYPE_DATAGRAM {
				a.bad("must be unset unless type is SOCKET_TYPE_STREAM or SOCKET_TYPE_SEQPACKET")
			}
		}},
		{"listen", nested(listenStageTable, (*farsockv1.OpenRequest).GetListen)},
		{"connect", nested(addressTable, (*farsockv1.OpenRequest).GetConnect)},
		{"connect", func(a at, m *farsockv1.OpenRequest) { fits(a, m.GetConnect(), m.GetFamily()) }},
		{"wait", wait((*farsockv1.OpenRequest).GetWait)},
	},
	free: []string{"keep_on_failure"},
}

var listenStageTable = &table[*farsockv1.ListenStage]{
	rules: []rule[*farsockv1.ListenStage]{
		{"backlog", optionalWithin(func(m *farsockv1.ListenStage) *int32 { return m.Backlog }, 0, math.MaxInt32)},
	},
}

var bindTable = &table[*farsockv1.BindRequest]{
	rules: []rule[*farsockv1.BindRequest]{
		{"socket", socketRef((*farsockv1.BindRequest).GetSocket)},
		{"address", required((*farsockv1.BindRequest).GetAddress)},
		{"address", nested(addressTable, (*farsockv1.BindRequest).GetAddress)},
		{"wait", wait((*farsockv1.BindRequest).GetWait)},
	},
}

var listenTable = &table[*farsockv1.ListenRequest]{
	rules: []rule[*farsockv1.ListenRequest]{
		{"socket", socketRef((*farsockv1.ListenRequest).GetSocket)},
		{"backlog", optionalWithin(func(m *farsockv1.ListenRequest) *int32 { return m.Backlog }, 0, math.MaxInt32)},
	},
}

var connectTable = &table[*farsockv1.ConnectRequest]{
	rules: []rule[*farsockv1.ConnectRequest]{
		{"socket", socketRef((*farsockv1.ConnectRequest).GetSocket)},
		{"peer", func(a at, m *farsockv1.ConnectRequest) {
			switch {
			case m.GetPeer() == nil && !m.GetDisconnect():
				a.bad("must be set, or disconnect")
			case m.GetPeer() != nil && m.GetDisconnect():
				a.bad("must be unset where disconnect is set")
			}
		}},
		{"peer", nested(addressTable, (*farsockv1.ConnectRequest).GetPeer)},
		{"wait", wait((*farsockv1.ConnectRequest).GetWait)},
	},
	free: []string{"disconnect"}, // judged with peer
}

var acceptTable = &table[*farsockv1.AcceptRequest]{
	rules: []rule[*farsockv1.AcceptRequest]{
		{"socket", socketRef((*farsockv1.AcceptRequest).GetSocket)},
		{"name", optionalName((*farsockv1.AcceptRequest).GetName)},
		{"request_id", requestID((*farsockv1.AcceptRequest).GetRequestId)},
		{"wait", wait((*farsockv1.AcceptRequest).GetWait)},
	},
}
