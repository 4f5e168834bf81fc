//go:build linux

package rpc

import (
	"context"

	"github.com/farsock/farsock/agent/internal/session"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

type sessionServer struct {
	farsockv1.UnimplementedSessionServiceServer
	server
}

// NewSessionServer serves leases.
func NewSessionServer(d Deps) farsockv1.SessionServiceServer {
	return &sessionServer{server: newServer(d)}
}

func (s *sessionServer) CreateSession(ctx context.Context, req *farsockv1.CreateSessionRequest) (*farsockv1.CreateSessionResponse, error) {
	if err := check(createSessionTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	identity, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	info, err := s.Table.Create(identity, req.GetSessionId(), ttlOf(req.GetTtl()))
	if err != nil {
		return nil, s.status(err)
	}
	return &farsockv1.CreateSessionResponse{Session: sessionTo(info)}, nil
}

func (s *sessionServer) GetSession(ctx context.Context, req *farsockv1.GetSessionRequest) (*farsockv1.GetSessionResponse, error) {
	if err := check(getSessionTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	identity, ref, err := s.named(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	info, err := s.Table.Get(identity, ref)
	if err != nil {
		return nil, s.status(err)
	}
	return &farsockv1.GetSessionResponse{Session: sessionTo(info)}, nil
}

func (s *sessionServer) ListSessions(ctx context.Context, req *farsockv1.ListSessionsRequest) (*farsockv1.ListSessionsResponse, error) {
	if err := check(listSessionsTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	identity, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	after, err := sessionToken(req.GetPageToken())
	if err != nil {
		return nil, invalid("page_token", "%v", err)
	}
	page, more := s.Table.List(identity, after, pageLimit(req.GetPageSize()))
	resp := &farsockv1.ListSessionsResponse{}
	for _, info := range page {
		resp.Sessions = append(resp.Sessions, sessionTo(info))
	}
	if more {
		resp.NextPageToken = sessionTokenTo(page[len(page)-1].ID)
	}
	return resp, nil
}

func (s *sessionServer) RenewSession(ctx context.Context, req *farsockv1.RenewSessionRequest) (*farsockv1.RenewSessionResponse, error) {
	if err := check(renewSessionTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	identity, ref, err := s.named(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	info, err := s.Table.Renew(identity, ref, ttlOf(req.GetTtl()))
	if err != nil {
		return nil, s.status(err)
	}
	return &farsockv1.RenewSessionResponse{Session: sessionTo(info)}, nil
}

func (s *sessionServer) CloseSession(ctx context.Context, req *farsockv1.CloseSessionRequest) (*farsockv1.CloseSessionResponse, error) {
	if err := check(closeSessionTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	identity, ref, err := s.named(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	info, err := s.Table.CloseSession(ctx, identity, ref)
	if err != nil {
		return nil, s.status(err)
	}
	return &farsockv1.CloseSessionResponse{Session: sessionTo(info)}, nil
}

// named is who calls and the session that the request names.
func (s *sessionServer) named(ctx context.Context, name string) (identity string, ref session.Ref, err error) {
	if identity, err = caller(ctx); err != nil {
		return "", session.Ref{}, err
	}
	parsed, err := wire.ParseSession(name)
	if err != nil {
		return "", session.Ref{}, invalid("name", "%v", err)
	}
	return identity, session.Ref{SessionID: parsed.ID, SessionUID: parsed.UID}, nil
}
