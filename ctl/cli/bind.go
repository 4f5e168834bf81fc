package cli

import (
	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) bind() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bind NETWORK ADDR | NAME ADDR",
		Short: "Make a bound socket, or bind a socket",
		Long: `With a network: makes a socket and binds it. With the name of a socket: bind(2)
on it. The words for networks are reserved, --as refuses them: a socket that some
other client called "tcp" is meant by its uid.

` + networkHelp,
		Example: `  ctl bind udp :0 --as u
  ctl bind s 127.0.0.1:0`,
		Args: between(2, 2),
	}
	c := a.addCreation(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		n, isNetwork := networks[args[0]]
		if !isNetwork {
			if err := onlyNew(cmd, "as", "option", "protocol", "dual", "keep", "netns"); err != nil {
				return err
			}
			return a.bindOn(cmd, args[0], args[1], c.wait)
		}
		addr, err := n.address(args[1])
		if err != nil {
			return err
		}
		req, err := c.request(n.settle(addr), true)
		if err != nil {
			return err
		}
		req.Bind = addr
		return a.openAndTell(cmd.Context(), c, req)
	}
	cmd.ValidArgsFunction = a.completeNetworkOrSocket
	return cmd
}

func (a *app) bindOn(cmd *cobra.Command, name, address string, wait *waitFlag) error {
	ctx := cmd.Context()
	t, socket, err := a.onSocket(ctx, name)
	if err != nil {
		return err
	}
	addr, err := t.address(ctx, socket, address)
	if err != nil {
		return err
	}
	resp, err := t.client.Sockets.Bind(ctx, &farsockv1.BindRequest{Socket: socket, Address: addr, Wait: wait.proto()})
	if err != nil {
		return t.failed(err)
	}
	return a.tellSocket(t, resp, wait, render.Socket)
}
