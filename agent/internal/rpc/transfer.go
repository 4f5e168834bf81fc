//go:build linux

package rpc

import (
	"context"
	"regexp"

	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func (s *socketServer) Receive(ctx context.Context, req *farsockv1.ReceiveRequest) (*farsockv1.ReceiveResponse, error) {
	if err := check(receiveTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	socket := call.Socket.Socket
	if err := receiveFits(req, socket); err != nil {
		return nil, err
	}
	what, err := receiveOf(req)
	if err != nil {
		return nil, err
	}
	waiting, cancel := answerable(call.Context())
	defer cancel()
	got, err := socket.Receive(waiting, what, waitOf(req.GetWait()))
	if err := s.cut(call, got.Outcome, err); err != nil {
		return nil, err
	}
	resp := &farsockv1.ReceiveResponse{
		Outcome:           outcomeTo(got.Outcome),
		Offset:            got.Offset,
		Data:              got.Data,
		Datagrams:         datagramsTo(got.Datagrams),
		End:               got.End,
		StoppedBy:         stoppedByTo(got.StoppedBy),
		HeldBytes:         got.Held,
		ReceiveQueue:      figure[int64](got.KernelQueue),
		DescriptorsClosed: int32(got.DescriptorsClosed),
		Control:           controlTo(got.Control),
		ControlTruncated:  got.ControlTruncated,
	}
	for i := 0; i+1 < len(got.Match); i += 2 {
		resp.Match = append(resp.Match, &farsockv1.Span{Begin: int32(got.Match[i]), End: int32(got.Match[i+1])})
	}
	return resp, nil
}

// receiveFits judges what depends on the socket's type and family.
func receiveFits(req *farsockv1.ReceiveRequest, s *sock.Socket) error {
	if req.GetErrorQueue() && s.Family() == sock.Unix {
		return invalid("error_queue", "must be unset on a unix socket")
	}
	if !ofMessages(s) {
		if req.MaxDatagrams != nil && !req.GetErrorQueue() {
			return invalid("max_datagrams", "must be unset on a stream socket")
		}
		return nil
	}
	if req.GetUntil() == nil {
		return nil
	}
	m := req.ProtoReflect()
	condition := m.WhichOneof(m.Descriptor().Oneofs().ByName("until"))
	return invalid(string(condition.Name()), "must be unset on a datagram socket")
}

// receiveOf expects a request that was checked.
func receiveOf(req *farsockv1.ReceiveRequest) (sock.ReceiveRequest, error) {
	what := sock.ReceiveRequest{
		Max:          wire.DefaultReceiveBytes,
		MaxDatagrams: int(req.GetMaxDatagrams()),
		Peek:         req.GetPeek(),
		DontWait:     req.GetDontWait(),
		Manual:       isManual(req),
		WaitAll:      req.GetWaitAll(),
		OutOfBand:    req.GetOutOfBand(),
		ErrorQueue:   req.GetErrorQueue(),
		Offset:       req.Offset,
		Buffers:      sizesOf(req.GetBufferSizes()),
		ControlRoom:  numberOf(req.MaxControlBytes),
	}
	switch u := req.GetUntil().(type) {
	case nil:
	case *farsockv1.ReceiveRequest_Exactly:
		what.Until.Exactly = int(u.Exactly)
	case *farsockv1.ReceiveRequest_Delimiter:
		what.Until.Delimiter = u.Delimiter
	case *farsockv1.ReceiveRequest_Pattern:
		pattern, err := regexp.Compile(u.Pattern)
		if err != nil {
			return what, invalid("pattern", "must be an RE2 expression: %s", patternFault(err))
		}
		what.Until.Pattern = pattern
	case *farsockv1.ReceiveRequest_EndOfStream:
		what.Until.EOF = true
	}
	switch {
	case req.MaxBytes != nil:
		what.Max = int(req.GetMaxBytes())
	case req.GetUntil() != nil:
		what.Max = wire.MaxUnaryBytes
	}
	return what, nil
}

func (s *socketServer) Ack(ctx context.Context, req *farsockv1.AckRequest) (*farsockv1.AckResponse, error) {
	if err := check(ackTable, req, s.maxTTL); err != nil {
		return nil, err
	}
	call, err := s.enterSocket(ctx, req.GetSocket())
	if err != nil {
		return nil, err
	}
	defer call.Release()
	acked, held, err := call.Socket.Socket.Ack(req.GetOffset())
	if err != nil {
		return nil, s.cut(call, sock.Outcome{}, err)
	}
	return &farsockv1.AckResponse{AckedOffset: acked, HeldBytes: held}, nil
}
