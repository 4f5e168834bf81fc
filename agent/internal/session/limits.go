package session

// The stable names of the limits, as LimitError and the API give them.
const (
	LimitSessions                  = "sessions"
	LimitSessionsPerIdentity       = "sessions_per_identity"
	LimitSockets                   = "sockets"
	LimitSocketsPerSession         = "sockets_per_session"
	LimitStoredResponses           = "stored_responses"
	LimitStoredResponsesPerSession = "stored_responses_per_session"
)

// Limits bounds what a table holds. A field that is 0 takes its default.
type Limits struct {
	// Live sessions of all identities. Default 1000.
	Sessions int
	// Live sessions of one identity. Default 100.
	SessionsPerIdentity int
	// Sockets of all sessions, those being made and those being closed
	// included. Default 65536.
	Sockets int
	// Sockets of one session, counted likewise. Default 16384.
	SocketsPerSession int
	// Responses kept for repeated requests, all sessions. Default 262144.
	StoredResponses int
	// Responses kept for repeated requests, one session. Default 65536: about
	// 109 accepted and closed connections a second for the 10 minutes that
	// each is kept.
	StoredResponsesPerSession int
	// Ended sessions remembered; beyond it the oldest is forgotten before its
	// time. Default 4096.
	Tombstones int
	// Sockets and stored responses that ended with their session, whose uids and
	// request ids still tell so; beyond it those of the oldest sessions are
	// forgotten. Default 131072.
	Orphans int
}

func (l Limits) withDefaults() Limits {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&l.Sessions, 1000)
	set(&l.SessionsPerIdentity, 100)
	set(&l.Sockets, 65536)
	set(&l.SocketsPerSession, 16384)
	set(&l.StoredResponses, 262144)
	set(&l.StoredResponsesPerSession, 65536)
	set(&l.Tombstones, 4096)
	set(&l.Orphans, 131072)
	return l
}
