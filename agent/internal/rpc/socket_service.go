//go:build linux

package rpc

import (
	"context"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

type socketServer struct {
	farsockv1.UnimplementedSocketServiceServer
	server
}

// NewSocketServer serves sockets. A Stream whose client has gone, or whose
// session has ended, ends by itself; so does every other call.
func NewSocketServer(d Deps) farsockv1.SocketServiceServer {
	return &socketServer{server: newServer(d)}
}

func (s *socketServer) Bind(ctx context.Context, req *farsockv1.BindRequest) (*farsockv1.BindResponse, error) {
	if err := check(bindTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	socket := call.Socket.Socket
	if err := familyFits(socket, "address", req.GetAddress()); err != nil {
		return nil, err
	}
	waiting, cancel := answerable(call.Context())
	defer cancel()
	outcome, stage, err := socket.Bind(waiting, *addressOf(req.GetAddress(), socket.Family()), waitOf(req.GetWait()))
	if err := s.cut(call, outcome, err); err != nil {
		return nil, err
	}
	now, err := socketTo(call.Socket)
	if err != nil {
		return nil, s.cut(call, outcome, err)
	}
	return &farsockv1.BindResponse{Outcome: outcomeTo(outcome), Socket: now, Stage: stageTo(stage)}, nil
}

func (s *socketServer) Listen(ctx context.Context, req *farsockv1.ListenRequest) (*farsockv1.ListenResponse, error) {
	if err := check(listenTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	outcome, err := call.Socket.Socket.Listen(call.Context(), backlogOf(req.Backlog))
	if err := s.cut(call, outcome, err); err != nil {
		return nil, err
	}
	now, err := socketTo(call.Socket)
	if err != nil {
		return nil, s.cut(call, outcome, err)
	}
	return &farsockv1.ListenResponse{Outcome: outcomeTo(outcome), Socket: now}, nil
}

func (s *socketServer) Connect(ctx context.Context, req *farsockv1.ConnectRequest) (*farsockv1.ConnectResponse, error) {
	if err := check(connectTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	socket := call.Socket.Socket
	if err := familyFits(socket, "peer", req.GetPeer()); err != nil {
		return nil, err
	}
	waiting, cancel := answerable(call.Context())
	defer cancel()
	outcome, stage, err := connectOrNot(waiting, socket, req)
	if err := s.cut(call, outcome, err); err != nil {
		return nil, err
	}
	now, err := socketTo(call.Socket)
	if err != nil {
		return nil, s.cut(call, outcome, err)
	}
	return &farsockv1.ConnectResponse{Outcome: outcomeTo(outcome), Socket: now, Stage: stageTo(stage)}, nil
}

// connectOrNot connects or disconnects.
func connectOrNot(ctx context.Context, s *sock.Socket, req *farsockv1.ConnectRequest) (o sock.Outcome, stage sock.Stage, err error) {
	if !req.GetDisconnect() {
		return s.Connect(ctx, *addressOf(req.GetPeer(), s.Family()), waitOf(req.GetWait()))
	}
	if o, err = s.Disconnect(); !o.OK() {
		stage = sock.StageConnect
	}
	return o, stage, err
}
