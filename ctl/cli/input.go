package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/farsock/farsock/proto/wire"
)

// input reads stdin on a goroutine, so that a command can end while a read is
// under way: a terminal's can be interrupted by nothing but a key.
type input struct {
	from   io.Reader
	chunks chan []byte   // closed at the end of the input
	quit   chan struct{} // closed by stop
	done   chan struct{} // closed when the goroutine ended

	err error // why reading failed; written before chunks is closed
}

// readInput starts reading; a nil reader is empty. The caller calls stop.
func readInput(from io.Reader) *input {
	in := &input{from: from, chunks: make(chan []byte), quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(in.done)
		in.run()
	}()
	return in
}

func (in *input) run() {
	defer close(in.chunks)
	for in.from != nil {
		buf := make([]byte, wire.StreamSendChunk)
		n, err := in.from.Read(buf)
		if n > 0 {
			select {
			case in.chunks <- buf[:n]:
			case <-in.quit:
				return
			}
		}
		if err != nil {
			select {
			case <-in.quit: // our own deadline
			default:
				if !errors.Is(err, io.EOF) {
					in.err = fmt.Errorf("read stdin: %w", err)
				}
			}
			return
		}
	}
}

// stop ends the goroutine, at once where the reader has deadlines (pipes,
// sockets) and otherwise when its read returns; the process's end is the latest.
func (in *input) stop() {
	close(in.quit)
	d, ok := in.from.(interface{ SetReadDeadline(time.Time) error })
	if !ok || d.SetReadDeadline(time.Now()) != nil {
		return
	}
	<-in.done
	_ = d.SetReadDeadline(time.Time{}) // as we found it
}

// failure is why the input broke off; nil if it did not, or is still read.
func (in *input) failure() error {
	select {
	case <-in.done:
		return in.err
	default:
		return nil
	}
}

// inputReader reads an input until its context ends.
type inputReader struct {
	ctx  context.Context // of the command that reads; it ends with it
	in   *input
	rest []byte
}

func (r *inputReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		select {
		case chunk, more := <-r.in.chunks:
			if !more {
				return 0, orEOF(r.in.err)
			}
			r.rest = chunk
		case <-r.ctx.Done():
			return 0, context.Cause(r.ctx)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *inputReader) Close() error {
	r.in.stop()
	return nil
}

func orEOF(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}
