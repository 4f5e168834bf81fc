//go:build linux

package rpc

import (
	"context"
	"errors"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (s *socketServer) GetSocket(ctx context.Context, req *farsockv1.GetSocketRequest) (*farsockv1.GetSocketResponse, error) {
	if err := check(getSocketTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	now, err := socketTo(call.Socket)
	if err != nil {
		return nil, s.cut(call, sock.Outcome{}, err)
	}
	tcp, err := call.Socket.Socket.TCPInfo()
	if err != nil {
		return nil, s.cut(call, sock.Outcome{}, err)
	}
	mptcp, err := call.Socket.Socket.MPTCPInfo()
	if err != nil {
		return nil, s.cut(call, sock.Outcome{}, err)
	}
	memory, err := call.Socket.Socket.Memory()
	if err != nil {
		return nil, s.cut(call, sock.Outcome{}, err)
	}
	return &farsockv1.GetSocketResponse{Socket: now, TcpInfo: tcpInfoTo(tcp), Memory: memoryTo(memory), MptcpInfo: mptcpInfoTo(mptcp)}, nil
}

func (s *socketServer) ListSockets(ctx context.Context, req *farsockv1.ListSocketsRequest) (*farsockv1.ListSocketsResponse, error) {
	if err := check(listSocketsTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	after, err := socketToken(req.GetPageToken())
	if err != nil {
		return nil, invalid("page_token", "%v", err)
	}
	call, err := s.enterSession(ctx, req.GetParent())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	page, more := call.Session.Sockets(after, pageLimit(req.GetPageSize()))
	resp := &farsockv1.ListSocketsResponse{}
	for _, entry := range page {
		now, err := socketTo(entry)
		switch {
		case errors.Is(err, sock.ErrClosed): // since the page was read
		case err != nil:
			return nil, s.statusOn(entry, "", err)
		default:
			resp.Sockets = append(resp.Sockets, now)
		}
	}
	if more {
		resp.NextPageToken = socketTokenTo(page[len(page)-1].Number())
	}
	return resp, nil
}
