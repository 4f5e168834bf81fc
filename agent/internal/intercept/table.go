package intercept

import (
	"strings"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionalphapb "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// access is who may call a method. The zero value allows nobody, so that a
// method without a row is denied.
type access int

const (
	_ access = iota
	// admitted: whoever the agent's policy lets act on this host. What a call
	// may touch is then decided where the session, the socket or the address
	// is known.
	admitted
)

// table has a row for every RPC that the agent serves.
var table = map[string]access{
	farsockv1.AgentService_GetAgent_FullMethodName: admitted,

	farsockv1.SessionService_CreateSession_FullMethodName: admitted,
	farsockv1.SessionService_GetSession_FullMethodName:    admitted,
	farsockv1.SessionService_ListSessions_FullMethodName:  admitted,
	farsockv1.SessionService_RenewSession_FullMethodName:  admitted,
	farsockv1.SessionService_CloseSession_FullMethodName:  admitted,

	farsockv1.SocketService_Open_FullMethodName:        admitted,
	farsockv1.SocketService_Bind_FullMethodName:        admitted,
	farsockv1.SocketService_Listen_FullMethodName:      admitted,
	farsockv1.SocketService_Connect_FullMethodName:     admitted,
	farsockv1.SocketService_Accept_FullMethodName:      admitted,
	farsockv1.SocketService_Send_FullMethodName:        admitted,
	farsockv1.SocketService_Receive_FullMethodName:     admitted,
	farsockv1.SocketService_Ack_FullMethodName:         admitted,
	farsockv1.SocketService_Stream_FullMethodName:      admitted,
	farsockv1.SocketService_Shutdown_FullMethodName:    admitted,
	farsockv1.SocketService_Close_FullMethodName:       admitted,
	farsockv1.SocketService_GetSocket_FullMethodName:   admitted,
	farsockv1.SocketService_WaitSocket_FullMethodName:  admitted,
	farsockv1.SocketService_ListSockets_FullMethodName: admitted,
	farsockv1.SocketService_Poll_FullMethodName:        admitted,
	farsockv1.SocketService_GetOptions_FullMethodName:  admitted,
	farsockv1.SocketService_SetOptions_FullMethodName:  admitted,
	farsockv1.SocketService_Resolve_FullMethodName:     admitted,

	healthpb.Health_Check_FullMethodName: admitted,
	healthpb.Health_List_FullMethodName:  admitted,
	healthpb.Health_Watch_FullMethodName: admitted,

	reflectionpb.ServerReflection_ServerReflectionInfo_FullMethodName:      admitted,
	reflectionalphapb.ServerReflection_ServerReflectionInfo_FullMethodName: admitted,
}

// counted says whether a call is work that a shutdown refuses or waits for:
// everything but asking how the agent is and what it offers.
func counted(fullMethod string) bool {
	return !strings.HasPrefix(fullMethod, "/grpc.health.") && !strings.HasPrefix(fullMethod, "/grpc.reflection.")
}
