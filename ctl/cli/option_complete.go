package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/farsock/farsock/ctl/render"
)

// completeOptions proposes a socket, then options with what follows their
// names.
func (a *app) completeOptions(follows string) completer {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return a.completeSockets(cmd, args, word)
		}
		return optionWords(word, follows), noFiles | cobra.ShellCompDirectiveNoSpace
	}
}

// completeOptionFlag proposes options for --option.
func completeOptionFlag(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	return optionWords(word, "="), noFiles | cobra.ShellCompDirectiveNoSpace
}

// optionWords proposes ctl's names. Those of the manual pages, of which there are
// many more, come once two letters of one stand there, in the case of these.
func optionWords(word, follows string) []string {
	var words []string
	for _, e := range allOptions() {
		switch {
		case e.Name == rawEntry.Name:
			words = append(words, "raw:")
		case e.Typed:
			words = append(words, e.Name+follows)
		}
	}
	if len(word) >= 2 {
		for _, e := range render.OptionEntries() {
			for _, c := range e.Constants {
				name := c.Name
				if word == strings.ToLower(word) {
					name = strings.ToLower(name)
				}
				words = append(words, name+follows)
			}
		}
	}
	return startingWith(word, words)
}
