//go:build linux

package rpc

import (
	"context"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (s *socketServer) Send(ctx context.Context, req *farsockv1.SendRequest) (*farsockv1.SendResponse, error) {
	if err := check(sendTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	socket := call.Socket.Socket
	if err := sendFits(req, socket); err != nil {
		return nil, err
	}
	giveBack, err := s.charge(uploaded(socket, req))
	if err != nil {
		return nil, s.statusOn(call.Socket, "", err)
	}
	defer giveBack()
	waiting, cancel := answerable(call.Context())
	defer cancel()
	sent, err := socket.Send(waiting, sendOf(req, socket.Family()), waitOf(req.GetWait()))
	if err := s.cut(call, sent.Outcome, err); err != nil {
		return nil, err
	}
	return &farsockv1.SendResponse{
		Outcome:          outcomeTo(sent.Outcome),
		Applied:          sent.Applied,
		Skipped:          sent.Skipped,
		SendOffset:       sent.Offset,
		DatagramsApplied: int32(sent.Messages),
	}, nil
}

// sendFits judges what depends on the socket's family; sock judges the rest.
func sendFits(req *farsockv1.SendRequest, s *sock.Socket) error {
	if err := familyFits(s, "to", req.GetTo()); err != nil {
		return err
	}
	for i, d := range req.GetDatagrams() {
		if err := familyFits(s, "datagrams"+index(i)+".peer", d.GetPeer()); err != nil {
			return err
		}
	}
	return nil
}

// sendOf expects a request that was checked.
func sendOf(req *farsockv1.SendRequest, family sock.Family) sock.SendRequest {
	what := sock.SendRequest{
		Data:        req.GetData(),
		To:          addressOf(req.GetTo(), family),
		More:        req.GetMore(),
		OutOfBand:   req.GetOutOfBand(),
		DontRoute:   req.GetDontRoute(),
		Confirm:     req.GetConfirm(),
		EndOfRecord: req.GetEndOfRecord(),
		FastOpen:    req.GetFastOpen(),
		Holder:      req.GetHolder(),
		Offset:      req.Offset,
		DontWait:    req.GetDontWait(),
		Control:     controlOf(req.GetControl()),
		Buffers:     sizesOf(req.GetBufferSizes()),
	}
	for _, d := range req.GetDatagrams() {
		what.Batch = append(what.Batch, outgoingOf(d, family))
	}
	if what.Batch != nil {
		what.Data = nil // decoded as empty rather than absent, perhaps
	}
	return what
}
