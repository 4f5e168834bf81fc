package cli

import (
	"slices"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) listen() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "listen NETWORK ADDR | NAME",
		Short: "Make a listener, or make a bound socket listen",
		Long: `With a network and an address: makes a socket, binds it and listens, in one round
trip. With the name of a socket: listen(2) on it.

` + networkHelp,
		Example: `  ctl listen tcp :8080 --as web
  ctl listen tcp6 [::1]:0 --backlog 5
  ctl listen web`,
		Args: between(1, 2),
	}
	c := a.addCreation(cmd)
	backlog := cmd.Flags().Int32("backlog", 128, "listen(2)'s argument, a `NUMBER`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed("backlog") {
			backlog = nil // the agent's default, not ctl's idea of it
		}
		if len(args) == 1 {
			if err := onlyNew(cmd, "as", "option", "protocol", "dual", "keep", "netns"); err != nil {
				return err
			}
			if isNetwork(args[0]) {
				return usagef("%q is a network, and ADDR is missing: ctl listen %[1]s ADDR", args[0])
			}
			return a.listenOn(cmd, args[0], backlog)
		}
		n, err := networkOf(args[0])
		if err != nil {
			return err
		}
		if n.kind == datagrams {
			return usagef("%s has no listen(2); 'ctl bind %[1]s ADDR' makes a socket that receives", args[0])
		}
		addr, err := n.address(args[1])
		if err != nil {
			return err
		}
		req, err := c.request(n.settle(addr), true)
		if err != nil {
			return err
		}
		req.Bind, req.Listen = addr, &farsockv1.ListenStage{Backlog: backlog}
		return a.openAndTell(cmd.Context(), c, req)
	}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		words, directive := a.completeNetworkOrSocket(cmd, args, word)
		return slices.DeleteFunc(words, func(w string) bool { return networks[w].kind == datagrams }), directive
	}
	return cmd
}

func (a *app) listenOn(cmd *cobra.Command, name string, backlog *int32) error {
	ctx := cmd.Context()
	t, socket, err := a.onSocket(ctx, name)
	if err != nil {
		return err
	}
	resp, err := t.client.Sockets.Listen(ctx, &farsockv1.ListenRequest{Socket: socket, Backlog: backlog})
	if err != nil {
		return t.failed(err)
	}
	return a.tellSocket(t, resp, nil, render.Socket)
}
