package cli

import (
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/proto/wire"
)

// advice is what to do next about an error of the agent, for those where that is
// not plain from what it says.
var advice = map[farsockv1.ErrorReason]string{
	farsockv1.ErrorReason_ERROR_REASON_ATTACHED:            "a 'ctl stream' or a program's connection has it: end that one first, or take it with 'ctl stream --steal'",
	farsockv1.ErrorReason_ERROR_REASON_BUSY:                "wait until the calls under way have ended; 'ctl session show' counts them",
	farsockv1.ErrorReason_ERROR_REASON_FENCED:              "someone else has taken the socket, which is still open; 'ctl stream --steal' takes it back",
	farsockv1.ErrorReason_ERROR_REASON_STALLED:             "nothing was lost, and the socket is open: attach again, and read what it brings",
	farsockv1.ErrorReason_ERROR_REASON_STALE_EPOCH:         "a later attachment of the same client was there first",
	farsockv1.ErrorReason_ERROR_REASON_HOLDER_CHANGED:      "someone else has sent since, or sent without --holder: 'ctl show NAME' tells how much was sent, and it cannot be known whose",
	farsockv1.ErrorReason_ERROR_REASON_OFFSET_OUT_OF_RANGE: "'ctl show NAME' tells what the socket has sent and received",
	farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED:      "'ctl agent info' shows the limits and what is in use of them",
	farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED:       "its sockets are closed; 'ctl session create' begins another",
}

// advised is an error's advice behind its sentence.
func advised(info wire.Info) string {
	// A uid is given by the agent, and never again.
	id := strings.TrimPrefix(info.Metadata["session"], "sessions/")
	if wire.ValidName(id) {
		switch info.Reason {
		case farsockv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND:
			return "; 'ctl session create " + id + "' begins one, 'ctl session ls' lists those that there are"
		case farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED:
			return "; its sockets are closed; 'ctl session create " + id + "' begins another"
		}
	}
	if s, ok := advice[info.Reason]; ok {
		return "; " + s
	}
	return ""
}
