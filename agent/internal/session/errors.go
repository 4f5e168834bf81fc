package session

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Reasoned is an error of this package that a program on the other side of the
// API may want to tell apart. Reason is the contract's machine reason,
// Metadata what goes with it. Find it with errors.As.
type Reasoned interface {
	error
	Reason() string
	Metadata() map[string]string
}

// ErrWaitElapsed says that this caller's wait or context ended while others go
// on waiting for the same operation. Nothing was undone.
var ErrWaitElapsed = errors.New("session: the wait ended before the operation")

// NotFoundError says that a session never was, or is another identity's, which
// is the same thing to its reader.
type NotFoundError struct {
	Session     string // as the caller wrote it: an id or a uid
	Incarnation string // of this agent
}

func (e *NotFoundError) Error() string  { return fmt.Sprintf("no session %q", e.Session) }
func (e *NotFoundError) Reason() string { return "SESSION_NOT_FOUND" }

// Metadata implements Reasoned.
func (e *NotFoundError) Metadata() map[string]string {
	return map[string]string{"session": e.Session, "incarnation": e.Incarnation}
}

// EndedError says that a session was there and has ended; its sockets are
// closed. It is also the cause of the contexts of calls that it cut short.
type EndedError struct {
	Session string    // its id
	Ended   State     // Expired, Closed or Shutdown
	At      time.Time // when, by the host's clock
}

func (e *EndedError) Error() string {
	return fmt.Sprintf("session %q has ended: %s", e.Session, e.Ended)
}
func (e *EndedError) Reason() string { return "SESSION_ENDED" }

// Metadata implements Reasoned.
func (e *EndedError) Metadata() map[string]string {
	return map[string]string{"session": e.Session, "ended": e.Ended.String()}
}

// ExistsError says that a live session of the identity has the id.
type ExistsError struct{ Session string }

func (e *ExistsError) Error() string  { return fmt.Sprintf("session %q exists", e.Session) }
func (e *ExistsError) Reason() string { return "SESSION_EXISTS" }

// Metadata implements Reasoned.
func (e *ExistsError) Metadata() map[string]string {
	return map[string]string{"session": e.Session}
}

// SocketNotFoundError says that no live socket has the name or uid in a
// session of this identity.
type SocketNotFoundError struct{ Socket string }

func (e *SocketNotFoundError) Error() string  { return fmt.Sprintf("no socket %q", e.Socket) }
func (e *SocketNotFoundError) Reason() string { return "SOCKET_NOT_FOUND" }

// Metadata implements Reasoned.
func (e *SocketNotFoundError) Metadata() map[string]string {
	return map[string]string{"socket": e.Socket}
}

// SocketExistsError says that a live socket of the session, or one that is
// being made, has the name.
type SocketExistsError struct{ Socket string }

func (e *SocketExistsError) Error() string {
	return fmt.Sprintf("the session has a socket %q", e.Socket)
}
func (e *SocketExistsError) Reason() string { return "SOCKET_EXISTS" }

// Metadata implements Reasoned.
func (e *SocketExistsError) Metadata() map[string]string {
	return map[string]string{"socket": e.Socket}
}

// AgentRestartedError says that a uid, or a name that begins with one, is of
// another start of the agent: whatever it named is gone.
type AgentRestartedError struct {
	Incarnation string // of this agent, now
}

func (e *AgentRestartedError) Error() string {
	return "the agent was restarted, and what this named is gone; it is incarnation " + e.Incarnation + " now"
}
func (e *AgentRestartedError) Reason() string { return "AGENT_RESTARTED" }

// Metadata implements Reasoned.
func (e *AgentRestartedError) Metadata() map[string]string {
	return map[string]string{"incarnation": e.Incarnation}
}

// RequestIDReusedError says that a request id came again with other content.
type RequestIDReusedError struct{ RequestID string }

func (e *RequestIDReusedError) Error() string {
	return fmt.Sprintf("request id %q was used with other content", e.RequestID)
}
func (e *RequestIDReusedError) Reason() string { return "REQUEST_ID_REUSED" }

// Metadata implements Reasoned.
func (e *RequestIDReusedError) Metadata() map[string]string {
	return map[string]string{"request_id": e.RequestID}
}

// LimitError says that a bound of the agent is reached. Limit is one of the
// Limit constants.
type LimitError struct {
	Limit string
	Max   int
}

func (e *LimitError) Error() string  { return fmt.Sprintf("limit %s (%d) reached", e.Limit, e.Max) }
func (e *LimitError) Reason() string { return "LIMIT_EXCEEDED" }

// Metadata implements Reasoned.
func (e *LimitError) Metadata() map[string]string {
	return map[string]string{"limit": e.Limit, "max": strconv.Itoa(e.Max)}
}

// ShuttingDownError says that the table was closed and takes no new sessions.
type ShuttingDownError struct{}

func (e *ShuttingDownError) Error() string  { return "the agent is shutting down" }
func (e *ShuttingDownError) Reason() string { return "SHUTTING_DOWN" }

// Metadata implements Reasoned; there is none.
func (e *ShuttingDownError) Metadata() map[string]string { return nil }

// RangeError says that a duration lies outside of Min to Max, both included.
type RangeError struct {
	Field         string
	Got, Min, Max time.Duration
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("%s is %v; it must be %v to %v", e.Field, e.Got, e.Min, e.Max)
}
func (e *RangeError) Reason() string { return "INVALID_FIELD" }

// Metadata implements Reasoned; the field and range belong in a field
// violation.
func (e *RangeError) Metadata() map[string]string { return nil }

// NameError says that a session id or socket name is not 1 to 64 letters,
// digits, '-' and '_'.
type NameError struct {
	Field string // "session_id" or "name"
	Got   string
}

func (e *NameError) Error() string {
	return fmt.Sprintf("%s %q: must be 1 to %d letters, digits, '-' and '_'", e.Field, e.Got, MaxName)
}
func (e *NameError) Reason() string { return "INVALID_FIELD" }

// Metadata implements Reasoned; the field belongs in a field violation.
func (e *NameError) Metadata() map[string]string { return nil }

// PanicError is what the callers of Once get when the operation panicked: it
// runs beside the handlers, so their recovery does not see it.
type PanicError struct {
	Value any    // what was passed to panic
	Stack []byte // for the agent's log, never for the client
}

func (e *PanicError) Error() string  { return "an operation of the agent panicked" }
func (e *PanicError) Reason() string { return "INTERNAL" }

// Metadata implements Reasoned; there is none.
func (e *PanicError) Metadata() map[string]string { return nil }
