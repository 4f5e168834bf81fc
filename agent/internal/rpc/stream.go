//go:build linux

package rpc

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/farsock/farsock/agent/internal/seeded"
	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

type streamCall = grpc.BidiStreamingServer[farsockv1.StreamRequest, farsockv1.StreamResponse]

// Stream runs one goroutine a direction beside the handler. Both touch the
// socket only through the attachment, which the handler takes away before it
// returns. What it cannot do is to end a gRPC receive or send that is stuck
// with the client: returning does that, and Deps.Streams counts the goroutine
// until then.
func (s *socketServer) Stream(st streamCall) error {
	first, err := st.Recv()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return invalid("message", "must begin with attach")
		}
		return err
	}
	if err := check(streamTable, first, s.maxTTL); err != nil {
		return err
	}
	attach := first.GetAttach()
	if attach == nil {
		return invalid("message", "must begin with attach")
	}
	// The call is under way as long as the stream is, so the session cannot
	// expire; each message received is a renewal without a table's lock.
	call, err := s.enterSocket(st.Context(), attach.GetSocket())
	if err != nil {
		return err
	}
	defer call.Release()
	attachment, err := call.Socket.Socket.Attach(call.Context(), attachOf(attach))
	if err != nil {
		if sessionEnd(call.Context()) != nil {
			return s.cut(call, sock.Outcome{}, sock.ErrClosed)
		}
		return s.statusOn(call.Socket, "attach.", err)
	}
	defer attachment.Detach()

	f := &flow{
		server:     &s.server,
		call:       call,
		stream:     st,
		attachment: attachment,
		manual:     attach.GetAck() == farsockv1.AckMode_ACK_MODE_MANUAL,
		datagrams:  ofMessages(call.Socket.Socket),
	}
	var cancel context.CancelFunc
	f.ctx, cancel = context.WithCancel(call.Context())
	defer cancel()
	defer context.AfterFunc(attachment.Context(), cancel)()
	f.out = newOutbox(st.Send, s.Streams.Go, s.Stall, func() { f.stalled.Store(true); cancel() })
	defer f.out.close()
	if err := f.begin(attach); err != nil {
		return err
	}
	return f.run()
}

func attachOf(a *farsockv1.Attach) sock.AttachRequest {
	return sock.AttachRequest{
		Holder:      a.GetHolder(),
		Epoch:       a.GetEpoch(),
		Steal:       a.GetSteal(),
		Manual:      a.GetAck() == farsockv1.AckMode_ACK_MODE_MANUAL,
		Window:      int(a.GetWindow()),
		ReceiveFrom: a.ReceiveFrom,
		SendFrom:    a.SendFrom,
	}
}

// flow is one attached Stream. All fields but stalled are immutable but those of
// the direction that owns them.
type flow struct {
	server     *server
	call       *session.Call[*sock.Socket]
	ctx        context.Context // ends with the client, the session, the attachment, or run
	stream     streamCall
	attachment *sock.Attachment
	out        *outbox
	manual     bool
	datagrams  bool
	stalled    atomic.Bool // the client takes nothing
}

// begin tells the client where it stands.
func (f *flow) begin(attach *farsockv1.Attach) error {
	info, err := f.call.Socket.Socket.Info()
	if err != nil {
		return f.server.cut(f.call, sock.Outcome{}, err)
	}
	a := f.attachment
	attached := &farsockv1.Attached{
		Socket:       describe(f.call.Socket, info),
		ReceiveBegin: a.ReceiveBegin(),
		ReceiveEnd:   a.ReceiveEnd(),
		SendApplied:  a.SendApplied(),
	}
	if how := a.End(); how != nil {
		attached.End = &farsockv1.End{Offset: attached.GetReceiveEnd(), How: outcomeTo(*how)}
	}
	if over := a.SendOver(); over != nil {
		attached.SendOutcome = outcomeTo(*over)
	}
	err = f.out.deliver(f.ctx.Done(), &farsockv1.StreamResponse{
		Message: &farsockv1.StreamResponse_Attached{Attached: attached},
	})
	if err == nil && attach.SendFrom != nil && f.datagrams {
		err = f.retell(attached, a.Refused(attach.GetSendFrom()))
	}
	if err != nil {
		return f.why(err)
	}
	return nil
}

// retell tells of datagrams that were refused on an earlier stream; that there
// are none, too, so that the client need not wait for what does not come.
func (f *flow) retell(attached *farsockv1.Attached, list []sock.Refusal) error {
	if seeded.On(seeded.RefusedForgotten) {
		list = nil
	}
	applied := &farsockv1.Applied{Offset: attached.GetSendApplied(), Outcome: attached.GetSendOutcome()}
	for _, r := range list {
		applied.Refused = append(applied.Refused, &farsockv1.RefusedDatagram{Offset: r.Offset, Outcome: outcomeTo(r.Outcome)})
	}
	return f.out.deliver(f.ctx.Done(), &farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Applied{Applied: applied}})
}

// run lasts until both directions are over, or one has failed, or the client
// or the session has gone.
func (f *flow) run() error {
	results := make(chan error, 2) // room for both, so that nobody waits for run
	u := newUploading(f)
	f.server.Streams.Go(func() { results <- f.guarded(f.download) })
	f.server.Streams.Go(func() { results <- f.guarded(u.run) })
	for range 2 {
		select {
		case err := <-results:
			if err != nil {
				return f.why(err)
			}
		case err := <-u.failed:
			return f.why(err)
		case <-f.call.Socket.Socket.Closed(): // of which a direction that is over learns nothing
			return f.why(sock.ErrClosed)
		case <-f.ctx.Done():
			return f.why(f.ctx.Err())
		}
	}
	return nil
}

// guarded makes an error of a panic: the interceptors' recovery sees only the
// handler's own goroutine.
func (f *flow) guarded(direction func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
	}()
	return direction()
}

// why is the stream's status: what ended it before whatever that caused.
func (f *flow) why(err error) error {
	if errors.Is(err, errStreamOver) || errors.Is(err, sock.ErrDetached) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		switch fenced, ended := f.attachment.Err(), f.stream.Context().Err(); {
		case fenced != nil:
			err = fenced
		case sessionEnd(f.call.Context()) != nil:
			err = sock.ErrClosed
		case f.stalled.Load():
			return wire.Errorf(codes.Aborted, farsockv1.ErrorReason_ERROR_REASON_STALLED, onSocket(f.call.Socket),
				"data waited for %s and the client took none", f.server.Stall)
		case ended != nil:
			err = ended
		}
	}
	return f.server.cut(f.call, sock.Outcome{}, err)
}

// download carries what arrives to the client, until the end of the receiving
// direction. It reads the next only when gRPC has taken the last, so that a
// client that stops reading stops the peer.
func (f *flow) download() error {
	for {
		chunk, err := f.attachment.Read(f.ctx, streamChunk)
		if err != nil {
			return err
		}
		if m := chunkTo(chunk); m != nil {
			if err := f.out.deliver(f.ctx.Done(), m); err != nil {
				return err
			}
		}
		if chunk.End != nil {
			return nil
		}
	}
}
