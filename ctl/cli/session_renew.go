package cli

import (
	"context"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) sessionRenew() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "renew [SESSION]",
		Short:   "Begin a full TTL now",
		Long:    `Renews a session (default: --session), with --ttl for another time than before.`,
		Example: `  ctl session renew ci-42 --ttl 1h`,
		Args:    between(0, 1),
	}
	ttl := addTTL(cmd, 0)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.onSession(cmd.Context(), args, func(ctx context.Context, t *target, name string) error {
			req := &farsockv1.RenewSessionRequest{Name: name}
			if cmd.Flags().Changed("ttl") {
				req.Ttl = durationpb.New(*ttl)
			}
			resp, err := t.client.Sessions.RenewSession(ctx, req)
			if err != nil {
				return t.failed(err)
			}
			return a.print(resp, sentence(render.Session(resp.GetSession())))
		})
	}
	cmd.ValidArgsFunction = a.completeSessions
	return cmd
}
