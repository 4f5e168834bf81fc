//go:build linux

package rpc

import (
	"time"

	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// The names of the limits that package session does not name.
const (
	limitHeldBytes          = "held_bytes"
	limitHeldBytesPerSocket = "held_bytes_per_socket"
	limitSessionTTLMin      = "session_ttl_min"
	limitSessionTTLMax      = "session_ttl_max"
	limitPayloadBytes       = "payload_bytes"
	limitWait               = "wait"
	limitPollItems          = "poll_items"
)

// limits are the bounds in force, those that are agent-wide with their use.
func (s *server) limits() []*farsockv1.Limit {
	config, use := s.Table.Config(), s.Table.Stats()
	window := s.Env.Window
	if window <= 0 {
		window = sock.DefaultWindow
	}
	return []*farsockv1.Limit{
		usedLimit(session.LimitSessions, int64(config.Limits.Sessions), "sessions", int64(use.Sessions)),
		limit(session.LimitSessionsPerIdentity, int64(config.Limits.SessionsPerIdentity), "sessions"),
		usedLimit(session.LimitSockets, int64(config.Limits.Sockets), "sockets", int64(use.Sockets)),
		limit(session.LimitSocketsPerSession, int64(config.Limits.SocketsPerSession), "sockets"),
		usedLimit(session.LimitStoredResponses, int64(config.Limits.StoredResponses), "responses", int64(use.Responses)),
		limit(session.LimitStoredResponsesPerSession, int64(config.Limits.StoredResponsesPerSession), "responses"),
		usedLimit(limitHeldBytes, s.Env.Budget.Max(), "bytes", s.Env.Budget.Used()),
		limit(limitHeldBytesPerSocket, int64(window), "bytes"),
		limit(limitSessionTTLMin, int64(config.MinTTL/time.Second), "seconds"),
		limit(limitSessionTTLMax, int64(config.MaxTTL/time.Second), "seconds"),
		limit(limitPayloadBytes, wire.MaxUnaryBytes, "bytes"),
		limit(limitWait, int64(wire.MaxWait/time.Second), "seconds"),
		limit(limitPollItems, wire.MaxPollItems, "sockets"),
	}
}

func limit(name string, most int64, unit string) *farsockv1.Limit {
	return &farsockv1.Limit{Name: name, Max: most, Unit: unit}
}

func usedLimit(name string, most int64, unit string, inUse int64) *farsockv1.Limit {
	l := limit(name, most, unit)
	l.InUse = &inUse
	return l
}
