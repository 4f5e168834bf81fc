package wire

import (
	"fmt"
	"strconv"

	"google.golang.org/grpc/codes"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// The names of the limits that calls meet before a handler sees them, as the
// contract's Limit lists them.
const (
	LimitConnections            = "connections"
	LimitConnectionsPerIdentity = "connections_per_identity"
	LimitCalls                  = "calls"
	LimitCallsPerIdentity       = "calls_per_identity"
	LimitCallsPerConnection     = "calls_per_connection"
	LimitMessageBytes           = "message_bytes"
	LimitHeaderBytes            = "header_bytes"
	LimitStreamBytes            = "stream_bytes"
	LimitTransitBytes           = "transit_bytes"
	LimitHandshake              = "handshake"
	LimitKeepAlive              = "keep_alive"
	LimitKeepAliveTimeout       = "keep_alive_timeout"
	LimitKeepAliveLeast         = "keep_alive_least"
	LimitDescriptors            = "descriptors"
)

// LimitExceeded makes the RESOURCE_EXHAUSTED of a limit of that name. The rest
// says for people what came to nothing.
func LimitExceeded(limit string, most int64, format string, args ...any) error {
	return Errorf(codes.ResourceExhausted, farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED,
		map[string]string{"limit": limit, "max": strconv.FormatInt(most, 10)},
		"limit %s (%d) reached: %s", limit, most, fmt.Sprintf(format, args...))
}
