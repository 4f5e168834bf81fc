package cli

import (
	"context"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func (a *app) closeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "close NAME...",
		Short: "Close sockets",
		Long: `Closes each socket; its name is free at once. One that cannot be closed does not
keep the others from it; the exit code is the first failure's.`,
		Example: `  ctl close c1 web
  ctl close c1 --abort`,
		Args: between(1, -1),
	}
	abort := cmd.Flags().Bool("abort", false, "end TCP connections with a reset")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		t, err := a.targetOf(ctx, args[0])
		if err != nil {
			return err
		}
		var errs []error
		for _, name := range args {
			// In a script each may be on another agent.
			if p, err := a.placeOf(name); err != nil {
				errs = append(errs, err)
				continue
			} else if p.key() != t.key() {
				if t, err = a.targetAt(ctx, p); err != nil {
					return several(append(errs, err))
				}
			}
			if err := a.closeOne(ctx, t, name, *abort); err != nil {
				errs = append(errs, err)
			}
		}
		return several(errs)
	}
	cmd.ValidArgsFunction = a.completeSockets
	return cmd
}

func (a *app) closeOne(ctx context.Context, t *target, name string, abort bool) error {
	socket, err := t.socket(ctx, name)
	if err != nil {
		return err
	}
	resp, err := t.client.Sockets.Close(ctx, &farsockv1.CloseRequest{Socket: socket, Abort: abort})
	if err != nil {
		return t.failed(err)
	}
	a.closed(t, name)
	return a.tell(t, resp, resp.GetOutcome(), nil)
}
