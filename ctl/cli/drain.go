package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

func (a *app) drain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "drain NAME",
		Short: "Receive and discard until nothing more comes",
		Long: `Receives and discards until nothing has come for --quiet, or with --eof until the
end of the stream. Writes how many bytes and datagrams that were; a script has
the bytes as ${NAME.drained}.

Exit code 7: the stream had ended, and there was nothing to discard (with --eof
that is 0). 5: it did not come to its end within --wait.`,
		Example: `  ctl drain c1
  ctl drain c1 --eof --wait 5s`,
		Args: between(1, 1),
	}
	eof := cmd.Flags().Bool("eof", false, "until the end of the stream")
	quiet := addQuiet(cmd, "without --eof, how long nothing has to come: a `SPAN`")
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := exclusive(cmd, "eof", "quiet"); err != nil {
			return err
		}
		if *quiet < 0 {
			return usagef("--quiet: must be 0 or more, is %v", *quiet)
		}
		d := draining{app: a, eof: *eof, quiet: *quiet, budget: wait.begin()}
		err := d.run(cmd.Context(), args[0])
		if d.got.Bytes > 0 {
			return after(err, d.soFar())
		}
		return err
	}
	cmd.ValidArgsFunction = a.completeFirstSocket
	return cmd
}

// draining is one `drain`.
type draining struct {
	app    *app
	t      *target
	socket *farsockv1.Socket
	eof    bool
	quiet  time.Duration
	budget budget
	got    tally
}

func (d *draining) run(ctx context.Context, name string) error {
	t, socket, err := d.app.onSocket(ctx, name)
	if err != nil {
		return err
	}
	d.t = t
	kind, err := t.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: socket})
	if err != nil {
		return t.failed(err)
	}
	d.socket = kind.GetSocket()
	if d.eof && d.socket.GetType() == farsockv1.SocketType_SOCKET_TYPE_DATAGRAM {
		return usagef("--eof: a datagram socket has no end")
	}
	for {
		resp, err := t.client.Sockets.Receive(ctx, d.request(socket))
		if err != nil {
			return t.failed(err)
		}
		d.count(resp)
		if empty(resp.GetOutcome()) && !d.eof {
			return d.done(name)
		}
		if err := t.outcome(resp.GetOutcome(), d.budget.wait.span(), d.soFar()); err != nil {
			return err
		}
		if resp.GetStoppedBy() == farsockv1.StoppedBy_STOPPED_BY_END {
			if d.got.End = true; d.got.Bytes == 0 && d.got.Datagrams == 0 && !d.eof {
				return &endError{label: t.label}
			}
			return d.done(name)
		}
		if d.budget.over() {
			return &elapsedError{d.budget.wait.span(), "more still comes, " + d.soFar() + " so far"}
		}
	}
}

// request takes as much as one call can. Of datagrams one byte is enough: their
// length is told.
func (d *draining) request(socket string) *farsockv1.ReceiveRequest {
	most, many := int32(wire.MaxUnaryBytes), int32(wire.MaxDatagrams)
	req := &farsockv1.ReceiveRequest{Socket: socket, MaxBytes: &most, Wait: d.budget.left()}
	if !d.eof {
		req.Wait = d.budget.atMost(d.quiet)
	}
	if d.socket.GetType() != farsockv1.SocketType_SOCKET_TYPE_STREAM {
		most = 1
		req.MaxDatagrams = &many
	}
	return req
}

func (d *draining) count(resp *farsockv1.ReceiveResponse) {
	d.got.Bytes += int64(len(resp.GetData()))
	for _, one := range resp.GetDatagrams() {
		d.got.Bytes += one.GetFullLength()
		d.got.Datagrams++
	}
}

// empty says whether nothing came in the time that was allowed.
func empty(o *farsockv1.Outcome) bool {
	return o.GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED || o.GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK
}

func (d *draining) soFar() string { return render.Count(d.got.Bytes, "byte") + " drained" }

func (d *draining) done(name string) error {
	d.app.env.set(name+".drained", strconv.FormatInt(d.got.Bytes, 10))
	return d.app.tellTally(d.got, render.Drained(d.socket, d.got.Bytes, d.got.Datagrams, d.got.End))
}
