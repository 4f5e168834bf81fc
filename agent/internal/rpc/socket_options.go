//go:build linux

package rpc

import (
	"context"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (s *socketServer) GetOptions(ctx context.Context, req *farsockv1.GetOptionsRequest) (*farsockv1.GetOptionsResponse, error) {
	if err := check(getOptionsTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	everything := len(req.GetNames()) == 0 && len(req.GetRaw()) == 0
	resp := &farsockv1.GetOptionsResponse{Outcome: outcomeTo(sock.Outcome{Code: sock.Done})}
	for _, q := range queriesOf(req, everything) {
		value, outcome, err := call.Socket.Socket.GetOption(q)
		switch {
		case err != nil:
			return nil, s.cut(call, outcome, err)
		case outcome.OK():
			resp.Options = append(resp.Options, optionTo(value))
		case everything && outcome.Code == sock.NotSupported: // not an option of this kind of socket
		default:
			resp.Outcome = outcomeTo(outcome)
			return resp, nil
		}
	}
	return resp, nil
}

func queriesOf(req *farsockv1.GetOptionsRequest, everything bool) []sock.Option {
	var queries []sock.Option
	for _, name := range req.GetNames() {
		queries = append(queries, sock.Option{Kind: typedOptions[name].kind})
	}
	for _, r := range req.GetRaw() {
		queries = append(queries, rawOf(r))
	}
	for i := 0; everything && i < optionFields.Len(); i++ {
		if t, ok := typedOptions[string(optionFields.Get(i).Name())]; ok {
			queries = append(queries, sock.Option{Kind: t.kind})
		}
	}
	return queries
}

func (s *socketServer) SetOptions(ctx context.Context, req *farsockv1.SetOptionsRequest) (*farsockv1.SetOptionsResponse, error) {
	if err := check(setOptionsTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	resp := &farsockv1.SetOptionsResponse{}
	for i, o := range req.GetOptions() {
		now, outcome, err := call.Socket.Socket.SetOption(optionOf(o))
		if err != nil {
			return nil, s.cut(call, outcome, err)
		}
		resp.Outcome = outcomeTo(outcome)
		if !outcome.OK() {
			resp.FailedIndex = figure[int32](i)
			return resp, nil
		}
		resp.Options = append(resp.Options, optionTo(now))
	}
	return resp, nil
}
