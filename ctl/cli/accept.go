package cli

import (
	"github.com/google/uuid"
	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) accept() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "accept NAME",
		Short:   "Take a connection from a listener",
		Long:    `Takes the oldest waiting connection of the listener NAME as a new socket.`,
		Example: `  ctl accept web --as c1 --wait 10s`,
		Args:    between(1, 1),
	}
	as := addAs(cmd)
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		if err := checkAs(*as); err != nil {
			return err
		}
		t, socket, err := a.onSocket(ctx, args[0])
		if err != nil {
			return err
		}
		resp, err := t.client.Accept(ctx, &farsockv1.AcceptRequest{
			Socket: socket, Name: *as, RequestId: uuid.NewString(), Wait: wait.proto(),
		})
		if err != nil {
			return t.failed(err)
		}
		return a.tellSocket(t, resp, wait, render.Accepted)
	}
	cmd.ValidArgsFunction = a.completeFirstSocket
	return cmd
}
