package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

func (a *app) ls() *cobra.Command {
	return &cobra.Command{
		Use:   "ls",
		Short: "List the session's sockets",
		Long: `Lists the session's sockets in the order in which they were made. A terminal that
is too narrow for all columns gets those that matter most, and stderr says which
are missing.`,
		Example: `  ctl ls`,
		Args:    between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			t, err := a.target(ctx)
			if err != nil {
				return err
			}
			session, implicit, err := t.session(ctx)
			if err != nil {
				return err
			}
			all, err := t.sockets(ctx, session)
			if err != nil && implicit && neverWas(err) && t.restarted(err) == "" {
				// Nobody has made a socket yet, and nobody asked for a session.
				all, err = &farsockv1.ListSocketsResponse{}, nil
			}
			if err != nil {
				return t.failed(err)
			}
			return a.print(all, func(w io.Writer) error {
				if len(all.GetSockets()) == 0 {
					a.say("no sockets in ", session)
					return nil
				}
				return a.tellLeftOut(render.Sockets(w, a.env.width(), all.GetSockets()))
			})
		},
	}
}

// sockets collects all pages into one response.
func (t *target) sockets(ctx context.Context, session string) (*farsockv1.ListSocketsResponse, error) {
	all := &farsockv1.ListSocketsResponse{}
	req := &farsockv1.ListSocketsRequest{Parent: session, PageSize: wire.MaxPageSize}
	for {
		page, err := t.client.Sockets.ListSockets(ctx, req)
		if err != nil {
			return nil, err
		}
		all.Sockets = append(all.Sockets, page.GetSockets()...)
		if page.GetNextPageToken() == "" {
			return all, nil
		}
		req.PageToken = page.GetNextPageToken()
	}
}

// neverWas says whether the agent has not heard of the session.
func neverWas(err error) bool {
	info, ok := wire.InfoOf(err)
	return ok && info.Reason == farsockv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND
}
