package cli

import (
	"context"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) sessionClose() *cobra.Command {
	return &cobra.Command{
		Use:     "close [SESSION]",
		Short:   "End a session and close its sockets",
		Long:    `Ends a session (default: --session): cancels its calls and closes its sockets.`,
		Example: `  ctl session close ci-42`,
		Args:    between(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onSession(cmd.Context(), args, func(ctx context.Context, t *target, name string) error {
				resp, err := t.client.Sessions.CloseSession(ctx, &farsockv1.CloseSessionRequest{Name: name})
				if err != nil {
					failed := t.failed(err)
					if t.restarted(err) != "" {
						t.forget(name) // it is told once
					}
					return failed
				}
				t.forget(resp.GetSession().GetName())
				return a.print(resp, sentence(render.Session(resp.GetSession())))
			})
		},
		ValidArgsFunction: a.completeSessions,
	}
}
