package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) sessionGroup() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "session",
		Short: "Leases that own sockets",
		Long: `A session owns sockets; when it ends, all of them are closed. Commands without
--session use USER-HOST, which the first socket creates and which ends after an
hour without use, or sooner where the agent sets a shorter bound.`,
		RunE: group,
	}
	cmd.AddCommand(a.sessionCreate(), a.sessionRenew(), a.sessionClose(), a.sessionList(), a.sessionShow(), a.sessionExec())
	return cmd
}

// onSession connects and does something with the session that the argument
// names, or else the one that commands would use.
func (a *app) onSession(ctx context.Context, args []string, do func(context.Context, *target, string) error) error {
	t, err := a.target(ctx)
	if err != nil {
		return err
	}
	var name string
	if len(args) == 1 {
		name, err = sessionName(args[0])
	} else {
		name, _, err = t.session(ctx)
	}
	if err != nil {
		return err
	}
	return do(ctx, t, name)
}
