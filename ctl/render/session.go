package render

import (
	"io"
	"strings"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// SessionID is the last part of a session's resource name.
func SessionID(s *farsockv1.Session) string {
	return Escape(strings.TrimPrefix(s.GetName(), "sessions/"))
}

// Session is the sentence that says how a session stands: "ci-42  active  ttl
// 10m  10m left".
func Session(s *farsockv1.Session) string {
	if s.GetState() != farsockv1.SessionState_SESSION_STATE_ACTIVE {
		return join(SessionID(s), sessionState(s), Count(s.GetSocketCount(), "socket"))
	}
	return join(SessionID(s), sessionState(s), "ttl "+span(s.GetTtl()), span(s.GetTimeLeft())+" left")
}

// Sessions writes a table of sessions, and returns the columns for which there was
// no room.
func Sessions(w io.Writer, width int, sessions []*farsockv1.Session) (leftOut []string, err error) {
	columns := []Column{{Title: "ID"}, {Title: "STATE", Drop: 1}, {Title: "SOCKETS"}, {Title: "TTL", Drop: 2}, {Title: "LEFT"}, {Title: "UID", Drop: 3}}
	rows := make([][]string, len(sessions))
	for i, s := range sessions {
		rows[i] = []string{SessionID(s), sessionState(s), number(int64(s.GetSocketCount())),
			span(s.GetTtl()), span(s.GetTimeLeft()), s.GetUid()}
	}
	return Table(w, width, columns, rows)
}

// SessionDetail describes one session.
func SessionDetail(w io.Writer, s *farsockv1.Session) error {
	return Pairs(w, []Pair{
		{"name", Escape(s.GetName())},
		{"uid", s.GetUid()},
		{"identity", Escape(s.GetIdentity())},
		{"state", sessionState(s)},
		{"ttl", span(s.GetTtl())},
		{"left", span(s.GetTimeLeft())},
		{"made", s.GetCreateTime().AsTime().UTC().Format(time.RFC3339)},
		{"sockets", number(int64(s.GetSocketCount()))},
		{"calls under way", number(int64(s.GetCallsUnderWay()))},
	})
}

func sessionState(s *farsockv1.Session) string {
	return words(strings.TrimPrefix(s.GetState().String(), "SESSION_STATE_"))
}
