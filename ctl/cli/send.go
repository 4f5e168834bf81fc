package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

func (a *app) send() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "send NAME [DATA...]",
		Short: "Send bytes, or one datagram",
		Long: `Sends DATA, its words joined by one blank, or without DATA what stdin brings. The
bytes go out as they are; nothing is added. On a stream socket it is done when
the kernel of the agent's host took all of them; on a datagram socket they are
one datagram, also when there are none.`,
		Example: `  ctl send d Hello
  ctl send d 'GET / HTTP/1.0\r\n\r\n' --escapes
  ctl send d < file
  ctl send u ping --to lab7:5353`,
		Args: between(1, -1),
	}
	p := addPayload(cmd)
	to := cmd.Flags().String("to", "", "where the datagram goes: `ADDR`, HOST:PORT or a unix path")
	dontWait := cmd.Flags().Bool("dont-wait", false, "MSG_DONTWAIT: what does not fit now is not sent")
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		req := &farsockv1.SendRequest{DontWait: *dontWait}
		data, err := p.open(a, cmd, args[1:])
		if err != nil {
			return err
		}
		defer data.Close()
		s := sending{app: a, req: req, wait: *wait}
		if cmd.Flags().Changed("to") {
			s.to = to
		}
		if *dontWait && !cmd.Flags().Changed("wait") {
			s.wait = waitFlag{said: true, forever: true} // unset: the flag says it all
		}
		return s.run(cmd.Context(), args[0], data)
	}
	cmd.ValidArgsFunction = a.completeFirstSocket
	return cmd
}

// sending is one `send`: one Send for each part that fits the contract's bound.
type sending struct {
	app  *app
	t    *target
	req  *farsockv1.SendRequest
	wait waitFlag
	to   *string // nil: where the socket is connected to

	begun time.Time
	sent  int64 // bytes that the kernel took
}

func (s *sending) run(ctx context.Context, name string, data io.Reader) error {
	part, more, err := nextPart(data, nil)
	if err != nil {
		return err
	}
	if s.t, s.req.Socket, err = s.app.onSocket(ctx, name); err != nil {
		return err
	}
	if s.to != nil {
		if s.req.To, err = s.t.address(ctx, s.req.Socket, *s.to); err != nil {
			return err
		}
	}
	if more != nil {
		if err := s.splittable(ctx); err != nil {
			return err
		}
	}
	s.begun = time.Now()
	for {
		if err := s.send(ctx, part); err != nil || more == nil {
			return err
		}
		if part, more, err = nextPart(data, more); err != nil {
			return fmt.Errorf("%w; %s were sent before", err, render.Count(s.sent, "byte"))
		}
	}
}

// nextPart reads one part, which begins with what was read ahead, and one byte
// more to know whether there is a next; more is nil if there is none.
func nextPart(data io.Reader, ahead []byte) (part, more []byte, err error) {
	buf := make([]byte, wire.MaxUnaryBytes+1)
	n := copy(buf, ahead)
	got, err := io.ReadFull(data, buf[n:])
	n += got
	switch {
	case err == nil:
		return buf[:wire.MaxUnaryBytes], buf[wire.MaxUnaryBytes:], nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return buf[:n], nil, nil
	}
	return nil, nil, fmt.Errorf("read what to send: %w", err)
}

// splittable refuses to make several datagrams of one.
func (s *sending) splittable(ctx context.Context) error {
	resp, err := s.t.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: s.req.Socket})
	if err != nil {
		return s.t.failed(err)
	}
	if resp.GetSocket().GetType() != farsockv1.SocketType_SOCKET_TYPE_STREAM {
		return usagef("DATA: more than %d bytes, and a datagram is never split", wire.MaxUnaryBytes)
	}
	return nil
}

func (s *sending) send(ctx context.Context, part []byte) error {
	s.req.Data = part
	s.req.Wait = s.left()
	resp, err := s.t.client.Sockets.Send(ctx, s.req)
	if err != nil {
		return s.t.failed(err)
	}
	s.sent += resp.GetApplied()
	if err := s.app.print(resp, nil); err != nil {
		return err
	}
	more := ""
	if s.sent > 0 {
		more = render.Count(s.sent, "byte") + " sent"
	}
	return s.t.outcome(resp.GetOutcome(), s.wait.span(), more)
}

// left is what remains of the one wait that covers all parts.
func (s *sending) left() *durationpb.Duration {
	wait := s.wait.proto()
	if s.sent == 0 || wait.AsDuration() <= 0 {
		return wait
	}
	return durationpb.New(max(wait.AsDuration()-time.Since(s.begun), time.Millisecond))
}
