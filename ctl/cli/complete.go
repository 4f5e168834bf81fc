package cli

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/farsock/farsock/ctl/render"
)

// completionTime bounds what a press of the tab key may cost.
const completionTime = 3 * time.Second

// completer proposes words for an argument.
type completer = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective)

const noFiles = cobra.ShellCompDirectiveNoFileComp

// completeFlags proposes values for the flags of all commands.
func (a *app) completeFlags(root *cobra.Command) {
	for name, f := range map[string]completer{
		"agent": func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			return startingWith(word, append(a.agentNames(), "ssh://", "unix:", embeddedEndpoint)), noFiles | cobra.ShellCompDirectiveNoSpace
		},
		"session": a.completeSessions,
		"output": func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
			return startingWith(word, []string{"text", "json"}), noFiles
		},
	} {
		// Fails only for a flag that does not exist, and these do.
		_ = root.RegisterFlagCompletionFunc(name, f)
	}
}

func (a *app) completeAgentNames(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	return startingWith(word, a.agentNames()), noFiles
}

func (a *app) agentNames() []string {
	c, err := a.config()
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(c.Agents))
}

// completeNetwork proposes networks for the first argument.
func completeNetwork(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	return startingWith(word, networkWords), noFiles
}

// completeNetworkOrSocket proposes networks and socket names for the first
// argument.
func (a *app) completeNetworkOrSocket(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	return startingWith(word, append(slices.Clone(networkWords), a.socketNames(cmd)...)), noFiles
}

// completeFirstSocket proposes socket names for the first argument.
func (a *app) completeFirstSocket(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	return a.completeSockets(cmd, args, word)
}

// completeSockets proposes socket names for any argument.
func (a *app) completeSockets(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	names := slices.DeleteFunc(a.socketNames(cmd), func(n string) bool { return slices.Contains(args, n) })
	return startingWith(word, names), noFiles
}

func (a *app) completeSessions(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	var ids []string
	a.ask(cmd, func(ctx context.Context, t *target) {
		all, err := t.sessions(ctx)
		if err != nil {
			return
		}
		for _, s := range all.GetSessions() {
			ids = append(ids, render.SessionID(s))
		}
	})
	return startingWith(word, ids), noFiles
}

func (a *app) socketNames(cmd *cobra.Command) []string {
	var names []string
	a.ask(cmd, func(ctx context.Context, t *target) {
		session, _, err := t.session(ctx)
		if err != nil {
			return
		}
		all, err := t.sockets(ctx, session)
		if err != nil {
			return
		}
		for _, s := range all.GetSockets() {
			names = append(names, render.SocketID(s))
		}
	})
	return names
}

// ask connects for a completion; if that fails there is nothing to propose.
func (a *app) ask(cmd *cobra.Command, question func(context.Context, *target)) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	if t, err := a.quietTarget(ctx); err == nil && t.endpoint != embeddedEndpoint {
		question(ctx, t)
	}
}

func startingWith(prefix string, words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !strings.HasPrefix(w, prefix) })
}
