package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

func (a *app) send() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "send NAME [DATA...]",
		Short: "Send bytes, or datagrams",
		Long: `Sends DATA, its words joined by one blank, or without DATA what stdin brings, or
with --pattern a pattern that 'recv --pattern' checks. The bytes go out as they
are; nothing is added. On a stream socket it is done when the kernel of the
agent's host took all of them; on a datagram socket they are one datagram, also
when there are none. With --datagrams each DATA is one, and up to 64 of them, of
1048576 bytes together, go by one call, as sendmmsg(2). With --pattern and
--datagrams it is --times datagrams of the pattern that go so.

With --offset and --holder the command may be repeated when its answer was lost:
what this holder had sent from the offset on is not sent again. N is what 'ctl
show NAME' tells as sent before the first try; the holder's NAME is yours to
choose, anew for each socket.

` + patternHelp,
		Example: `  ctl send d Hello
  ctl send d 'GET / HTTP/1.0\r\n\r\n' --escapes
  ctl send d < file
  ctl send u ping --to lab7:5353 --ttl 1
  ctl send u --to lab7:5353 --datagrams one two three
  ctl send d --pattern 1000 --times 50
  ctl send u --pattern 1000 --times 500 --datagrams
  ctl send d < file --offset 0 --holder job-17`,
		Args: between(1, -1),
	}
	p := addPayload(cmd)
	f := cmd.Flags()
	to := f.String("to", "", "where the datagram goes: `ADDR`, HOST:PORT or a unix path")
	dontWait := f.Bool("dont-wait", false, "MSG_DONTWAIT: what does not fit now is not sent")
	flags, offset := addSendFlags(cmd), addSendOffset(cmd)
	times := f.Int32("times", 1, "send it `N` times, one after the other, and say how much that was")
	made := addPattern(cmd, "send `N` bytes of the pattern instead of DATA")
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s := sending{app: a, wait: *wait, times: int(*times), counts: f.Changed("times"), flags: flags, offset: offset}
		if err := offset.check(); err != nil {
			return err
		}
		if *times < 1 {
			return usagef("--times: must be 1 or more, is %d", *times)
		}
		var err error
		if s.req, err = flags.request(); err != nil {
			return err
		}
		s.req.DontWait = *dontWait
		if f.Changed("to") {
			s.to = to
		}
		if *dontWait && !f.Changed("wait") {
			s.wait = waitFlag{said: true, forever: true} // unset: the flag says it all
		}
		if s.source, err = a.sendSource(cmd, p, made, *times, args[1:]); err != nil {
			return err
		}
		defer s.source.close()
		err = s.run(cmd.Context(), args[0])
		_, cut := signalOf(cmd.Context())
		if lost := cut || unreachable(cmd.Context(), err); s.began() || lost && !s.budget.begun.IsZero() {
			// Nobody told what the kernel took of the send under way.
			unsure := " and perhaps a part of the next send"
			if offset.said() {
				unsure += ", which this command does not send again"
			}
			return after(err, s.soFar()+unsure)
		}
		return err
	}
	cmd.ValidArgsFunction = a.completeFirstSocket
	return cmd
}

// sending is one `send`: one Send for each part that fits the contract's bound,
// and all of that so many times.
type sending struct {
	app    *app
	t      *target
	req    *farsockv1.SendRequest // what the flags say; each Send has its own
	flags  *sendFlags
	offset *sendOffset
	source *sendSource
	wait   waitFlag
	to     *string // nil: where the socket is connected to
	times  int
	counts bool // the number of times was said: how much was sent is told

	budget    budget
	sends     int   // that were done
	sent      int64 // bytes that the kernel took
	datagrams int64 // of a batch, likewise
}

func (s *sending) run(ctx context.Context, name string) error {
	first, err := s.source.next()
	if err != nil {
		return err
	}
	if s.t, s.req.Socket, err = s.app.onSocket(ctx, name); err != nil {
		return err
	}
	if err := s.offset.find(ctx, s.t, s.req.Socket); err != nil {
		return err
	}
	if s.to != nil {
		if s.req.To, err = s.t.address(ctx, s.req.Socket, *s.to); err != nil {
			return err
		}
	}
	if first.more != nil {
		if err := s.splittable(ctx); err != nil {
			return err
		}
	}
	s.budget = s.wait.begin()
	for s.sends < s.times && !s.source.packed {
		if s.sends > 0 {
			if first, err = s.source.next(); err != nil {
				return err
			}
		}
		if err := s.parts(ctx, first); err != nil {
			return err
		}
		s.sends++
	}
	for left := s.times; s.source.packed && left > 0; {
		p := s.source.pack(left)
		if err := s.send(ctx, p, true); err != nil {
			return err
		}
		left -= len(p.batch)
	}
	if s.counts && !s.app.json() {
		s.app.say(s.soFar())
	}
	s.offset.tell(s.app)
	return nil
}

// began says whether anything was sent yet.
func (s *sending) began() bool { return s.sent > 0 || s.datagrams > 0 || s.sends > 0 }

// parts sends one time what is to be sent.
func (s *sending) parts(ctx context.Context, p part) error {
	for batch := range batches(s.source.batch) {
		if err := s.send(ctx, part{batch: batch}, true); err != nil {
			return err
		}
	}
	begins := true
	for s.source.batch == nil {
		if err := s.send(ctx, p, begins); err != nil || p.more == nil {
			return err
		}
		begins = false
		var err error
		if p, err = s.source.rest(p.more); err != nil {
			return fmt.Errorf("%w; %s were sent before", err, render.Count(s.sent, "byte"))
		}
	}
	return nil
}

// splittable refuses to make several datagrams of one, and of one sendmsg(2)
// several.
func (s *sending) splittable(ctx context.Context) error {
	switch {
	case len(s.req.GetBufferSizes()) > 0:
		return usagef("DATA: more than %d bytes, and --buffers speaks of one sendmsg(2)", wire.MaxUnaryBytes)
	case s.flags.batched() != "":
		return usagef("DATA: more than %d bytes, and a datagram is never split", wire.MaxUnaryBytes)
	}
	resp, err := s.t.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: s.req.Socket})
	if err != nil {
		return s.t.failed(err)
	}
	if resp.GetSocket().GetType() != farsockv1.SocketType_SOCKET_TYPE_STREAM {
		return usagef("DATA: more than %d bytes, and a datagram is never split", wire.MaxUnaryBytes)
	}
	return nil
}

// send sends one part. What marks the beginning goes with the first, and what
// marks the end with the last.
func (s *sending) send(ctx context.Context, p part, begins bool) error {
	req := proto.CloneOf(s.req)
	req.Data, req.Wait = p.data, s.budget.left()
	if !begins {
		req.Control = nil
	}
	if req.FastOpen && (!begins || s.sends > 0) {
		req.FastOpen, req.To = false, nil // it is connected now
	}
	if p.more != nil {
		req.OutOfBand, req.EndOfRecord = false, false
	}
	typed := map[string]string{}
	if flag := s.flags.batched(); flag != "" {
		if p.batch == nil {
			p.batch = [][]byte{p.data}
		}
		s.flags.asDatagrams(req, p.batch)
		typed["datagrams"] = flag
	}
	s.offset.put(req)
	resp, err := s.t.client.Sockets.Send(ctx, req)
	if err != nil {
		return s.t.failedAt(err, typed)
	}
	s.offset.sent(req, resp)
	s.sent += resp.GetApplied()
	s.datagrams += int64(resp.GetDatagramsApplied())
	if err := s.app.print(resp, nil); err != nil {
		return err
	}
	more := ""
	if s.began() {
		more = s.soFar() + " sent"
	}
	return blaming(s.t.outcome(resp.GetOutcome(), s.wait.span(), more), s.flags.blamed(resp.GetOutcome()))
}

// soFar says how much was sent: "3 sends, 15 bytes".
func (s *sending) soFar() string {
	var parts []string
	if s.counts && !s.source.packed {
		parts = append(parts, render.Count(s.sends, "send"))
	}
	if s.source.batch != nil || s.source.packed {
		parts = append(parts, render.Count(s.datagrams, "datagram"))
	}
	return strings.Join(append(parts, render.Count(s.sent, "byte")), ", ")
}
