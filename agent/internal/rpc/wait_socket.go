//go:build linux

package rpc

import (
	"context"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (s *socketServer) WaitSocket(ctx context.Context, req *farsockv1.WaitSocketRequest) (*farsockv1.WaitSocketResponse, error) {
	if err := check(waitSocketTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	waiting, cancel := answerable(call.Context())
	defer cancel()
	goal := sock.Goal{TCPStates: req.GetTcpStates()}
	for _, state := range req.GetStates() {
		goal.States = append(goal.States, sock.State(state))
	}
	info, outcome, err := call.Socket.Socket.Await(waiting, goal, waitOf(req.GetWait()))
	if err := s.cut(call, outcome, err); err != nil {
		return nil, err
	}
	return &farsockv1.WaitSocketResponse{Outcome: outcomeTo(outcome), Socket: describe(call.Socket, info)}, nil
}
