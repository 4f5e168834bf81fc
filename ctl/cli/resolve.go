package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) resolve() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "resolve HOST",
		Short: "Resolve a name as the agent's host does",
		Long: `Writes the addresses of HOST, one a line, in the order of the host's resolver. In
a network namespace that is given by name /etc/netns/NAME counts, as for
ip-netns(8).`,
		Example: `  ctl --agent lab7 resolve lab9`,
		Args:    between(1, 1),
	}
	four := cmd.Flags().BoolP("ipv4", "4", false, "IPv4 addresses alone")
	six := cmd.Flags().BoolP("ipv6", "6", false, "IPv6 addresses alone")
	netns := a.addNetns(cmd)
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		if err := exclusive(cmd, "ipv4", "ipv6"); err != nil {
			return err
		}
		req := &farsockv1.ResolveRequest{Host: args[0], Wait: wait.proto()}
		switch {
		case *four:
			req.Family = farsockv1.Family_FAMILY_INET
		case *six:
			req.Family = farsockv1.Family_FAMILY_INET6
		}
		t, err := a.target(ctx)
		if err != nil {
			return err
		}
		req.NetworkNamespace = netns.in(t)
		resp, err := t.client.Sockets.Resolve(ctx, req)
		if err != nil {
			return t.failed(err)
		}
		err = a.print(resp, func(w io.Writer) error {
			var b strings.Builder
			for _, addr := range resp.GetAddresses() {
				b.WriteString(render.Escape(addr) + "\n")
			}
			_, err := io.WriteString(w, b.String())
			return err
		})
		if err != nil {
			return err
		}
		return t.outcome(resp.GetOutcome(), wait.span(), "")
	}
	return cmd
}
