package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/farsock/farsock/ctl/farsock"
	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

func (a *app) agentAdd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "add NAME ENDPOINT",
		Short: "Give an agent a name",
		Long: `Writes the name into the configuration; a name that is there gets the new
endpoint. Nothing is connected.

With --netns the name stands for that network namespace of the agent's host:
whatever is opened through it lives there, in a session of its own. Several names
with different namespaces let one agent do as several would.`,
		Example: `  ctl agent add lab7 ssh://root@lab7:2222
  ctl agent add left ssh://lab7 --netns left`,
		Args: between(2, 2),
	}
	netns := cmd.Flags().String("netns", "", "the network namespace, a `NAME` or a path on the agent's host")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		name, endpoint := args[0], args[1]
		if !wire.ValidName(name) {
			return usagef("NAME: %q is not 1 to %d letters, digits, '-' and '_'", name, wire.MaxNameBytes)
		}
		if err := checkStored(endpoint, *netns); err != nil {
			return err
		}
		if problem := wire.CheckNamespace(*netns); problem != "" {
			return usagef("--netns %q: %s", *netns, problem)
		}
		c, err := a.config()
		if err != nil {
			return err
		}
		was, known := c.Agents[name]
		now := configAgent{Endpoint: endpoint, NetworkNamespace: *netns}
		c.Agents[name] = now
		if err := a.writeConfig(c); err != nil {
			return err
		}
		said := name + " is " + now.words()
		if known && was != now {
			said += ", no longer " + was.words()
		}
		a.say(said)
		return nil
	}
	return cmd
}

// checkStored refuses endpoints that no later command could use, from whatever
// folder it is started in.
func checkStored(endpoint, netns string) error {
	switch path, unix := strings.CutPrefix(endpoint, "unix:"); {
	case endpoint == embeddedEndpoint && netns != "":
		return nil // in a script several names make hosts of namespaces
	case endpoint == embeddedEndpoint:
		return usagef("ENDPOINT: embedded: ends with the command that it is for, so a name for it is of no use without --netns")
	case unix && path != "" && !strings.HasPrefix(path, "/"):
		return usagef("ENDPOINT: %q is relative to the folder that a command is started in; say unix:///PATH", endpoint)
	}
	if err := farsock.CheckEndpoint(endpoint); err != nil {
		return usagef("ENDPOINT: %w", err)
	}
	return nil
}

// words says where an agent of the configuration is.
func (c configAgent) words() string {
	if c.NetworkNamespace == "" {
		return render.Escape(c.Endpoint)
	}
	return render.Escape(c.Endpoint + ", network namespace " + c.NetworkNamespace)
}

func (a *app) agentRemove() *cobra.Command {
	return &cobra.Command{
		Use:     "remove NAME",
		Aliases: []string{"rm", "delete"},
		Short:   "Forget an agent's name",
		Long:    `Takes the name out of the configuration. The agent itself is not told.`,
		Example: `  ctl agent remove lab7`,
		Args:    between(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			was, ok := c.Agents[args[0]]
			if !ok {
				return usagef("no agent is called %q; see 'ctl agent ls'", args[0])
			}
			delete(c.Agents, args[0])
			if err := a.writeConfig(c); err != nil {
				return err
			}
			a.say(args[0] + " is forgotten; it was " + was.words())
			return nil
		},
		ValidArgsFunction: a.completeAgentNames,
	}
}
