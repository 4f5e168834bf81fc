package cli

import (
	"io"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) agentInfo() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Show an agent and its host",
		Long: `Shows the agent's version, its host's network namespaces and interfaces (with
--netns the interfaces there) and the bounds that it holds, each with what is in
use of it: those of an identity with what you use.`,
		Example: `  ctl --agent ssh://lab7 agent info --netns lab1`,
		Args:    between(0, 0),
	}
	netns := a.addNetns(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		t, err := a.quietTarget(ctx)
		if err != nil {
			return err
		}
		where := netns.in(t)
		resp, err := t.client.Agents.GetAgent(ctx, &farsockv1.GetAgentRequest{NetworkNamespace: where})
		if err != nil {
			return t.failed(err)
		}
		return a.print(resp, func(w io.Writer) error { return render.Agent(w, a.env.width(), resp.GetAgent(), where) })
	}
	return cmd
}
