package farsock

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// call runs a request through the interceptors to an agent that never answers.
func call(ctx context.Context, req proto.Message) error {
	invoke := func(ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ ...grpc.CallOption) error {
		<-ctx.Done()
		return status.FromContextError(ctx.Err()).Err()
	}
	chain := boundedCalls()
	for i := len(chain) - 1; i >= 0; i-- {
		next, intercept := invoke, chain[i]
		invoke = func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, opts ...grpc.CallOption) error {
			return intercept(ctx, method, req, reply, cc, next, opts...)
		}
	}
	return invoke(ctx, "/farsock.v1.SocketService/X", req, nil, nil)
}

func TestBoundedCalls(t *testing.T) {
	for name, c := range map[string]struct {
		req    proto.Message
		caller time.Duration // 0: the caller has no deadline
		ends   time.Duration
		code   codes.Code
	}{
		"no wait field":    {&farsockv1.GetAgentRequest{}, 0, 10 * time.Second, codes.Unavailable},
		"wait zero":        {&farsockv1.AcceptRequest{Wait: durationpb.New(0)}, 0, 10 * time.Second, codes.Unavailable},
		"wait":             {&farsockv1.AcceptRequest{Wait: durationpb.New(time.Minute)}, 0, 70 * time.Second, codes.Unavailable},
		"negative wait":    {&farsockv1.AcceptRequest{Wait: durationpb.New(-time.Minute)}, 0, 10 * time.Second, codes.Unavailable},
		"wait unset":       {&farsockv1.AcceptRequest{}, time.Hour, time.Hour, codes.DeadlineExceeded},
		"caller first":     {&farsockv1.GetAgentRequest{}, time.Second, time.Second, codes.DeadlineExceeded},
		"caller after us":  {&farsockv1.GetAgentRequest{}, time.Minute, 10 * time.Second, codes.Unavailable},
		"caller in a wait": {&farsockv1.AcceptRequest{Wait: durationpb.New(time.Minute)}, time.Second, time.Second, codes.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if c.caller > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.caller)
					defer cancel()
				}
				began := time.Now()
				err := call(ctx, c.req)
				if took := time.Since(began); took != c.ends || status.Code(err) != c.code {
					t.Errorf("ended after %v with %v", took, err)
				}
			})
		})
	}
}
