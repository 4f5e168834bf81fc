//go:build linux

package rpc

import (
	"context"

	"google.golang.org/protobuf/reflect/protoreflect"

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
	queries := queriesOf(req)
	if everything {
		queries = allQueries(call.Socket.Socket.Family())
	}
	resp := &farsockv1.GetOptionsResponse{Outcome: outcomeTo(sock.Outcome{Code: sock.Done})}
	for _, q := range queries {
		value, outcome, err := call.Socket.Socket.GetOption(q)
		switch {
		case err != nil:
			return nil, s.cut(call, outcome, err)
		case outcome.OK():
			resp.Options = append(resp.Options, optionTo(value))
		case everything && hasNot(outcome.Code):
		default:
			resp.Outcome = outcomeTo(outcome)
			return resp, nil
		}
	}
	return resp, nil
}

// hasNot reports whether a socket, as it is, has no such option: none of its
// kind, none while it is unconnected, a device that is gone.
func hasNot(c sock.Code) bool {
	return c == sock.NotSupported || c == sock.NotConnected || c == sock.NotFound
}

func queriesOf(req *farsockv1.GetOptionsRequest) []sock.Option {
	var queries []sock.Option
	for _, name := range req.GetNames() {
		queries = append(queries, sock.Option{Kind: optionKinds[protoName(name)]})
	}
	for _, r := range req.GetRaw() {
		queries = append(queries, rawOf(r))
	}
	return queries
}

// allQueries are those that may be asked of a socket of that family without
// being named.
func allQueries(family sock.Family) []sock.Option {
	var queries []sock.Option
	for i := range optionFields.Len() {
		name := optionFields.Get(i).Name()
		switch {
		case !readable(name), name == "error":
		case name == "v6_only" && family == sock.Inet: // MPTCP would tell a figure
		default:
			queries = append(queries, sock.Option{Kind: optionKinds[name]})
		}
	}
	return queries
}

// readable says which members GetOptionsRequest.names takes.
func readable(name protoreflect.Name) bool {
	return optionKinds[name] != 0 && name != "multicast_join" && name != "multicast_leave"
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
	options := optionsOf(req.GetOptions())
	if err := call.Socket.Socket.CheckOptions(options); err != nil {
		return nil, s.statusOn(call.Socket, "", err)
	}
	resp := &farsockv1.SetOptionsResponse{}
	for i, o := range options {
		now, outcome, err := call.Socket.Socket.SetOption(o)
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
