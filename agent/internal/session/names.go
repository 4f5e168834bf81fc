package session

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
)

// MaxName is the most characters that a session id or a socket name may have.
const MaxName = 64

// Ref names a session or a socket as the API's strings do, taken apart. A
// session is named by SessionID or SessionUID; a socket by SocketUID alone, or
// by SocketName together with one of the session's two. All else is empty.
type Ref struct {
	SessionID  string // scoped by identity
	SessionUID string // INCARNATION.sN
	SocketName string // unique among the session's live sockets
	SocketUID  string // INCARNATION.N
}

// String is the reference as the API writes it.
func (r Ref) String() string {
	switch {
	case r.SocketUID != "":
		return "sockets/" + r.SocketUID
	case r.SocketName != "":
		return "sessions/" + r.session() + "/sockets/" + r.SocketName
	default:
		return "sessions/" + r.session()
	}
}

func (r Ref) session() string {
	if r.SessionUID != "" {
		return r.SessionUID
	}
	return r.SessionID
}

// ValidName reports whether name is 1 to MaxName letters, digits, '-' and '_',
// all ASCII.
func ValidName(name string) bool {
	if name == "" || len(name) > MaxName {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// NewIncarnation gives a name for one start of an agent: 16 random lowercase
// hexadecimal digits.
func NewIncarnation() string {
	var b [8]byte
	rand.Read(b[:]) // never fails; see crypto/rand
	return hex.EncodeToString(b[:])
}

func sessionUID(incarnation string, number uint64) string {
	return incarnation + ".s" + strconv.FormatUint(number, 10)
}

func socketUID(incarnation string, number uint64) string {
	return incarnation + "." + strconv.FormatUint(number, 10)
}

// foreign reports whether uid was given by another start of the agent.
func foreign(incarnation, uid string) bool {
	before, _, _ := strings.Cut(uid, ".")
	return before != incarnation
}
