package cli

import (
	"context"
	"sync"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// upload is the way from stdin to the agent; its goroutine alone sends on the
// RPC once it is started.
type upload struct {
	rpc    call
	in     *input
	once   sync.Once
	lost   chan struct{} // closed by giveUp
	done   chan struct{} // closed when the goroutine ended
	offset int64         // of the next byte; the goroutine's
}

// startUpload sends the input from the given offset on, then the end of the
// stream. It ends with ctx.
func startUpload(ctx context.Context, rpc call, in *input, offset int64) *upload {
	u := &upload{rpc: rpc, in: in, offset: offset, lost: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(u.done)
		u.run(ctx)
	}()
	return u
}

// giveUp ends the sending direction after the agent said that it is broken.
func (u *upload) giveUp() { u.once.Do(func() { close(u.lost) }) }

// run's errors are all the RPC's, and Recv has their reason.
func (u *upload) run(ctx context.Context) {
	for {
		select {
		case chunk, more := <-u.in.chunks:
			if more {
				m := &farsockv1.StreamSend{Offset: u.offset, Data: chunk}
				if u.rpc.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Data{Data: m}}) != nil {
					return
				}
				u.offset += int64(len(chunk))
				continue
			}
			m := &farsockv1.CloseWrite{Offset: u.offset}
			if u.rpc.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_CloseWrite{CloseWrite: m}}) == nil {
				_ = u.rpc.CloseSend()
			}
			return
		case <-u.lost:
			_ = u.rpc.CloseSend()
			return
		case <-ctx.Done():
			return
		}
	}
}
