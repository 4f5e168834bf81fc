package cli

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) stream() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stream NAME",
		Short: "Connect stdin and stdout with a socket, both ways",
		Long: `Sends what stdin brings and writes what arrives to stdout, until both directions
have ended: at the end of stdin the sending direction is shut down, and the
other goes on until the peer ends it. The socket stays open.

Unlike recv, stream takes bytes before stdout has them: if stdout breaks, as in
'ctl stream d | head -1', what is between the agent and stdout is lost. stderr
then says how much stdout took. Where that matters use recv.`,
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
			return a.attach(ctx, t, socket)
		},
	}
	cmd.ValidArgsFunction = a.completeFirstSocket
	return cmd
}

type call = grpc.BidiStreamingClient[farsockv1.StreamRequest, farsockv1.StreamResponse]

// attach runs one Stream to its end.
func (a *app) attach(ctx context.Context, t *target, socket string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rpc, err := t.client.Sockets.Stream(ctx)
	if err != nil {
		return t.failed(err)
	}
	err = rpc.Send(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Attach{
		Attach: &farsockv1.Attach{Socket: socket, Holder: uuid.NewString(), Epoch: 1},
	}})
	if err != nil && !errors.Is(err, io.EOF) { // io.EOF: Recv has the reason
		return t.failed(err)
	}
	d := download{app: a, t: t, rpc: rpc}
	first, err := rpc.Recv()
	if err != nil {
		return t.failed(err)
	}
	if err := d.take(first); err != nil {
		return err
	}
	in := readInput(a.env.Stdin)
	up := startUpload(ctx, rpc, in, first.GetAttached().GetSendApplied())
	err = d.run(up)
	cancel()
	<-up.done
	in.stop()
	return errors.Join(err, in.failure())
}

// download is the way from the agent to stdout.
type download struct {
	app *app
	t   *target
	rpc call

	read, took int64 // bytes that came, and that stdout took; run's goroutine's
	unsent     error // how the sending direction failed; nil while it has not
}

// run writes what arrives until the agent ends the RPC, which it does when both
// directions are over. A failure to send does not end the receiving direction.
func (d *download) run(up *upload) error {
	for {
		m, err := d.rpc.Recv()
		if errors.Is(err, io.EOF) {
			return d.unsent
		}
		if err != nil {
			return d.t.failed(err)
		}
		if err := d.take(m); err != nil {
			return err
		}
		if d.unsent != nil {
			up.giveUp()
		}
	}
}

func (d *download) take(m *farsockv1.StreamResponse) error {
	if d.app.json() {
		if err := d.app.print(m, nil); err != nil {
			return err
		}
	} else if b := m.GetData().GetData(); len(b) > 0 {
		n, err := d.app.env.Stdout.Write(b)
		d.read, d.took = d.read+int64(len(b)), d.took+int64(n)
		if err != nil {
			d.app.say("stdout took ", strconv.FormatInt(d.took, 10), " of ", render.Count(d.read, "byte"),
				" read; the rest, and what was still on its way from the agent, is lost")
			return stdoutError(err)
		}
	}
	if a := m.GetApplied(); a.GetOutcome() != nil && d.unsent == nil {
		d.unsent = d.t.outcome(a.GetOutcome(), noWait, "after "+render.Count(a.GetOffset(), "byte"))
	}
	if end := m.GetEnd(); end != nil {
		// A broken connection ends both directions, an orderly end only this one.
		return d.t.outcome(end.GetHow(), noWait, "after "+render.Count(end.GetOffset(), "byte"))
	}
	return nil
}
