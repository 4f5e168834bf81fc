package cli

import (
	"context"
	"io"

	"github.com/farsock/farsock/ctl/farsock"
)

// upload is the way from stdin to the agent, on a goroutine of its own.
type upload struct {
	cancel context.CancelFunc
	done   chan struct{} // closed when the goroutine ended

	sent int64 // bytes that the kernel took; written before done is closed
	err  error // why not all; written before done is closed
}

// startUpload sends the input, then the end of the stream. It ends with ctx, and
// with stop.
func startUpload(ctx context.Context, conn *farsock.Conn, in *input) *upload {
	ctx, cancel := context.WithCancel(ctx)
	u := &upload{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(u.done)
		if u.sent, u.err = conn.ReadFrom(&wholeInput{inputReader{ctx: ctx, in: in}}); u.err == nil {
			u.err = conn.CloseWrite()
		}
	}()
	return u
}

// stop ends it after the Conn was detached or closed, and waits.
func (u *upload) stop() {
	u.cancel()
	<-u.done
}

// wholeInput ends where the input breaks off: what there is of it is sent as a
// whole, and the failure is told in the end.
type wholeInput struct{ inputReader }

func (r *wholeInput) Read(b []byte) (int, error) {
	n, err := r.inputReader.Read(b)
	if err != nil && r.ctx.Err() == nil {
		err = io.EOF
	}
	return n, err
}
