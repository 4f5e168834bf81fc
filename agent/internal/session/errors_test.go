package session_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

// The reasons and metadata that the contract's ErrorReason lists.
func TestReasonsAndMetadata(t *testing.T) {
	type m = map[string]string
	for _, c := range []struct {
		err    session.Reasoned
		reason string
		meta   m
		says   string // what a person must find in the text
	}{
		{&session.NotFoundError{Session: "a", Incarnation: "i"}, "SESSION_NOT_FOUND", m{"session": "a", "incarnation": "i"}, `"a"`},
		{&session.EndedError{Session: "a", Ended: session.Expired}, "SESSION_ENDED", m{"session": "a", "ended": "EXPIRED"}, "EXPIRED"},
		{&session.EndedError{Session: "a", Ended: session.Closed}, "SESSION_ENDED", m{"session": "a", "ended": "CLOSED"}, "CLOSED"},
		{&session.EndedError{Session: "a", Ended: session.Shutdown}, "SESSION_ENDED", m{"session": "a", "ended": "AGENT_SHUTDOWN"}, "AGENT_SHUTDOWN"},
		{&session.ExistsError{Session: "a"}, "SESSION_EXISTS", m{"session": "a"}, `"a"`},
		{&session.SocketNotFoundError{Socket: "sockets/i.1"}, "SOCKET_NOT_FOUND", m{"socket": "sockets/i.1"}, "sockets/i.1"},
		{&session.SocketExistsError{Socket: "sessions/a/sockets/b"}, "SOCKET_EXISTS", m{"socket": "sessions/a/sockets/b"}, "sessions/a/sockets/b"},
		{&session.AgentRestartedError{Incarnation: "i"}, "AGENT_RESTARTED", m{"incarnation": "i"}, "restarted"},
		{&session.RequestIDReusedError{RequestID: "r"}, "REQUEST_ID_REUSED", m{"request_id": "r"}, `"r"`},
		{&session.LimitError{Limit: session.LimitSockets, Max: 7}, "LIMIT_EXCEEDED", m{"limit": "sockets", "max": "7"}, "sockets (7)"},
		{&session.ShuttingDownError{}, "SHUTTING_DOWN", nil, "shutting down"},
		{&session.RangeError{Field: "ttl", Got: time.Second, Min: 5 * time.Second, Max: time.Hour}, "INVALID_FIELD", nil, "5s to 1h"},
		{&session.NameError{Field: "name", Got: "a.b"}, "INVALID_FIELD", nil, "64"},
		{&session.PanicError{Value: "secret", Stack: []byte("secret")}, "INTERNAL", nil, "panicked"},
	} {
		t.Run(fmt.Sprintf("%T", c.err), func(t *testing.T) {
			var found session.Reasoned
			if !errors.As(fmt.Errorf("wrapped: %w", c.err), &found) || found.Reason() != c.reason || !maps.Equal(found.Metadata(), c.meta) {
				t.Errorf("got %s %v", c.err.Reason(), c.err.Metadata())
			}
			if text := c.err.Error(); !strings.Contains(text, c.says) || strings.Contains(text, "secret") {
				t.Errorf("it says %q", text)
			}
		})
	}
}
