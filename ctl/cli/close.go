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
		t, err := a.target(cmd.Context())
		if err != nil {
			return err
		}
		var errs []error
		for _, name := range args {
			if err := a.closeOne(cmd.Context(), t, name, *abort); err != nil {
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
	return a.tell(t, resp, resp.GetOutcome(), nil)
}
