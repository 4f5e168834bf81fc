package cli

import (
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) sessionCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create [ID]",
		Short: "Create a session",
		Long: `Creates a session that lives for --ttl after each use of it. Without an ID the
agent gives one.`,
		Example: `  ctl session create ci-42 --ttl 10m
  ctl --session ci-42 listen tcp :8080`,
		Args: between(0, 1),
	}
	ttl := addTTL(cmd, 10*time.Minute)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		t, err := a.target(ctx)
		if err != nil {
			return err
		}
		req := &farsockv1.CreateSessionRequest{Ttl: durationpb.New(*ttl)}
		if len(args) == 1 {
			req.SessionId = args[0]
		}
		resp, err := t.client.Sessions.CreateSession(ctx, req)
		if err != nil {
			return t.failed(err)
		}
		s := resp.GetSession()
		t.remember(s.GetName(), s.GetUid())
		a.env.set(render.SessionID(s)+".uid", s.GetUid())
		return a.print(resp, sentence(render.Session(s)))
	}
	return cmd
}

func addTTL(cmd *cobra.Command, otherwise time.Duration) *time.Duration {
	return cmd.Flags().Duration("ttl", otherwise, "how long it lives without use, a `SPAN` from 5s to the agent's maximum")
}
