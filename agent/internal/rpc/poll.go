//go:build linux

package rpc

import (
	"context"
	"errors"

	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (s *socketServer) Poll(ctx context.Context, req *farsockv1.PollRequest) (*farsockv1.PollResponse, error) {
	if err := check(pollTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	var calls []*session.Call[*sock.Socket]
	defer func() {
		for _, c := range calls {
			c.Release()
		}
	}()
	held := map[*session.Session[*sock.Socket]]bool{}
	items := make([]sock.PollItem, len(req.GetItems()))
	entries := make([]*Entry, len(items))
	for i, item := range req.GetItems() {
		call, err := s.enterSocket(ctx, item.GetSocket())
		if err != nil {
			return nil, err
		}
		if held[call.Session] { // one call holds the session for all its sockets
			call.Release()
		} else {
			held[call.Session] = true
			calls = append(calls, call)
			ctx = call.Context()
		}
		entries[i] = call.Socket
		items[i] = sock.PollItem{
			Socket:     call.Socket.Socket,
			Readable:   item.GetReadable(),
			Writable:   item.GetWritable(),
			Urgent:     item.GetUrgent(),
			ReadHangUp: item.GetReadHangUp(),
		}
	}

	waiting, cancel := answerable(ctx)
	defer cancel()
	ready, outcome, err := sock.Poll(waiting, items, waitOf(req.GetWait()))
	var failed *sock.ItemError
	switch {
	case errors.As(err, &failed):
		return nil, s.cutOn(entries[failed.Index], outcome, failed.Err)
	case err != nil:
		return nil, s.status(err)
	}
	for _, e := range entries { // of sessions that may have ended
		if err := s.cutOn(e, outcome, nil); err != nil {
			return nil, err
		}
	}
	resp := &farsockv1.PollResponse{Outcome: outcomeTo(outcome)}
	for _, r := range ready {
		resp.Ready = append(resp.Ready, &farsockv1.PollReady{
			Index:      int32(r.Index),
			Readable:   r.Readable,
			Writable:   r.Writable,
			Urgent:     r.Urgent,
			Error:      r.Error,
			HangUp:     r.HangUp,
			ReadHangUp: r.ReadHangUp,
		})
	}
	return resp, nil
}
