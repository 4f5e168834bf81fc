package intercept

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func TestEveryRPCHasARow(t *testing.T) {
	s := grpc.NewServer()
	register(s, services{})
	served := map[string]bool{}
	for name, service := range s.GetServiceInfo() {
		for _, m := range service.Methods {
			full := "/" + name + "/" + m.Name
			served[full] = true
			if _, ok := table[full]; !ok {
				t.Errorf("%s has no row", full)
			}
		}
	}
	for full := range table {
		if !served[full] {
			t.Errorf("the row of %s is about nothing", full)
		}
	}
	for full := range audited {
		if !served[full] {
			t.Errorf("the audit of %s is about nothing", full)
		}
	}
}

// ghost is a service that somebody forgot to give rows.
func ghost(called *bool) *grpc.ServiceDesc {
	return &grpc.ServiceDesc{
		ServiceName: "test.GhostService",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "Haunt",
			Handler: func(srv any, ctx context.Context, dec func(any) error, chain grpc.UnaryServerInterceptor) (any, error) {
				in := &emptypb.Empty{}
				if err := dec(in); err != nil {
					return nil, err
				}
				return chain(ctx, in, &grpc.UnaryServerInfo{FullMethod: "/test.GhostService/Haunt"},
					func(context.Context, any) (any, error) { *called = true; return in, nil })
			},
		}},
		Streams: []grpc.StreamDesc{{
			StreamName: "Howl", ServerStreams: true, ClientStreams: true,
			Handler: func(any, grpc.ServerStream) error { *called = true; return nil },
		}},
	}
}

func TestRPCWithoutARowIsDenied(t *testing.T) {
	called := false
	r := start(t, config{services: services{extra: ghost(&called)}})
	ctx := t.Context()
	unary := r.client.Invoke(ctx, "/test.GhostService/Haunt", &emptypb.Empty{}, &emptypb.Empty{})
	stream, err := r.client.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/test.GhostService/Howl")
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"unary": unary, "stream": stream.RecvMsg(&emptypb.Empty{})} {
		info, ok := wire.InfoOf(err)
		if !ok || info.Code != codes.PermissionDenied ||
			info.Reason != farsockv1.ErrorReason_ERROR_REASON_POLICY_DENIED || info.Metadata["rule"] != "no-row" {
			t.Errorf("%s: %v %+v", name, err, info)
		}
	}
	if called {
		t.Error("a handler without a row ran")
	}
}

func TestRefusedPeerIsTold(t *testing.T) {
	r := start(t, config{refusal: "not you"})
	for i := range explained + 6 {
		err := r.getAgent(t.Context())
		if status.Code(err) != codes.PermissionDenied || !strings.Contains(err.Error(), "not you") {
			t.Fatalf("call %d: %v", i, err)
		}
		info, ok := wire.InfoOf(err)
		if want := i < explained; ok != want {
			t.Errorf("call %d: with details: %v, want %v", i, ok, want)
		}
		if ok && (info.Reason != farsockv1.ErrorReason_ERROR_REASON_POLICY_DENIED || info.Metadata["rule"] != "default") {
			t.Errorf("call %d: %+v", i, info)
		}
	}
}

func TestUnknownCallerIsDenied(t *testing.T) {
	r := start(t, config{anonymous: true})
	err := r.getAgent(t.Context())
	if info, _ := wire.InfoOf(err); info.Code != codes.PermissionDenied || info.Metadata["rule"] != "no-credentials" {
		t.Errorf("%v", err)
	}
}
