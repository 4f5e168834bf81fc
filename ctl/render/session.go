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

// SessionDetail describes one session; of one that has ended how it did, and what
// ended with it.
func SessionDetail(w io.Writer, s *farsockv1.Session) error {
	about := []Pair{
		{"name", Escape(s.GetName())},
		{"uid", s.GetUid()},
		{"identity", Escape(s.GetIdentity())},
		{"state", sessionState(s)},
	}
	made := s.GetCreateTime().AsTime().UTC().Format(time.RFC3339)
	switch s.GetState() {
	case farsockv1.SessionState_SESSION_STATE_EXPIRED:
		about = append(about, Pair{"why", "it was not renewed for " + span(s.GetTtl())})
	case farsockv1.SessionState_SESSION_STATE_CLOSED:
		about = append(about, Pair{"why", "someone closed it"})
	default:
		return Pairs(w, append(about,
			Pair{"ttl", span(s.GetTtl())},
			Pair{"left", span(s.GetTimeLeft())},
			Pair{"made", made},
			Pair{"sockets", number(int64(s.GetSocketCount()))},
			Pair{"calls under way", number(int64(s.GetCallsUnderWay()))}))
	}
	return Pairs(w, append(about, Pair{"made", made}, Pair{"closed with it", Count(s.GetSocketCount(), "socket")}))
}

func sessionState(s *farsockv1.Session) string {
	return words(strings.TrimPrefix(s.GetState().String(), "SESSION_STATE_"))
}
