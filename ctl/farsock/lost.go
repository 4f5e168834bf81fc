package farsock

import (
	"fmt"
	"net"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// StreamLostError says that a Conn or PacketConn is over before its ends: the
// connection to the agent broke and could not be made again for as long as the
// session lives without it, or the socket is gone or has been taken by another.
//
// Within, Unreachable finds the first of these. errors.Is finds ErrSessionLost
// where the session is known to be over, or has to be taken for it, and
// net.ErrClosed where the socket was closed by another.
type StreamLostError struct {
	// Sent is how many bytes (datagrams) the host's kernel is known to have
	// taken. It may have taken more of what was written.
	Sent int64
	// Received is how many bytes (datagrams) were read here.
	Received int64
	// Datagrams says that datagrams or packets were counted, not bytes.
	Datagrams bool
	// Err is why.
	Err error
}

// Error is, for example, "session lost: cannot reach the agent at ssh://lab7:
// no answer in time; confirmed: 4096 bytes sent, 120 received".
func (e *StreamLostError) Error() string {
	unit := "bytes"
	if e.Datagrams {
		unit = "datagrams"
	}
	return fmt.Sprintf("%s; confirmed: %d %s sent, %d received", text(e.Err), e.Sent, unit, e.Received)
}

func (e *StreamLostError) Unwrap() error { return e.Err }

// lostBy is what readers and writers are told. It needs mu.
func (a *attachment) lostBy(err error) error {
	info, _ := wire.InfoOf(err)
	if info.Reason == farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED {
		err = &restoredError{as: net.ErrClosed, err: err}
	}
	switch info.Reason {
	case farsockv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND,
		farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED,
		farsockv1.ErrorReason_ERROR_REASON_AGENT_RESTARTED,
		farsockv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN:
		err = &restoredError{as: ErrSessionLost, err: err}
	case farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED:
		if info.Metadata["ended"] != "" {
			err = &restoredError{as: ErrSessionLost, err: err}
		}
	}
	if a.first == nil && info.Reason != farsockv1.ErrorReason_ERROR_REASON_UNSPECIFIED {
		return err // a refusal: nothing had begun
	}
	return &StreamLostError{
		Sent:      a.outbox.applied - a.outbox.refused,
		Received:  a.inbox.taken - a.inbox.begin,
		Datagrams: a.messages,
		Err:       err,
	}
}
