package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/farsock/farsock/proto/wire"
)

func (a *app) agentAdd() *cobra.Command {
	return &cobra.Command{
		Use:     "add NAME ENDPOINT",
		Short:   "Give an agent a name",
		Long:    `Writes the name into the configuration; a name that is there gets the new endpoint. Nothing is connected.`,
		Example: `  ctl agent add lab7 ssh://root@lab7:2222`,
		Args:    between(2, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			name, endpoint := args[0], args[1]
			if !wire.ValidName(name) {
				return usagef("NAME: %q is not 1 to %d letters, digits, '-' and '_'", name, wire.MaxNameBytes)
			}
			if !strings.Contains(endpoint, ":") {
				return usagef("ENDPOINT: %q is none; say ssh://HOST or unix:///PATH", endpoint)
			}
			c, err := a.config()
			if err != nil {
				return err
			}
			c.Agents[name] = configAgent{Endpoint: endpoint}
			return a.writeConfig(c)
		},
	}
}

func (a *app) agentRemove() *cobra.Command {
	return &cobra.Command{
		Use:     "remove NAME",
		Short:   "Forget an agent's name",
		Long:    `Takes the name out of the configuration. The agent itself is not told.`,
		Example: `  ctl agent remove lab7`,
		Args:    between(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			if _, ok := c.Agents[args[0]]; !ok {
				return usagef("no agent is called %q; see 'ctl agent ls'", args[0])
			}
			delete(c.Agents, args[0])
			return a.writeConfig(c)
		},
		ValidArgsFunction: a.completeAgentNames,
	}
}
