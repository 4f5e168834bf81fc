package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/proto/wire"
)

// maxRemembered bounds the sessions kept for one endpoint; the oldest goes.
const maxRemembered = 64

// memory is what ctl keeps of one endpoint: in which start of the agent each
// session was last used. It makes one inference possible: that a session which
// the agent does not know was lost by a restart.
type memory struct {
	Endpoint string       `json:"endpoint"`
	Sessions []remembered `json:"sessions"` // the most recent last
}

type remembered struct {
	Session     string `json:"session"`
	Incarnation string `json:"incarnation"`
}

func (m *memory) find(session string) (string, bool) {
	for _, r := range m.Sessions {
		if r.Session == session {
			return r.Incarnation, true
		}
	}
	return "", false
}

// forget removes a session and says whether it was there.
func (m *memory) forget(session string) bool {
	for i, r := range m.Sessions {
		if r.Session == session {
			m.Sessions = append(m.Sessions[:i], m.Sessions[i+1:]...)
			return true
		}
	}
	return false
}

// remember notes that the session lives in the agent's start that gave the uid.
// It is a help only: a cache that cannot be written is no failure.
func (t *target) remember(session, uid string) {
	incarnation, ok := wire.IncarnationOf(uid)
	if !ok || !t.memorable() {
		return
	}
	path, m := t.memory()
	if was, known := m.find(session); known && was == incarnation {
		return
	}
	m.forget(session)
	m.Sessions = append(m.Sessions, remembered{session, incarnation})
	if extra := len(m.Sessions) - maxRemembered; extra > 0 {
		m.Sessions = m.Sessions[extra:]
	}
	_ = writeJSON(path, m)
}

// forget drops a session that was closed on purpose.
func (t *target) forget(session string) {
	if !t.memorable() {
		return
	}
	if path, m := t.memory(); m.forget(session) {
		_ = writeJSON(path, m)
	}
}

// restarted says, if the agent does not know a session that it knew in an
// earlier start, that it has restarted. Empty otherwise.
func (t *target) restarted(err error) string {
	info, ok := wire.InfoOf(err)
	if !ok || info.Reason != farsockv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND || !t.memorable() {
		return ""
	}
	_, m := t.memory()
	session := info.Metadata["session"]
	was, known := m.find(session)
	if !known {
		was, known = m.find(wire.SessionName(session))
	}
	now := info.Metadata["incarnation"]
	if !known || now == "" || was == now {
		return ""
	}
	who := t.label
	if !strings.HasPrefix(who, "the ") {
		who = "the agent on " + who
	}
	return who + " has restarted since; its sockets are gone"
}

// inferred is restarted with what to do about it.
func (t *target) inferred(err error) string {
	gone := t.restarted(err)
	if gone == "" {
		return ""
	}
	info, _ := wire.InfoOf(err)
	if wire.SessionName(strings.TrimPrefix(info.Metadata["session"], "sessions/")) == wire.SessionName(t.implicitSession()) {
		return gone + "; the next socket begins a new session"
	}
	return gone + "; 'ctl session create' begins a new session"
}

// memorable is false for agents that end with the command, and in scripts, whose
// sessions nobody meets again.
func (t *target) memorable() bool {
	return t.endpoint != embeddedEndpoint && t.app.scope.sessions == nil
}

// memory reads what is known of t's endpoint: nothing, if it cannot be read.
func (t *target) memory() (path string, m memory) {
	m.Endpoint = t.endpoint
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", m
	}
	sum := sha256.Sum256([]byte(t.endpoint))
	path = filepath.Join(dir, "farsock", hex.EncodeToString(sum[:8])+".json")
	var read memory
	if b, err := os.ReadFile(path); err == nil && json.Unmarshal(b, &read) == nil && read.Endpoint == t.endpoint {
		m = read
	}
	return path, m
}

// writeJSON replaces a file at once, so that no reader sees half of it.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
