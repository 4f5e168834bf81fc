package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

func (a *app) sessionList() *cobra.Command {
	return &cobra.Command{
		Use:   "ls",
		Short: "List your live sessions",
		Long: `Lists your live sessions on the agent, without renewing them. One that has ended is
shown by 'ctl session show ID' for ten minutes.`,
		Example: `  ctl session ls`,
		Args:    between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := a.target(cmd.Context())
			if err != nil {
				return err
			}
			all, err := t.sessions(cmd.Context())
			if err != nil {
				return t.failed(err)
			}
			return a.print(all, func(w io.Writer) error {
				if len(all.GetSessions()) == 0 {
					a.say("no sessions")
					return nil
				}
				return a.tellLeftOut(render.Sessions(w, a.env.width(), all.GetSessions()))
			})
		},
	}
}

// sessions collects all pages into one response.
func (t *target) sessions(ctx context.Context) (*farsockv1.ListSessionsResponse, error) {
	all := &farsockv1.ListSessionsResponse{}
	req := &farsockv1.ListSessionsRequest{PageSize: wire.MaxPageSize}
	for {
		page, err := t.client.Sessions.ListSessions(ctx, req)
		if err != nil {
			return nil, err
		}
		all.Sessions = append(all.Sessions, page.GetSessions()...)
		if page.GetNextPageToken() == "" {
			return all, nil
		}
		req.PageToken = page.GetNextPageToken()
	}
}
