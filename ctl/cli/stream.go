package cli

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/farsock"
	"github.com/farsock/farsock/ctl/render"
)

func (a *app) stream() *cobra.Command {
	var steal *bool
	cmd := &cobra.Command{
		Use:   "stream NAME",
		Short: "Connect stdin and stdout with a socket, both ways",
		Long: `Sends what stdin brings and writes what arrives to stdout, until both directions
have ended: at the end of stdin the sending direction is shut down, and the
other goes on until the peer ends it. The socket stays open.

If the connection to the agent breaks, stream makes it again and goes on where it
was, for as long as the session lives without it; stderr says so. When that is
over, the error says how many bytes are confirmed each way.

The agent keeps what arrived until stdout has taken it. If stdout breaks, or stream
is interrupted, terminated or hung up, the next stream or recv gets the rest;
stderr says how much stdout took, and how much of stdin the kernel. A pipe takes
bytes before its reader does: with 'ctl stream d | head -1' those count as taken
that head has read beyond its line or left in the pipe (64 KiB on Linux), and
nobody gets them. 'ctl recv d --until '\n'' takes no more than the line.

Of a stream that is killed (SIGKILL), the next may write to stdout again what had
been written last, and what it had read of stdin last may be sent or not; nothing
that arrived is lost.

At most one stream has a socket. --steal takes it from the other, which ends
(FENCED), with all that the other's stdout is not known to have taken.`,
		Example: `  ctl stream d < request > response`,
		Args:    between(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			t, socket, err := a.onSocket(ctx, args[0])
			if err != nil {
				return err
			}
			kind, err := t.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: socket})
			if err != nil {
				return t.failed(err)
			}
			if kind.GetSocket().GetType() != farsockv1.SocketType_SOCKET_TYPE_STREAM {
				return usagef("NAME: stream is for stream sockets; datagrams go by send and recv")
			}
			return a.attach(ctx, t, socket, *steal)
		},
	}
	steal = cmd.Flags().Bool("steal", false, "take the socket from the stream, or the program's connection, that has it")
	cmd.ValidArgsFunction = a.completeFirstSocket
	return cmd
}

// streaming is one `stream`: a Conn whose Streams break and are resumed without
// this noticing, but for what is said about it.
type streaming struct {
	app    *app
	t      *target
	socket string // resource name
	conn   *farsock.Conn
	begin  *farsockv1.Attached // set before anything is read or written

	talk sync.Mutex // one sentence at a time: tellLink has a goroutine of its own
}

// attach runs one stream to its end.
func (a *app) attach(ctx context.Context, t *target, socket string, steal bool) error {
	conn, err := t.client.Conn(ctx, socket)
	if err != nil {
		return t.failed(err)
	}
	s := &streaming{app: a, t: t, socket: socket, conn: conn}
	_ = conn.NotifyLink(s.tellLink) // it is new: no error
	if steal {
		_ = conn.Steal() // likewise
	}
	if s.begin, err = conn.Attach(ctx); err != nil {
		_ = conn.Detach() // nothing came of it
		return s.failed(ctx, err, "")
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	in := readInput(a.env.Stdin)
	up := startUpload(ctx, conn, in)
	err = s.run(ctx, up)
	up.stop()
	in.stop()
	return errors.Join(err, in.failure())
}

// run ends when both directions have, or this one has failed. A failure to send
// does not end the receiving direction.
func (s *streaming) run(ctx context.Context, up *upload) error {
	down := download{streaming: s}
	err := s.print(&farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Attached{Attached: s.begin}})
	if err == nil {
		err = down.run(ctx)
	}
	if err == nil {
		<-up.done
		err = s.uploaded(ctx, up)
	}
	left := s.leave()
	switch {
	case !down.cut:
	case left == nil:
		s.say("stdout took ", strconv.FormatInt(down.took, 10), " of ", render.Count(down.read, "byte"),
			" read; the rest can still be received: ctl stream or ctl recv go on from there")
	default:
		s.say("stdout took ", strconv.FormatInt(down.took, 10), " of ", render.Count(down.read, "byte"),
			" read; the agent could not be told: what stdout took last may be received again")
	}
	switch {
	case err == nil:
		return left
	case !down.cut && isError[*Signal](ctx, err):
		return s.interrupted(ctx, err, up, down.took, left == nil)
	}
	return err
}

// leave leaves the socket open with all that stdout did not take.
func (s *streaming) leave() error {
	err := s.conn.Detach()
	if _, lost := errors.AsType[*farsock.StreamLostError](err); lost {
		return nil // reading has said so
	}
	return s.t.failed(within(err))
}

// uploaded is how sending ended.
func (s *streaming) uploaded(ctx context.Context, up *upload) error {
	applied := &farsockv1.Applied{Offset: s.begin.GetSendApplied() + up.sent, Outcome: &farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_DONE}}
	outcome, failed := outcomeOf(up.err)
	if failed {
		applied.Outcome = outcome
	}
	if up.err == nil || failed {
		if err := s.print(&farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Applied{Applied: applied}}); err != nil {
			return err
		}
	}
	if up.err == nil {
		return nil
	}
	return s.failed(ctx, up.err, render.Count(applied.GetOffset(), "byte"))
}

// failed says why the Conn ended, after so much had passed.
func (s *streaming) failed(ctx context.Context, err error, passed string) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if o, ok := outcomeOf(err); ok {
		return s.t.outcome(o, noWait, "after "+passed)
	}
	if lost, ok := errors.AsType[*farsock.StreamLostError](err); ok {
		return &confirmedError{label: s.t.label, err: s.t.failed(lost.Err), sent: lost.Sent, received: lost.Received}
	}
	return s.t.failed(within(err))
}

// outcomeOf is the kernel's answer in an error of a Conn, if there is one.
func outcomeOf(err error) (*farsockv1.Outcome, bool) {
	if e, ok := errors.AsType[*farsock.OutcomeError](err); ok {
		return e.Outcome, true
	}
	if errors.Is(err, syscall.EPIPE) { // sending had been over before
		return &farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_BROKEN_PIPE, ErrnoName: "EPIPE"}, true
	}
	return nil, false
}

// within leaves out package net's words about the connection.
func within(err error) error {
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Err
	}
	return err
}

// tellLink says that the connection to the agent broke, or is back.
func (s *streaming) tellLink(broken error) {
	if broken == nil {
		s.say("connected to ", render.Escape(s.t.label), " again; the stream goes on, nothing is lost")
		return
	}
	s.say("the connection to ", render.Escape(s.t.label), " broke; trying again for as long as the session may live")
}

func (s *streaming) say(words ...string) {
	s.talk.Lock()
	defer s.talk.Unlock()
	s.app.say(words...)
}

func (s *streaming) print(m *farsockv1.StreamResponse) error {
	if !s.app.json() {
		return nil
	}
	return s.app.print(m, nil)
}
