package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/farsock/farsock/ctl/render"
)

// between accepts so many arguments; a most below 0 is no bound.
func between(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			usage := strings.TrimSuffix(cmd.UseLine(), " [flags]")
			if len(args) < least {
				return usagef("%s needs %s, has %d; usage: %s", cmd.CommandPath(), render.Count(least, "argument"), len(args), usage)
			}
			return usagef("%s: %q is one argument too many; usage: %s", cmd.CommandPath(), args[most], usage)
		}
		return nil
	}
}

// onlyNew refuses flags that are about a new socket where the command works on
// one that exists.
func onlyNew(cmd *cobra.Command, flags ...string) error {
	for _, f := range flags {
		if cmd.Flags().Changed(f) {
			return usagef("--%s is for a new socket: %s NETWORK ...", f, cmd.CommandPath())
		}
	}
	return nil
}

// exclusive refuses that more than one of the flags is said.
func exclusive(cmd *cobra.Command, flags ...string) error {
	var said []string
	for _, f := range flags {
		if cmd.Flags().Changed(f) {
			said = append(said, "--"+f)
		}
	}
	if len(said) > 1 {
		return usagef("%s exclude each other", strings.Join(said, " and "))
	}
	return nil
}
