package cli

import (
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/farsock/farsock/ctl/render"
)

// rawEntry is the option that has no name.
var rawEntry = render.OptionEntry{
	Name: "raw:LEVEL:NAME", Values: "NUMBER|0xHEX", Typed: true,
	Does: "any option by its numbers on the agent's host",
	Note: "A NUMBER is 4 bytes in the host's order. Read, it is 4 bytes too.",
}

func (a *app) optionsList() *cobra.Command {
	return &cobra.Command{
		Use:   "list [WORD...]",
		Short: "List and explain the options",
		Long: `Lists the options by name, with their values, what they do, and the constants of
the manual pages that they stand for; these are names too, in any case. With
WORDs only those that have one of them in a name or in what they do, or are what
people look for under it (icmp, pmtu, ssm, rtt, dscp ...). If every
WORD is an option's name, or only one option is left, all that is known of it.`,
		Example: "  ctl options list\n  ctl options list multicast\n  ctl options list IP_TTL linger",
		Args:    between(0, -1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.listOptions(args)
		},
		ValidArgsFunction: func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			return optionWords(word, ""), noFiles
		},
	}
}

func (a *app) listOptions(words []string) error {
	entries := allOptions()
	details := false
	if len(words) > 0 {
		if entries, details = chosenOptions(words); len(entries) == 0 {
			return usagef("no option has %s in its name or in what it does; see 'ctl options list'", strings.Join(words, " or "))
		}
	}
	if a.json() {
		return stdoutError(json.NewEncoder(a.env.Stdout).Encode(map[string]any{"options": describeOptions(entries)}))
	}
	if details {
		return stdoutError(render.OptionDetails(a.env.Stdout, a.env.width(), entries))
	}
	if err := render.OptionList(a.env.Stdout, a.env.width(), entries); err != nil {
		return stdoutError(err)
	}
	if len(words) > 0 {
		return nil
	}
	_, err := io.WriteString(a.env.Stdout, "\n'ctl options list WORD' explains one.\n")
	return stdoutError(err)
}

// allOptions are the entries that people choose from.
func allOptions() []render.OptionEntry {
	return append([]render.OptionEntry{rawEntry}, render.OptionEntries()...)
}

// chosenOptions are those that the words are about; details says to explain
// them.
func chosenOptions(words []string) (entries []render.OptionEntry, details bool) {
	details = true
	for _, word := range words {
		if o, err := findOption(word); err == nil && o.entry.Name != "" {
			if !slices.ContainsFunc(entries, func(e render.OptionEntry) bool { return e.Name == o.entry.Name }) {
				entries = append(entries, o.entry)
			}
			continue
		}
		details = false
		break
	}
	if details {
		return entries, true
	}
	entries = nil
	for _, e := range allOptions() {
		for _, word := range words {
			if e.About(word) {
				entries = append(entries, e)
				break
			}
		}
	}
	return entries, len(entries) == 1
}

// optionDescription is an option as JSON has it.
type optionDescription struct {
	Name      string           `json:"name"`
	Values    string           `json:"values"` // with its unit: "0|1", "MILLISECONDS"
	Does      string           `json:"does"`
	Note      string           `json:"note,omitempty"`
	Access    string           `json:"access,omitempty"`
	Group     string           `json:"group"`
	Typed     bool             `json:"typed"` // a member of SocketOption
	Constants []optionConstant `json:"constants"`
}

type optionConstant struct {
	Name   string `json:"name"`
	Level  int32  `json:"level"`
	Number int32  `json:"number"`
}

func describeOptions(entries []render.OptionEntry) []optionDescription {
	list := make([]optionDescription, len(entries))
	for i, e := range entries {
		constants := []optionConstant{}
		for _, c := range e.Constants {
			constants = append(constants, optionConstant{c.Name, c.Level, c.Number})
		}
		list[i] = optionDescription{e.Name, e.Values, e.Does, e.Note, e.Access, render.OptionGroups[e.Group], e.Typed, constants}
	}
	return list
}
