//go:build linux

package rpc

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"

	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
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
	attachment, err := call.Socket.Socket.Attach(sock.AttachRequest{
		Holder:      attach.GetHolder(),
		Epoch:       attach.GetEpoch(),
		ReceiveFrom: attach.ReceiveFrom,
		SendFrom:    attach.SendFrom,
	})
	if err != nil {
		return s.statusOn(call.Socket, "attach.", err)
	}
	defer attachment.Detach()

	ctx, cancel := context.WithCancel(call.Context())
	defer cancel()
	f := &flow{
		server:     &s.server,
		call:       call,
		ctx:        ctx,
		stream:     st,
		attachment: attachment,
		out:        newOutbox(st.Send),
		datagrams:  ofMessages(call.Socket.Socket),
	}
	if err := f.begin(); err != nil {
		return err
	}
	return f.run()
}

// flow is one attached Stream. All fields are immutable but those of the
// direction that owns them.
type flow struct {
	server     *server
	call       *session.Call[*sock.Socket]
	ctx        context.Context // ends with the client, the session, or run
	stream     streamCall
	attachment *sock.Attachment
	out        *outbox
	datagrams  bool
}

// begin tells the client where it stands.
func (f *flow) begin() error {
	info, err := f.call.Socket.Socket.Info()
	if err != nil {
		return f.server.cut(f.call, sock.Outcome{}, err)
	}
	attached := &farsockv1.Attached{
		Socket:       describe(f.call.Socket, info),
		ReceiveBegin: f.attachment.ReceiveBegin(),
		ReceiveEnd:   f.attachment.ReceiveEnd(),
		SendApplied:  f.attachment.SendApplied(),
	}
	if info.EndSeen {
		attached.End = &farsockv1.End{
			Offset: attached.GetReceiveEnd(),
			How:    outcomeTo(sock.Outcome{Code: sock.Done}),
		}
	}
	err = f.out.deliver(f.ctx.Done(), &farsockv1.StreamResponse{
		Message: &farsockv1.StreamResponse_Attached{Attached: attached},
	})
	if err != nil {
		return f.why(err)
	}
	return nil
}

// run lasts until both directions are over, or one has failed, or the client
// or the session has gone.
func (f *flow) run() error {
	results := make(chan error, 2) // room for both, so that nobody waits for run
	f.server.Streams.Go(func() { results <- f.guarded(f.download) })
	f.server.Streams.Go(func() { results <- f.guarded(f.upload) })
	for range 2 {
		select {
		case err := <-results:
			if err != nil {
				return f.why(err)
			}
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

// why is the stream's status: the session's end before whatever it caused.
func (f *flow) why(err error) error {
	if errors.Is(err, errStreamOver) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		if sessionEnd(f.call.Context()) != nil {
			err = sock.ErrClosed
		} else if ended := f.stream.Context().Err(); ended != nil {
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
