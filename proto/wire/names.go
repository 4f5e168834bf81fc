package wire

import (
	"errors"
	"strings"
)

// SessionRef names a session in one of its two ways; exactly one field is set.
type SessionRef struct {
	ID  string // chosen by the user, scoped by identity
	UID string // given by the agent, never reused
}

// SocketRef names a socket: by Name within Session, or by UID alone.
type SocketRef struct {
	Session SessionRef
	Name    string
	UID     string
}

// ErrName is what the parsers return, wrapped with what is wrong.
var ErrName = errors.New("malformed resource name")

type nameError string

func (e nameError) Error() string { return string(e) }
func (e nameError) Unwrap() error { return ErrName }

const (
	sessionForm = `"sessions/ID" or "sessions/UID"`
	socketForm  = `"sockets/UID" or "sessions/S/sockets/NAME"`
	nameForm    = "1 to 64 letters, digits, '-' and '_'"
)

// ParseSession reads "sessions/ID" or "sessions/UID". A uid has a dot, an id
// cannot have one.
func ParseSession(s string) (SessionRef, error) {
	id, ok := strings.CutPrefix(s, "sessions/")
	if !ok {
		return SessionRef{}, nameError("must be " + sessionForm)
	}
	return sessionRef(id)
}

func sessionRef(id string) (SessionRef, error) {
	if strings.Contains(id, ".") {
		if !validUID(id) {
			return SessionRef{}, nameError("must be " + sessionForm + "; this is not a uid")
		}
		return SessionRef{UID: id}, nil
	}
	if !ValidName(id) {
		return SessionRef{}, nameError("must be " + sessionForm + ", an id being " + nameForm)
	}
	return SessionRef{ID: id}, nil
}

// ParseSocket reads "sockets/UID" or "sessions/S/sockets/NAME".
func ParseSocket(s string) (SocketRef, error) {
	if uid, ok := strings.CutPrefix(s, "sockets/"); ok {
		if !validUID(uid) {
			return SocketRef{}, nameError("must be " + socketForm + "; this is not a uid")
		}
		return SocketRef{UID: uid}, nil
	}
	rest, ok := strings.CutPrefix(s, "sessions/")
	if !ok {
		return SocketRef{}, nameError("must be " + socketForm)
	}
	session, name, ok := strings.Cut(rest, "/sockets/")
	if !ok {
		return SocketRef{}, nameError("must be " + socketForm)
	}
	ref, err := sessionRef(session)
	if err != nil {
		return SocketRef{}, err
	}
	if !ValidName(name) {
		return SocketRef{}, nameError("must be " + socketForm + ", a name being " + nameForm)
	}
	return SocketRef{Session: ref, Name: name}, nil
}

// SessionName is the resource name of a session; id may be a uid.
func SessionName(id string) string { return "sessions/" + id }

// SocketName is the resource name of a socket within a session.
func SocketName(session, name string) string { return "sessions/" + session + "/sockets/" + name }

// SocketUID is the resource name of a socket by its uid.
func SocketUID(uid string) string { return "sockets/" + uid }

// ValidName says whether s can name a session or a socket: 1 to 64 ASCII
// letters, digits, '-' and '_'.
func ValidName(s string) bool {
	if len(s) == 0 || len(s) > MaxNameBytes {
		return false
	}
	for i := range len(s) {
		if !nameByte(s[i]) {
			return false
		}
	}
	return true
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// IncarnationOf returns the part of a uid that tells which start of an agent
// gave it.
func IncarnationOf(uid string) (string, bool) {
	if !validUID(uid) {
		return "", false
	}
	incarnation, _, _ := strings.Cut(uid, ".")
	return incarnation, true
}

// validUID accepts 16 hexadecimal digits, a dot, and a short word.
func validUID(s string) bool {
	incarnation, rest, ok := strings.Cut(s, ".")
	if !ok || len(incarnation) != 16 || len(rest) == 0 || len(rest) > 24 {
		return false
	}
	for i := range len(incarnation) {
		if c := incarnation[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	for i := range len(rest) {
		if c := rest[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
