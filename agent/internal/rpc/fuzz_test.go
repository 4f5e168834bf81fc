//go:build linux

package rpc_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// fuzzCalls bounds the calls of one input.
const fuzzCalls = 6

// FuzzRequests makes a few unary calls on an agent with sockets of every kind. The
// first byte of each call says which RPC it is, the others spoil its request.
func FuzzRequests(f *testing.F) {
	netns, methods := fuzzNamespace(f), unaryMethods(f)
	for i := range methods {
		f.Add([]byte{byte(i)})
	}
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 4 * len(methods) {
		in := make([]byte, 8+random.IntN(60))
		for j := range in {
			if random.IntN(4) == 0 { // three in four decisions are the usual ones
				in[j] = byte(random.Uint32())
			}
		}
		in[0] = byte(i)
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		w := newFuzzWorld(t, netns)
		fill := &filler{in: in, world: w}
		before := ""
		for range fuzzCalls {
			m := methods[int(fill.byte())%len(methods)]
			req := m.input.New()
			fill.message(req)
			if proto.Size(req.Interface()) > wire.MaxMessageBytes {
				break // gRPC does not send it
			}
			if before == "" {
				before = w.state()
			}
			reply, err := w.call(m, req.Interface())
			if err == nil {
				checkReply(t, m.path, reply)
				before = ""
			} else if refused := checkRefusal(t, m.path, req.Interface(), err); refused {
				if after := w.state(); after != before {
					t.Fatalf("%s %v was refused (%v) and changed\n%s\nto\n%s", m.path, req.Interface(), err, before, after)
				}
			}
			if !fill.more() {
				break
			}
		}
	})
}

// checkReply holds an answer against what all of them promise.
func checkReply(t *testing.T, path string, reply proto.Message) {
	t.Helper()
	m := reply.ProtoReflect()
	field := m.Descriptor().Fields().ByName("outcome")
	if field == nil {
		return
	}
	o, _ := m.Get(field).Message().Interface().(*farsockv1.Outcome)
	if o.GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_UNSPECIFIED {
		t.Fatalf("%s answers without an outcome: %v", path, reply)
	}
	if o.GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_DONE && farsockv1.OutcomeCode_name[int32(o.GetCode())] == "" {
		t.Fatalf("%s answers with an outcome that the contract does not have: %v", path, reply)
	}
}

// checkRefusal holds an error against what all of them promise, and says whether
// it means that nothing was done.
func checkRefusal(t *testing.T, path string, req proto.Message, err error) bool {
	t.Helper()
	info, ours := wire.InfoOf(err)
	if !ours || info.Reason == farsockv1.ErrorReason_ERROR_REASON_UNSPECIFIED || info.Message == "" {
		t.Fatalf("%s %v: an error without a reason: %v", path, clipped(req), err)
	}
	fitsTrailers(t, err)
	switch info.Code {
	case codes.InvalidArgument:
		if len(info.Violations) == 0 {
			t.Fatalf("%s %v: names no field: %v", path, clipped(req), err)
		}
		for _, v := range info.Violations {
			if v.Description == "" || !hasPath(req.ProtoReflect().Descriptor(), v.Field) {
				t.Fatalf("%s %v: there is no field %q (%s)", path, clipped(req), v.Field, v.Description)
			}
		}
		return true
	case codes.OutOfRange, codes.Unimplemented:
		if field, said := info.Metadata["field"]; said && !hasPath(req.ProtoReflect().Descriptor(), field) {
			t.Fatalf("%s %v: there is no field %q: %v", path, clipped(req), field, err)
		}
		return true
	case codes.NotFound, codes.AlreadyExists, codes.FailedPrecondition, codes.PermissionDenied, codes.ResourceExhausted:
		return true
	case codes.Aborted:
		return false
	}
	t.Fatalf("%s %v: %v", path, clipped(req), err)
	return false
}

// clipped is a message for people.
func clipped(m proto.Message) string {
	s := fmt.Sprint(m)
	return s[:min(len(s), 2000)]
}

var listIndex = regexp.MustCompile(`\[\d+\]`)

// hasPath says whether a violation's path, for example "options[2].raw.value",
// leads to a field or a oneof of the message.
func hasPath(m protoreflect.MessageDescriptor, path string) bool {
	parts := strings.Split(listIndex.ReplaceAllString(path, ""), ".")
	for i, part := range parts {
		last, name := i == len(parts)-1, protoreflect.Name(part)
		field := m.Fields().ByName(name)
		switch {
		case field == nil:
			return last && m.Oneofs().ByName(name) != nil
		case last:
			return true
		case field.Message() == nil:
			return false
		}
		m = field.Message()
	}
	return false
}
