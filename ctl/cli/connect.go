package cli

import (
	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) connect() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "connect NAME ADDR",
		Short: "Connect a socket",
		Long: `connect(2) on a socket. On a datagram socket it sets the default destination. An
attempt that --wait cut short goes on in the kernel; say connect again to await
it. ADDR is HOST:PORT, or a unix path.`,
		Example: `  ctl connect s lab7:8080 --wait 5s`,
		Args:    between(2, 2),
	}
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		if isNetwork(args[0]) {
			return usagef("%q is a network, not the name of a socket: 'ctl dial %[1]s ADDR' makes a socket and connects it", args[0])
		}
		t, socket, err := a.onSocket(ctx, args[0])
		if err != nil {
			return err
		}
		peer, err := t.address(ctx, socket, args[1])
		if err != nil {
			return err
		}
		resp, err := t.client.Sockets.Connect(ctx, &farsockv1.ConnectRequest{Socket: socket, Peer: peer, Wait: wait.proto()})
		if err != nil {
			return t.failed(err)
		}
		return a.tellSocket(t, resp, wait, render.Socket)
	}
	cmd.ValidArgsFunction = a.completeFirstSocket
	return cmd
}
