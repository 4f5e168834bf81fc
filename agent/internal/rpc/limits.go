//go:build linux

package rpc

import (
	"context"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

const limitHeldBytes = "held_bytes"

// limits are the bounds in force, those that are agent-wide with their use and
// those of an identity with the caller's:
// what the table and the sockets hold, what was met before a call got here
// (Deps.Limits), and what requests are judged by.
func (s *server) limits(ctx context.Context) []*farsockv1.Limit {
	list := s.heldLimits(ctx)
	if s.Limits != nil {
		list = append(list, s.Limits(ctx)...)
	}
	list = append(list, s.timeLimits()...)
	return append(list, requestLimits()...)
}

// heldLimits bound what the agent keeps for its callers.
func (s *server) heldLimits(ctx context.Context) []*farsockv1.Limit {
	config, use := s.Table.Config(), s.Table.Stats()
	most := config.Limits
	window := s.Env.Window
	if window <= 0 {
		window = sock.DefaultWindow
	}
	return []*farsockv1.Limit{
		UsedLimit(session.LimitSessions, int64(most.Sessions), "sessions", int64(use.Sessions), "live"),
		s.ownSessions(ctx),
		UsedLimit(session.LimitSockets, int64(most.Sockets), "sockets", int64(use.Sockets), "live"),
		NewLimit(session.LimitSocketsPerSession, int64(most.SocketsPerSession), "sockets", "live, of one session"),
		UsedLimit(limitHeldBytes, s.Env.Budget.Max(), "bytes", s.Env.Budget.Used(), "read and held, or to be sent"),
		NewLimit("held_bytes_per_socket", int64(window), "bytes", "read and held, of one socket"),
		UsedLimit(session.LimitStoredResponses, int64(most.StoredResponses), "responses", int64(use.Responses), "kept for repeated requests"),
		NewLimit(session.LimitStoredResponsesPerSession, int64(most.StoredResponsesPerSession), "responses", "likewise, of one session"),
		UsedLimit("tombstones", int64(most.Tombstones), "sessions", int64(use.Tombstones), "ended and remembered"),
		NewLimit("socket_tombstones", int64(most.Orphans), "sockets", "ended with their session"),
		NewLimit("stolen_holders", sock.MaxStolen, "holders", "remembered, of one socket"),
		NewLimit("refused_datagrams", sock.MaxRefusals, "datagrams", "remembered, of one holder"),
		NewLimit("network_namespaces", sock.MaxNamespaces, "namespaces", "listed, of the host"),
	}
}

// ownSessions is the bound of one identity's sessions, with the caller's.
func (s *server) ownSessions(ctx context.Context) *farsockv1.Limit {
	most := s.Table.Config().Limits.SessionsPerIdentity
	who, err := caller(ctx)
	if err != nil {
		return NewLimit(session.LimitSessionsPerIdentity, int64(most), "sessions", "live, of one user")
	}
	own, _ := s.Table.List(who, "", most)
	return UsedLimit(session.LimitSessionsPerIdentity, int64(most), "sessions", int64(len(own)), "live, yours")
}

// timeLimits bound how long something may last, or has to.
func (s *server) timeLimits() []*farsockv1.Limit {
	config := s.Table.Config()
	return []*farsockv1.Limit{
		secondsLimit("session_ttl_min", config.MinTTL, "shortest lease"),
		secondsLimit("session_ttl_max", config.MaxTTL, "longest lease"),
		secondsLimit("tombstone_time", config.TombstoneFor, "a session's end is remembered"),
		secondsLimit("stored_response_time", config.ResponseFor, "kept after the socket closed"),
		secondsLimit("wait", wire.MaxWait, "longest wait of a call"),
		secondsLimit("socket_timeout", wire.MaxSocketTimeout, "receive_timeout, send_timeout"),
		secondsLimit("stall", s.Stall, "client takes none of its data"),
	}
}

// requestLimits are what fields of a request are refused by.
func requestLimits() []*farsockv1.Limit {
	return []*farsockv1.Limit{
		NewLimit("payload_bytes", wire.MaxUnaryBytes, "bytes", "of one send or receive"),
		NewLimit("delimiter_bytes", wire.MaxDelimiterBytes, "bytes", "to receive until"),
		NewLimit("pattern_bytes", wire.MaxPatternBytes, "bytes", "to receive until"),
		NewLimit("datagrams", wire.MaxDatagrams, "datagrams", "of one message"),
		NewLimit("buffers", wire.MaxBuffers, "buffers", "of one send or receive"),
		NewLimit("control_messages", wire.MaxControlMessages, "messages", "of one datagram or send"),
		NewLimit("control_bytes", wire.MaxControlBytes, "bytes", "of one control message"),
		NewLimit("receive_control_bytes", wire.MaxReceiveControlBytes, "bytes", "room for control messages"),
		NewLimit("options", wire.MaxOptions, "options", "of one request"),
		NewLimit("option_bytes", wire.MaxOptionBytes, "bytes", "a raw option's value"),
		NewLimit("poll_items", wire.MaxPollItems, "sockets", "of one poll"),
		NewLimit("page_size", wire.MaxPageSize, "entries", "of one page of a list"),
		NewLimit("name_bytes", wire.MaxNameBytes, "bytes", "a session's or socket's name"),
	}
}

// NewLimit is a bound whose use is not counted over the whole agent. what says
// in at most 30 letters what it bounds.
func NewLimit(name string, most int64, unit, what string) *farsockv1.Limit {
	return &farsockv1.Limit{Name: name, Max: most, Unit: unit, Description: what}
}

// UsedLimit is a bound with its use over the whole agent, or the caller's.
func UsedLimit(name string, most int64, unit string, inUse int64, what string) *farsockv1.Limit {
	l := NewLimit(name, most, unit, what)
	l.InUse = &inUse
	return l
}

func secondsLimit(name string, d time.Duration, what string) *farsockv1.Limit {
	return NewLimit(name, int64(d/time.Second), "seconds", what)
}
