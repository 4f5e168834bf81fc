package cli

import "github.com/spf13/cobra"

func (a *app) dial() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dial NETWORK ADDR",
		Short: "Make a socket and connect it",
		Long: `Makes a socket and connects it to ADDR, in one round trip. A name is resolved on
the agent's host; the first address is used. Unless --keep is given the socket
is closed again when that fails.

` + networkHelp,
		Example: `  ctl dial tcp lab7:8080 --as d
  ctl dial tcp lab7:8080 --bind 10.0.0.9:0 --wait 2s`,
		Args: between(2, 2),
	}
	c := a.addCreation(cmd)
	bind := cmd.Flags().String("bind", "", "bind to `ADDR` first")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		n, err := networkOf(args[0])
		if err != nil {
			return err
		}
		peer, err := n.address(args[1])
		if err != nil {
			return err
		}
		req, err := c.request(n.settle(peer), false)
		if err != nil {
			return err
		}
		req.Connect = peer
		if cmd.Flags().Changed("bind") {
			if req.Bind, err = n.address(*bind); err != nil {
				return err
			}
		}
		return a.openAndTell(cmd.Context(), c, req)
	}
	cmd.ValidArgsFunction = completeNetwork
	return cmd
}
