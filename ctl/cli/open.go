package cli

import "github.com/spf13/cobra"

func (a *app) open() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "open NETWORK",
		Short: "Make a bare socket, to bind, listen or connect later",
		Long: `Makes a socket and sets its options; nothing more.

` + networkHelp,
		Example: `  ctl open tcp --as s --option no-delay=1
  ctl bind s 127.0.0.1:0
  ctl connect s lab7:8080`,
		Args: between(1, 1),
	}
	c := a.addCreation(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		n, err := networkOf(args[0])
		if err != nil {
			return err
		}
		req, err := c.request(n, true)
		if err != nil {
			return err
		}
		return a.openAndTell(cmd.Context(), c, req)
	}
	cmd.ValidArgsFunction = completeNetwork
	return cmd
}
