package cli

import (
	"io"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) show() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Show all that is known of a socket",
		Long: `Shows a socket's addresses, state, counters and queues as its host's kernel has
them, of a TCP connection what TCP_INFO says, of an MPTCP connection also what
MPTCP_INFO says and each of its subflows, and its memory (SO_MEMINFO). It changes
nothing.`,
		Example: `  ctl show web`,
		Args:    between(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			t, socket, err := a.onSocket(ctx, args[0])
			if err != nil {
				return err
			}
			resp, err := t.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: socket})
			if err != nil {
				return t.failed(err)
			}
			a.setSocket(resp.GetSocket())
			return a.print(resp, func(w io.Writer) error {
				if err := render.SocketDetail(w, a.env.width(), resp); err != nil {
					return err
				}
				return render.Kernel(w, a.env.width(), resp)
			})
		},
		ValidArgsFunction: a.completeFirstSocket,
	}
}
