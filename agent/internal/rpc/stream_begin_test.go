//go:build linux

package rpc_test

import (
	"context"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/farsock/farsock/agent/internal/rpc"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// goneStream is a gRPC stream whose client has asked to attach and gone.
type goneStream struct {
	grpc.ServerStream
	ctx    context.Context
	attach *farsockv1.StreamRequest
}

func (s *goneStream) Context() context.Context             { return s.ctx }
func (s *goneStream) Send(*farsockv1.StreamResponse) error { return s.ctx.Err() }
func (s *goneStream) Recv() (*farsockv1.StreamRequest, error) {
	if first := s.attach; first != nil {
		s.attach = nil
		return first, nil
	}
	return nil, s.ctx.Err()
}

// A Stream that ends before its first message says why, as any other.
func TestStreamEndsAsItBegins(t *testing.T) {
	h := newHarness(t)
	h.session("t")
	a, _ := h.tcpPair("t", "", "")
	var streams sync.WaitGroup
	defer streams.Wait()
	server := rpc.NewSocketServer(rpc.Deps{Table: h.table, Env: h.env, Streams: &streams})
	for epoch := int64(1); epoch <= 50; epoch++ { // the end and the turn to send are there at once
		ctx, cancel := context.WithCancel(identify(t.Context()))
		cancel()
		err := server.Stream(&goneStream{ctx: ctx, attach: &farsockv1.StreamRequest{
			Message: &farsockv1.StreamRequest_Attach{Attach: &farsockv1.Attach{Socket: uid(a), Holder: "me", Epoch: epoch}},
		}})
		if status.Code(err) != codes.Canceled {
			t.Fatalf("status %v", err)
		}
	}
}
