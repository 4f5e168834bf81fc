//go:build linux

package rpc

import (
	"context"
	"errors"

	"github.com/farsock/farsock/agent/internal/seeded"
	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (s *socketServer) Accept(ctx context.Context, req *farsockv1.AcceptRequest) (*farsockv1.AcceptResponse, error) {
	if err := check(acceptTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	digest, err := digestOf(req)
	if err != nil {
		return nil, s.bug(err)
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return s.acceptedBefore(ctx, req, digest, err)
	}
	defer call.Release()
	waiting, cancel := answerable(call.Context())
	defer cancel()
	value, _, err := call.Session.Once(waiting, ttlOf(req.GetWait()), req.GetRequestId(), digest,
		func(ctx context.Context) (session.Result, error) {
			return s.accept(ctx, call.Session, call.Socket, req)
		})
	switch {
	case errors.Is(err, session.ErrWaitElapsed):
		return &farsockv1.AcceptResponse{Outcome: elapsed()}, nil
	case err != nil:
		return nil, s.cut(call, sock.Outcome{}, err)
	}
	return value.(*farsockv1.AcceptResponse), nil
}

// acceptedBefore answers a repeat whose listener has closed since: what was
// stored outlives it, and what ended with the session says so. Otherwise it is
// failure.
func (s *socketServer) acceptedBefore(ctx context.Context, req *farsockv1.AcceptRequest, digest [32]byte, failure error) (*farsockv1.AcceptResponse, error) {
	identity, err := caller(ctx)
	if err != nil || req.GetRequestId() == "" {
		return nil, failure
	}
	value, err := s.Table.Answered(identity, req.GetRequestId(), digest)
	switch {
	case err != nil:
		return nil, s.status(err)
	case value == nil:
		return nil, failure
	}
	return value.(*farsockv1.AcceptResponse), nil
}

// accept is the operation itself. Name and quota are held before each
// accept4(2), so that no connection is taken that cannot be kept.
func (s *socketServer) accept(ctx context.Context, owner *session.Session[*sock.Socket], listener *Entry, req *farsockv1.AcceptRequest) (session.Result, error) {
	var reservation *session.Reservation[*sock.Socket]
	accepted, err := listener.Socket.Accept(ctx, sharedWait(req.GetWait()), func() (func(), error) {
		r, err := owner.Reserve(req.GetName())
		if err != nil {
			return nil, err
		}
		reservation = r
		return r.Release, nil
	})
	if err != nil {
		return session.Result{}, err
	}
	resp := &farsockv1.AcceptResponse{Outcome: outcomeTo(accepted.Outcome)}
	if accepted.Socket == nil {
		return session.Result{Value: resp}, nil
	}
	defer reservation.Release()
	entry, err := s.install(reservation, accepted.Socket, listener.UID())
	if err != nil {
		return session.Result{}, err
	}
	if resp.Socket, err = socketTo(entry); err != nil {
		return session.Result{}, err
	}
	if resp.Socket.GetPeer() == nil {
		// Already gone again: getpeername(2) says nothing, accept4 did.
		resp.Socket.Peer = addressTo(&accepted.Peer)
	}
	return session.Result{Value: resp, SocketUID: entry.UID(), Keep: !seeded.On(seeded.AcceptResponseLost)}, nil
}
