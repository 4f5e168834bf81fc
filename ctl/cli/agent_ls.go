package cli

import (
	"encoding/json"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) agentList() *cobra.Command {
	return &cobra.Command{
		Use:     "ls",
		Short:   "List the agents that have names",
		Long:    `Lists the configuration's agents; 'ctl agent check' also asks whether they answer.`,
		Example: `  ctl agent ls`,
		Args:    between(0, 0),
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			if a.json() {
				return stdoutError(json.NewEncoder(a.env.Stdout).Encode(c))
			}
			if len(c.Agents) == 0 {
				a.say("no agents; add one with: ctl agent add NAME ENDPOINT")
				return nil
			}
			var rows [][]string
			for _, name := range slices.Sorted(maps.Keys(c.Agents)) {
				rows = append(rows, []string{render.Escape(name), render.Escape(c.Agents[name].NetworkNamespace), render.Escape(c.Agents[name].Endpoint)})
			}
			columns, rows := render.WithoutEmpty([]render.Column{{Title: "NAME"}, {Title: "NETNS"}, {Title: "ENDPOINT"}}, rows, "NETNS")
			table := func(w io.Writer) error {
				return a.tellLeftOut(render.Table(w, a.env.width(), columns, rows))
			}
			return stdoutError(table(a.env.Stdout))
		},
	}
}
