package cli

import (
	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

var shutdownHow = map[string]farsockv1.ShutdownHow{
	"read":  farsockv1.ShutdownHow_SHUTDOWN_HOW_READ,
	"write": farsockv1.ShutdownHow_SHUTDOWN_HOW_WRITE,
	"both":  farsockv1.ShutdownHow_SHUTDOWN_HOW_BOTH,
}

func (a *app) shutdown() *cobra.Command {
	return &cobra.Command{
		Use:     "shutdown NAME read|write|both",
		Short:   "End one direction of a connection, or both",
		Long:    `shutdown(2). After "write" the peer sees the end of the stream, and can still send.`,
		Example: `  ctl shutdown d write`,
		Args:    between(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			how, ok := shutdownHow[args[1]]
			if !ok {
				return usagef("%q: say read, write or both", args[1])
			}
			t, socket, err := a.onSocket(ctx, args[0])
			if err != nil {
				return err
			}
			resp, err := t.client.Sockets.Shutdown(ctx, &farsockv1.ShutdownRequest{Socket: socket, How: how})
			if err != nil {
				return t.failed(err)
			}
			return a.tell(t, resp, resp.GetOutcome(), nil)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 1 {
				return startingWith(word, []string{"read", "write", "both"}), noFiles
			}
			return a.completeFirstSocket(cmd, args, word)
		},
	}
}
