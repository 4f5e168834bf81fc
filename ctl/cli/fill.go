package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// defaultQuiet is how long nothing has to change before fill and drain believe it.
const defaultQuiet = 100 * time.Millisecond

func addQuiet(cmd *cobra.Command, what string) *time.Duration {
	return cmd.Flags().Duration("quiet", defaultQuiet, what)
}

func (a *app) fill() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fill NAME",
		Short: "Send until nothing more fits",
		Long: `Sends without waiting until the kernel takes no more, and again takes nothing
after --quiet without room: the peer's receive buffer and this side's send buffer
are full then. Writes how many bytes the kernel took; a script has them as
${NAME.filled}. The bytes are the pattern's from its beginning, so that 'recv
--pattern' can check them.

It is for stream sockets and those of unix: what a UDP socket sends is gone at
once.`,
		Example: `  ctl fill d`,
		Args:    between(1, 1),
	}
	size := cmd.Flags().Int32("size", 0, "of each send, `N` bytes (default 65536; of datagrams 1024)")
	seed := cmd.Flags().Uint32("seed", 0, "the pattern's SEED, a `NUMBER`")
	quiet := addQuiet(cmd, "how long there has to be no room: a `SPAN`")
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f := filling{app: a, seed: *seed, size: 65536, quiet: *quiet, budget: wait.begin()}
		if *quiet < 0 {
			return usagef("--quiet: must be 0 or more, is %v", *quiet)
		}
		if cmd.Flags().Changed("size") {
			if f.size = *size; *size < 1 {
				return usagef("--size: must be 1 or more, is %d", *size)
			}
		}
		err := f.run(cmd, args[0])
		if f.got.Bytes > 0 {
			return after(err, render.Count(f.got.Bytes, "byte"))
		}
		return err
	}
	cmd.ValidArgsFunction = a.completeFirstSocket
	return cmd
}

// filling is one `fill`.
type filling struct {
	app    *app
	t      *target
	socket string
	seed   uint32
	size   int32
	quiet  time.Duration
	budget budget
	got    tally
}

func (f *filling) run(cmd *cobra.Command, name string) error {
	ctx := cmd.Context()
	var err error
	if f.t, f.socket, err = f.app.onSocket(ctx, name); err != nil {
		return err
	}
	kind, err := f.t.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: f.socket})
	if err != nil {
		return f.t.failed(err)
	}
	stream := kind.GetSocket().GetType() == farsockv1.SocketType_SOCKET_TYPE_STREAM
	if !stream && kind.GetSocket().GetFamily() != farsockv1.Family_FAMILY_UNIX {
		return usagef("NAME: fill is for stream and unix sockets; what a UDP socket sends is gone at once")
	}
	if !stream && !cmd.Flags().Changed("size") {
		f.size = 1024
	}
	blocked := false // the last send found no room, and --quiet has passed since
	for {
		took, full, err := f.send(ctx, stream)
		switch {
		case err != nil:
			return err
		case full && !took && blocked:
			f.app.env.set(name+".filled", strconv.FormatInt(f.got.Bytes, 10))
			return f.app.tellTally(f.got, render.Filled(kind.GetSocket(), f.got.Bytes, f.got.Datagrams))
		case f.budget.over():
			return &elapsedError{f.budget.wait.span(), "it still takes bytes, " + render.Count(f.got.Bytes, "byte") + " so far"}
		}
		if blocked = full; full {
			if err := f.room(ctx); err != nil {
				return err
			}
		}
	}
}

// send sends once without waiting, and says whether the kernel took anything and
// whether it had no room for all.
func (f *filling) send(ctx context.Context, stream bool) (took, full bool, err error) {
	data := make([]byte, f.size)
	_, _ = (&pattern{seed: f.seed, offset: f.got.Bytes}).Read(data) // it has no end
	resp, err := f.t.client.Sockets.Send(ctx, &farsockv1.SendRequest{Socket: f.socket, Data: data, DontWait: true})
	if err != nil {
		return false, false, f.t.failedAt(err, map[string]string{"data": "--size"})
	}
	f.got.Bytes += resp.GetApplied()
	if !stream && resp.GetOutcome().GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_DONE {
		f.got.Datagrams++
	}
	switch resp.GetOutcome().GetCode() {
	case farsockv1.OutcomeCode_OUTCOME_CODE_DONE:
		return true, false, nil
	case farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK:
		return resp.GetApplied() > 0, true, nil
	}
	return false, false, f.t.outcome(resp.GetOutcome(), noWait, render.Count(f.got.Bytes, "byte")+" sent")
}

// room waits until there is some, for --quiet at most.
func (f *filling) room(ctx context.Context) error {
	_, err := f.t.client.Sockets.Poll(ctx, &farsockv1.PollRequest{
		Items: []*farsockv1.PollItem{{Socket: f.socket, Writable: true}},
		Wait:  durationpb.New(f.quiet),
	})
	return f.t.failed(err)
}
