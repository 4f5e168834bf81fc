package cli

import (
	"context"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

const netnsHelp = `Sockets are made in the network namespace that --netns names, as 'ctl agent info'
lists them or by a path; else in the one that the agent's name stands for ('ctl
agent add NAME ENDPOINT --netns NS'), in $FARSOCK_NETNS, or in the agent's own.`

// netnsFlag is --netns of one command.
type netnsFlag struct {
	app   *app
	cmd   *cobra.Command
	value string
}

// addNetns gives a command --netns.
func (a *app) addNetns(cmd *cobra.Command) *netnsFlag {
	n := &netnsFlag{app: a, cmd: cmd}
	cmd.Flags().StringVar(&n.value, "netns", "", "the network namespace, a `NAME` or a path on the agent's host;\n'' is the agent's own (default: that of the agent's name, else\n$FARSOCK_NETNS)")
	// Fails only for a flag that does not exist, and this does.
	_ = cmd.RegisterFlagCompletionFunc("netns", a.completeNetns)
	return n
}

// in is the namespace that the command means on an agent: a name that stands for
// one is as specific as can be, so that the environment is for the others.
func (n *netnsFlag) in(t *target) string {
	if n.cmd.Flags().Changed("netns") {
		return n.value
	}
	return orElse(t.netns, n.app.env.Getenv("FARSOCK_NETNS"))
}

// completeNetns proposes the namespaces that the agent's host has names for.
func (a *app) completeNetns(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	var names []string
	a.ask(cmd, func(ctx context.Context, t *target) {
		resp, err := t.client.Agents.GetAgent(ctx, &farsockv1.GetAgentRequest{})
		if err != nil {
			return
		}
		for _, n := range resp.GetAgent().GetNetworkNamespaces() {
			names = append(names, n.GetName())
		}
	})
	return startingWith(word, names), noFiles
}
