package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// Domain is the ErrorInfo domain of every status error that farsock makes.
const Domain = "farsock.dev"

const reasonPrefix = "ERROR_REASON_"

// Violation is one field of a request that is malformed or out of range.
type Violation struct {
	Field       string // the path in proto's names, for example "bind.inet.port"
	Description string // what is allowed and what it was
}

// Info is a status error taken apart; what programs switch on is Reason.
type Info struct {
	Code       codes.Code
	Reason     farsockv1.ErrorReason
	Message    string
	Metadata   map[string]string // read-only
	Violations []Violation       // only with ERROR_REASON_INVALID_FIELD
}

// Errorf makes a status error with ErrorInfo.
func Errorf(code codes.Code, reason farsockv1.ErrorReason, metadata map[string]string, format string, args ...any) error {
	return withDetails(code, fmt.Sprintf(format, args...), errorInfo(reason, metadata))
}

// InvalidFields makes the INVALID_ARGUMENT that names every field at fault. It
// needs at least one.
func InvalidFields(violations ...Violation) error {
	texts := make([]string, len(violations))
	bad := &errdetails.BadRequest{}
	for i, v := range violations {
		texts[i] = v.Field + ": " + v.Description
		bad.FieldViolations = append(bad.FieldViolations,
			&errdetails.BadRequest_FieldViolation{Field: v.Field, Description: v.Description})
	}
	return withDetails(codes.InvalidArgument, strings.Join(texts, "; "),
		errorInfo(farsockv1.ErrorReason_ERROR_REASON_INVALID_FIELD, nil), bad)
}

// UnknownField makes the UNIMPLEMENTED for a field that this agent has never
// heard of.
func UnknownField(message string, number int32) error {
	n := strconv.Itoa(int(number))
	return Errorf(codes.Unimplemented, farsockv1.ErrorReason_ERROR_REASON_UNKNOWN_FIELD,
		map[string]string{"message": message, "field_number": n},
		"%s has no field %s in this agent; the client is newer", message, n)
}

// InfoOf takes an error of a call apart. It is false for errors that are not
// farsock's own, such as gRPC's Unavailable when the connection broke.
func InfoOf(err error) (Info, bool) {
	st, ok := status.FromError(err)
	if !ok || st.Code() == codes.OK {
		return Info{}, false
	}
	info := Info{Code: st.Code(), Message: st.Message()}
	// Where err wraps the status, FromError's message is all of err's text.
	if said, ok := errors.AsType[interface {
		error
		GRPCStatus() *status.Status
	}](err); ok {
		info.Message = said.GRPCStatus().Message()
	}
	ours := false
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			if d.GetDomain() == Domain {
				ours = true
				info.Reason = farsockv1.ErrorReason(farsockv1.ErrorReason_value[reasonPrefix+d.GetReason()])
				info.Metadata = d.GetMetadata()
			}
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				info.Violations = append(info.Violations, Violation{v.GetField(), v.GetDescription()})
			}
		}
	}
	return info, ours
}

// ReasonName is a reason as ErrorInfo carries it, for example
// "SOCKET_NOT_FOUND".
func ReasonName(r farsockv1.ErrorReason) string {
	return strings.TrimPrefix(r.String(), reasonPrefix)
}

func errorInfo(reason farsockv1.ErrorReason, metadata map[string]string) *errdetails.ErrorInfo {
	return &errdetails.ErrorInfo{Reason: ReasonName(reason), Domain: Domain, Metadata: metadata}
}

func withDetails(code codes.Code, message string, details ...protoadapt.MessageV1) error {
	st, err := status.New(code, message).WithDetails(details...)
	if err != nil {
		// Only code OK or a detail that cannot be marshalled; neither is made here.
		panic(fmt.Sprintf("wire: status details: %v", err))
	}
	return st.Err()
}
