//go:build linux

package rpc

import (
	"context"
	"errors"

	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (s *socketServer) Open(ctx context.Context, req *farsockv1.OpenRequest) (*farsockv1.OpenResponse, error) {
	if err := check(openTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSession(ctx, req.GetSession())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	digest, err := digestOf(req)
	if err != nil {
		return nil, s.bug(err)
	}
	waiting, cancel := answerable(call.Context())
	defer cancel()
	value, _, err := call.Session.Once(waiting, ttlOf(req.GetWait()), req.GetRequestId(), digest,
		func(ctx context.Context) (session.Result, error) { return s.open(ctx, call.Session, req) })
	switch {
	case errors.Is(err, session.ErrWaitElapsed):
		return &farsockv1.OpenResponse{Outcome: elapsed()}, nil
	case err != nil:
		return nil, s.status(err)
	}
	return value.(*farsockv1.OpenResponse), nil
}

// open is the operation itself. Name and quota are held before the kernel is
// asked, so that neither can fail once it has made the socket.
func (s *socketServer) open(ctx context.Context, owner *session.Session[*sock.Socket], req *farsockv1.OpenRequest) (session.Result, error) {
	reservation, err := owner.Reserve(req.GetName())
	if err != nil {
		return session.Result{}, err
	}
	defer reservation.Release()
	socket, result, err := sock.Open(ctx, s.Env, specOf(req), sharedWait(req.GetWait()))
	if err != nil {
		return session.Result{}, err
	}
	resp := &farsockv1.OpenResponse{Outcome: outcomeTo(result.Outcome), Stage: stageTo(result.Stage)}
	if result.Stage == sock.StageOption {
		resp.OptionIndex = figure[int32](result.OptionIndex)
	}
	if socket == nil {
		return session.Result{Value: resp, Keep: true}, nil
	}
	entry, err := s.install(reservation, socket, "")
	if err != nil {
		return session.Result{}, err
	}
	if resp.Socket, err = socketTo(entry); err != nil {
		return session.Result{}, err
	}
	return session.Result{Value: resp, SocketUID: entry.UID(), Keep: true}, nil
}

// install puts a socket into the table, or closes it: a session that has ended
// takes none.
func (s *socketServer) install(r *session.Reservation[*sock.Socket], socket *sock.Socket, listenerUID string) (*Entry, error) {
	entry, err := r.Install(socket, listenerUID)
	if err != nil {
		// Close is bounded by itself; the operation's context may be over.
		if _, closing := socket.Close(context.Background(), false); closing != nil {
			s.Logger.Warn("closing a socket that came after its session's end", "error", closing)
		}
		return nil, err
	}
	return entry, nil
}

// specOf expects a request that was checked.
func specOf(req *farsockv1.OpenRequest) sock.Spec {
	family := familyOf(req.GetFamily())
	spec := sock.Spec{
		Family:        family,
		Type:          typeOf(req.GetType()),
		Protocol:      int(req.GetProtocol()),
		Namespace:     req.GetNetworkNamespace(),
		Options:       optionsOf(req.GetOptions()),
		Bind:          addressOf(req.GetBind(), family),
		Connect:       addressOf(req.GetConnect(), family),
		KeepOnFailure: req.GetKeepOnFailure(),
	}
	if req.GetListen() != nil {
		backlog := backlogOf(req.GetListen().Backlog)
		spec.Listen = &backlog
	}
	return spec
}
