package intercept

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// buggy panics with something that looks like a secret.
type buggy struct {
	farsockv1.UnimplementedAgentServiceServer
	farsockv1.UnimplementedSocketServiceServer
}

func (buggy) GetAgent(context.Context, *farsockv1.GetAgentRequest) (*farsockv1.GetAgentResponse, error) {
	panic("the innards")
}

func (buggy) Stream(farsockv1.SocketService_StreamServer) error { panic("the innards") }

func TestPanicStaysInside(t *testing.T) {
	r := start(t, config{services: services{agent: buggy{}, socket: buggy{}}})
	ctx := t.Context()
	stream, err := farsockv1.NewSocketServiceClient(r.client).Stream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, streamErr := stream.Recv()
	for name, err := range map[string]error{"unary": r.getAgent(ctx), "stream": streamErr} {
		info, ok := wire.InfoOf(err)
		if !ok || info.Code != codes.Internal || info.Reason != farsockv1.ErrorReason_ERROR_REASON_INTERNAL {
			t.Errorf("%s: %v", name, err)
		}
		if text := err.Error(); strings.Contains(text, "innards") || strings.Contains(text, "goroutine") || strings.Contains(text, ".go") {
			t.Errorf("%s: the caller sees %q", name, text)
		}
	}
	if n := r.counter(t, "farsock_panics_total"); n != 2 {
		t.Errorf("%v panics counted, want 2", n)
	}
	if n := r.gate.Inside(); n != 0 {
		t.Errorf("%d calls still inside", n)
	}
	if log := r.log.String(); !strings.Contains(log, "the innards") || !strings.Contains(log, "telling_test.go") {
		t.Errorf("the log lacks panic and stack:\n%s", log)
	}
}

// answering gives the audited RPCs an answer.
type answering struct {
	farsockv1.UnimplementedSocketServiceServer
}

var connected = &farsockv1.Socket{
	Uid: "0123456789abcdef.7", Name: "sessions/s/sockets/d", Family: farsockv1.Family_FAMILY_INET,
	Type: farsockv1.SocketType_SOCKET_TYPE_STREAM, ReadOffset: 11, SendOffset: 22,
	Peer: wire.UnixPath("/peer"),
}

func (answering) Open(_ context.Context, r *farsockv1.OpenRequest) (*farsockv1.OpenResponse, error) {
	if r.GetName() == "refused" {
		return &farsockv1.OpenResponse{Stage: farsockv1.Stage_STAGE_CONNECT, Outcome: &farsockv1.Outcome{
			Code: farsockv1.OutcomeCode_OUTCOME_CODE_REFUSED, ErrnoName: "ECONNREFUSED", Peer: wire.UnixPath("/nobody"),
		}}, nil
	}
	return &farsockv1.OpenResponse{Socket: connected, Outcome: done}, nil
}

var done = &farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_DONE}

func (answering) Accept(context.Context, *farsockv1.AcceptRequest) (*farsockv1.AcceptResponse, error) {
	return &farsockv1.AcceptResponse{Outcome: &farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED}}, nil
}

func (answering) Send(context.Context, *farsockv1.SendRequest) (*farsockv1.SendResponse, error) {
	return &farsockv1.SendResponse{Outcome: done, Applied: 7}, nil
}

func (answering) Receive(_ context.Context, r *farsockv1.ReceiveRequest) (*farsockv1.ReceiveResponse, error) {
	return nil, wire.InvalidFields(wire.Violation{Field: "pattern", Description: "cannot parse " + r.GetPattern()})
}

func (answering) Close(context.Context, *farsockv1.CloseRequest) (*farsockv1.CloseResponse, error) {
	return &farsockv1.CloseResponse{Outcome: done, Socket: connected}, nil
}

func TestAuditAndNoPayload(t *testing.T) {
	r := start(t, config{services: services{socket: answering{}}})
	ctx, sockets := t.Context(), farsockv1.NewSocketServiceClient(r.client)
	calls := []func() error{
		func() error { _, err := sockets.Open(ctx, &farsockv1.OpenRequest{}); return err },
		func() error { _, err := sockets.Open(ctx, &farsockv1.OpenRequest{Name: "refused"}); return err },
		func() error { _, err := sockets.Accept(ctx, &farsockv1.AcceptRequest{}); return err },
		func() error {
			_, err := sockets.Send(ctx, &farsockv1.SendRequest{Data: []byte("xyzzy payload")})
			return err
		},
		func() error { _, err := sockets.Close(ctx, &farsockv1.CloseRequest{}); return err },
	}
	for i, call := range calls {
		if err := call(); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	if _, err := sockets.Receive(ctx, &farsockv1.ReceiveRequest{
		Until: &farsockv1.ReceiveRequest_Pattern{Pattern: "(xyzzy"},
	}); err == nil {
		t.Error("Receive succeeded")
	}
	log := r.log.String()
	if !strings.Contains(log, "reason=INVALID_FIELD fields=pattern") {
		t.Errorf("the log lacks the field at fault:\n%s", log)
	}
	if strings.Contains(log, "xyzzy") {
		t.Errorf("payload in the log:\n%s", log)
	}
	if !strings.Contains(log, "grpc.method=Send") {
		t.Errorf("at level debug every call has a line:\n%s", log)
	}
	var audits []string
	for line := range strings.Lines(log) {
		if strings.Contains(line, "msg=audit") {
			audits = append(audits, line)
		}
	}
	who := "who=uid:" + strconv.Itoa(os.Geteuid()) + " rule=owner"
	want := [][]string{
		{"event=open", who, "outcome=OUTCOME_CODE_DONE", "socket=0123456789abcdef.7", "peer=/peer"},
		{"event=open", who, "outcome=OUTCOME_CODE_REFUSED", "errno=ECONNREFUSED", "peer=/nobody"},
		{"event=close", who, "read=11", "sent=22"},
	}
	if len(audits) != len(want) {
		t.Fatalf("%d audit lines, want %d:\n%s", len(audits), len(want), strings.Join(audits, ""))
	}
	for i, words := range want {
		for _, word := range words {
			if !strings.Contains(audits[i], word) {
				t.Errorf("audit line %d lacks %q: %s", i, word, audits[i])
			}
		}
	}
}
