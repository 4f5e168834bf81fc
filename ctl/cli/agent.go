package cli

import (
	"github.com/spf13/cobra"
)

func (a *app) agentGroup() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "agent",
		Short: "Agents and their names",
		Long: `Shows agents and gives them names. Names are kept in $FARSOCK_CONFIG, else
farsock/config.json in your configuration folder. A name can stand for one network
namespace of its agent's host.`,
		RunE: group,
	}
	cmd.AddCommand(a.agentInfo(), a.agentList(), a.agentCheck(), a.agentAdd(), a.agentRemove())
	return cmd
}
