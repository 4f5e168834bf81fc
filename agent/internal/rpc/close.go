//go:build linux

package rpc

import (
	"context"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (s *socketServer) Shutdown(ctx context.Context, req *farsockv1.ShutdownRequest) (*farsockv1.ShutdownResponse, error) {
	if err := check(shutdownTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	outcome, err := call.Socket.Socket.Shutdown(howOf(req.GetHow()))
	if err := s.cut(call, outcome, err); err != nil {
		return nil, err
	}
	return &farsockv1.ShutdownResponse{Outcome: outcomeTo(outcome)}, nil
}

func (s *socketServer) Close(ctx context.Context, req *farsockv1.CloseRequest) (*farsockv1.CloseResponse, error) {
	if err := check(closeTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	before, err := socketTo(call.Socket)
	if err != nil {
		return nil, s.cut(call, sock.Outcome{}, err)
	}
	outcome, err := call.Socket.Socket.Close(call.Context(), req.GetAbort())
	if err != nil { // another Close came first, and takes it out of the table
		return nil, s.cut(call, outcome, err)
	}
	call.Session.Remove(call.Socket)
	return &farsockv1.CloseResponse{Outcome: outcomeTo(outcome), Socket: before}, nil
}
