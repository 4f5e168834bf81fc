package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// group is what a command does that has only subcommands.
func group(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(cmd, args[0])
	}
	return cmd.Help()
}

// unknownCommand refuses a word, and names the commands that look like it.
func unknownCommand(cmd *cobra.Command, word string) error {
	cmd.SuggestionsMinimumDistance = 2
	if like := cmd.SuggestionsFor(word); len(like) > 0 {
		slices.Sort(like)
		return usagef("%s has no command %q; did you mean %s?", cmd.CommandPath(), word, strings.Join(like, " or "))
	}
	return usagef("%s has no command %q; see '%[1]s --help'", cmd.CommandPath(), word)
}

// notFound is the complaint about a command line whose first word is no command;
// nil if it is one.
func notFound(root *cobra.Command, args []string) error {
	if _, _, err := root.Find(args); err == nil {
		return nil
	}
	// Whatever flags stand there belong to a command that does not exist.
	root.FParseErrWhitelist.UnknownFlags = true
	_ = root.ParseFlags(args)
	return unknownCommand(root, root.Flags().Arg(0))
}

// help is cobra's own, but fails for what there is not.
func help() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND...]",
		Short: "Help about any command",
		Long:  `Shows what --help of the command shows.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			if err := notFound(root, args); err != nil {
				return err
			}
			about, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknownCommand(about, rest[0])
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if about, rest, err := cmd.Root().Find(args); err == nil && len(rest) == 0 {
				for _, c := range about.Commands() {
					if c.IsAvailableCommand() {
						names = append(names, c.Name())
					}
				}
			}
			return startingWith(word, names), noFiles
		},
	}
}

// addCompletion adds cobra's command, which fails for a shell that it does not
// know.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args, c.RunE = cobra.ArbitraryArgs, group
		}
	}
}

// badFlag says in ctl's words what is wrong with a flag.
func badFlag(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	if !errors.As(err, &value) {
		return usagef("%s: %w; see '%[1]s --help'", cmd.CommandPath(), err)
	}
	why := fmt.Sprintf("%v", value.Unwrap())
	switch value.GetFlag().Value.Type() {
	case "int32Slice":
		why = "not numbers from -2147483648 to 2147483647 with commas between them"
	case "int64":
		why = "not a number"
	case "uint32":
		why = "not a number from 0 to 4294967295"
	case "int32":
		why = "not a number from -2147483648 to 2147483647"
	case "duration":
		why = "not a span such as 500ms, 5s or 2m"
	case "bool":
		if value.GetFlag().Name == "eol" {
			break
		}
		why = "neither true nor false"
	}
	return usagef("%s: --%s %q: %s; see '%[1]s --help'", cmd.CommandPath(), value.GetFlag().Name, value.GetValue(), why)
}
