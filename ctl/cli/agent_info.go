package cli

import (
	"io"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) agentInfo() *cobra.Command {
	return &cobra.Command{
		Use:     "info",
		Short:   "Show an agent and its host",
		Long:    `Shows the agent's version, its host's interfaces and the bounds that it holds.`,
		Example: `  ctl --agent ssh://lab7 agent info`,
		Args:    between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			t, err := a.quietTarget(ctx)
			if err != nil {
				return err
			}
			resp, err := t.client.Agents.GetAgent(ctx, &farsockv1.GetAgentRequest{})
			if err != nil {
				return t.failed(err)
			}
			return a.print(resp, func(w io.Writer) error { return render.Agent(w, a.env.width(), resp.GetAgent()) })
		},
	}
}
