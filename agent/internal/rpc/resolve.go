//go:build linux

package rpc

import (
	"context"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (s *socketServer) Resolve(ctx context.Context, req *farsockv1.ResolveRequest) (*farsockv1.ResolveResponse, error) {
	if err := check(resolveTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	waiting, cancel := answerable(ctx)
	defer cancel()
	var families []sock.Family
	if req.GetFamily() != farsockv1.Family_FAMILY_UNSPECIFIED {
		families = append(families, familyOf(req.GetFamily()))
	}
	addresses, outcome := sock.Resolve(waiting, req.GetNetworkNamespace(), req.GetHost(), waitOf(req.GetWait()), families...)
	resp := &farsockv1.ResolveResponse{Outcome: outcomeTo(outcome)}
	for _, a := range addresses {
		resp.Addresses = append(resp.Addresses, a.String())
	}
	return resp, nil
}
