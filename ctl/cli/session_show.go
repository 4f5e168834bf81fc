package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) sessionShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show [SESSION]",
		Short: "Show a session, without renewing it",
		Long: `Shows a session (default: --session). One that ended up to ten minutes ago is still
shown, with why it did and how many sockets were closed with it.`,
		Example: `  ctl session show ci-42`,
		Args:    between(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onSession(cmd.Context(), args, func(ctx context.Context, t *target, name string) error {
				resp, err := t.client.Sessions.GetSession(ctx, &farsockv1.GetSessionRequest{Name: name})
				if err != nil {
					return t.failed(err)
				}
				return a.print(resp, func(w io.Writer) error { return render.SessionDetail(w, resp.GetSession()) })
			})
		},
		ValidArgsFunction: a.completeSessions,
	}
}
