package cli

import (
	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) disconnect() *cobra.Command {
	return &cobra.Command{
		Use:   "disconnect NAME",
		Short: "Dissolve a socket's connection, as connect(2) with AF_UNSPEC",
		Long: `connect(2) with AF_UNSPEC. A datagram socket has no default destination any more
and hears everyone again; a port that the kernel had chosen is gone with it. A TCP
socket's connection is reset, or its listening ended; it can be used again.`,
		Example: `  ctl disconnect u`,
		Args:    between(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			t, socket, err := a.onSocket(ctx, args[0])
			if err != nil {
				return err
			}
			resp, err := t.client.Sockets.Connect(ctx, &farsockv1.ConnectRequest{Socket: socket, Disconnect: true})
			if err != nil {
				return t.failed(err)
			}
			return a.tellSocket(t, resp, nil, render.Socket)
		},
		ValidArgsFunction: a.completeFirstSocket,
	}
}
