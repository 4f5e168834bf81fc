//go:build linux

package rpc

import (
	"context"
	"errors"
	"maps"
	"regexp/syntax"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// errStreamOver says that a Stream ended while one of its directions was
// waiting; what ended it is said elsewhere.
var errStreamOver = errors.New("the stream is over")

// reasonCodes are the gRPC codes of the reasons that package session gives.
var reasonCodes = map[farsockv1.ErrorReason]codes.Code{
	farsockv1.ErrorReason_ERROR_REASON_INVALID_FIELD:     codes.InvalidArgument,
	farsockv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND: codes.NotFound,
	farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED:     codes.FailedPrecondition,
	farsockv1.ErrorReason_ERROR_REASON_SESSION_EXISTS:    codes.AlreadyExists,
	farsockv1.ErrorReason_ERROR_REASON_SOCKET_NOT_FOUND:  codes.NotFound,
	farsockv1.ErrorReason_ERROR_REASON_SOCKET_EXISTS:     codes.AlreadyExists,
	farsockv1.ErrorReason_ERROR_REASON_AGENT_RESTARTED:   codes.NotFound,
	farsockv1.ErrorReason_ERROR_REASON_REQUEST_ID_REUSED: codes.AlreadyExists,
	farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED:    codes.ResourceExhausted,
	farsockv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN:     codes.Unavailable,
}

// socketErrors are sock's errors without fields of their own.
var socketErrors = []struct {
	err    error
	code   codes.Code
	reason farsockv1.ErrorReason
}{
	{sock.ErrDetached, codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED},
	{sock.ErrAttached, codes.FailedPrecondition, farsockv1.ErrorReason_ERROR_REASON_ATTACHED},
	{sock.ErrBusy, codes.FailedPrecondition, farsockv1.ErrorReason_ERROR_REASON_BUSY},
	{sock.ErrStaleEpoch, codes.FailedPrecondition, farsockv1.ErrorReason_ERROR_REASON_STALE_EPOCH},
	{sock.ErrFenced, codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_FENCED},
}

// status is the one place where an error of the domain becomes one of gRPC.
func (s *server) status(err error) error { return s.statusOn(nil, "", err) }

// statusOn adds the socket that the call was on, and puts path before the
// fields that sock names.
func (s *server) statusOn(e *Entry, path string, err error) error {
	if err == nil {
		return nil
	}
	var already interface{ GRPCStatus() *status.Status }
	if errors.As(err, &already) {
		return already.GRPCStatus().Err()
	}
	if errors.Is(err, sock.ErrClosed) {
		return closedUnder(e)
	}
	for _, k := range socketErrors {
		if errors.Is(err, k.err) {
			return wire.Errorf(k.code, k.reason, onSocket(e), "%v", err)
		}
	}
	var outside *sock.RangeError
	var holder *sock.HolderError
	var argument *sock.ArgumentError
	var budget *sock.BudgetError
	var ttl *session.RangeError
	var name *session.NameError
	var reasoned session.Reasoned
	switch {
	case errors.As(err, &outside):
		return offsetOutside(path+outside.Field, outside.Got, outside.Min, outside.Max)
	case errors.As(err, &holder):
		metadata := onSocket(e)
		metadata["field"] = path + holder.Field
		metadata["offset"] = strconv.FormatInt(holder.Offset, 10)
		metadata["send_offset"] = strconv.FormatInt(holder.SendOffset, 10)
		return wire.Errorf(codes.FailedPrecondition, farsockv1.ErrorReason_ERROR_REASON_HOLDER_CHANGED, metadata, "%s%v", path, err)
	case errors.As(err, &argument):
		return invalid(path+argument.Field, "%s", argument.Reason)
	case errors.As(err, &budget):
		return wire.Errorf(codes.ResourceExhausted, farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED,
			map[string]string{"limit": limitHeldBytes, "max": strconv.FormatInt(budget.Max, 10)}, "%v", err)
	case errors.As(err, &ttl):
		return invalid(ttl.Field, "must be %s to %s seconds, is %s", inSeconds(ttl.Min), inSeconds(ttl.Max), inSeconds(ttl.Got))
	case errors.As(err, &name):
		return invalid(name.Field, "must be 1 to %d letters, digits, '-' and '_'", wire.MaxNameBytes)
	case errors.As(err, &reasoned):
		reason := farsockv1.ErrorReason(farsockv1.ErrorReason_value["ERROR_REASON_"+reasoned.Reason()])
		if code, ok := reasonCodes[reason]; ok {
			return wire.Errorf(code, reason, reasoned.Metadata(), "%v", err)
		}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return status.FromContextError(err).Err()
	}
	return s.bug(err)
}

// closedUnder says that a socket which the call had found was closed before the
// call was over.
func closedUnder(e *Entry) error {
	which := "the socket"
	if e != nil {
		which = "socket " + strconv.Quote(e.Name())
	}
	return wire.Errorf(codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED, onSocket(e),
		"%s was closed under the call", which)
}

// bug hides what only the agent's author can use.
func (s *server) bug(err error) error {
	var panicked *session.PanicError
	if errors.As(err, &panicked) {
		s.Logger.Error("an operation panicked", "value", panicked.Value, "stack", string(panicked.Stack))
	} else {
		s.Logger.Error("an error without a place in the contract", "error", err)
	}
	return wire.Errorf(codes.Internal, farsockv1.ErrorReason_ERROR_REASON_INTERNAL, nil,
		"a bug of the agent; its log says more")
}

// offsetOutside is the OUT_OF_RANGE of an offset.
func offsetOutside(field string, got, low, high int64) error {
	return wire.Errorf(codes.OutOfRange, farsockv1.ErrorReason_ERROR_REASON_OFFSET_OUT_OF_RANGE,
		map[string]string{
			"field":  field,
			"offset": strconv.FormatInt(got, 10),
			"min":    strconv.FormatInt(low, 10),
			"max":    strconv.FormatInt(high, 10),
		}, "%s is %d, not in %d to %d", field, got, low, high)
}

// cut says why a call on a socket came to nothing: an error, or the end of the
// session under the call, which to the socket's user is the socket's end.
func (s *server) cut(call *session.Call[*sock.Socket], o sock.Outcome, err error) error {
	return s.cutOn(call.Socket, o, err)
}

// cutOn is cut for a call on several sockets, of which e is the one concerned.
func (s *server) cutOn(e *Entry, o sock.Outcome, err error) error {
	if errors.Is(err, sock.ErrClosed) || err == nil && o.Code == sock.WaitElapsed {
		if ended := e.Session().Ended(); ended != nil {
			metadata := onSocket(e)
			maps.Copy(metadata, ended.Metadata())
			return wire.Errorf(codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_SOCKET_CLOSED, metadata, "%v", ended)
		}
	}
	return s.statusOn(e, "", err)
}

func sessionEnd(ctx context.Context) *session.EndedError {
	var ended *session.EndedError
	if errors.As(context.Cause(ctx), &ended) {
		return ended
	}
	return nil
}

func onSocket(e *Entry) map[string]string {
	metadata := map[string]string{}
	if e != nil {
		metadata["socket"] = wire.SocketUID(e.UID())
	}
	return metadata
}

// patternFault is what is wrong with an expression, without the expression.
func patternFault(err error) string {
	var fault *syntax.Error
	if errors.As(err, &fault) {
		return fault.Code.String()
	}
	return "cannot be compiled"
}
