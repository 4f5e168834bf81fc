package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

// socketStates are the contract's, as `show` writes them.
func socketStates() []string {
	var words []string
	for n := range farsockv1.SocketState_name {
		if s := farsockv1.SocketState(n); s != farsockv1.SocketState_SOCKET_STATE_UNSPECIFIED {
			words = append(words, render.State(s))
		}
	}
	slices.Sort(words)
	return words
}

func (a *app) await() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "await NAME STATE...",
		Short: "Wait until a socket is in a state",
		Long: `Waits until the socket NAME is in one of the STATEs, its own or the kernel's TCP
states. The agent looks about every 20 ms; a state that lasts less may be
missed. The states are ` + strings.Join(socketStates(), ", ") + `;
and of TCP
` + strings.Join(render.Wrap(strings.Join(wire.TCPStates(), ", "), 80), "\n") + `.`,
		Example: `  ctl await d CLOSE_WAIT --wait 5s
  ctl await d connected disconnected`,
		Args: between(2, -1),
	}
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		req := &farsockv1.WaitSocketRequest{Wait: wait.proto()}
		for _, word := range args[1:] {
			if err := addState(req, word); err != nil {
				return err
			}
		}
		t, socket, err := a.onSocket(ctx, args[0])
		if err != nil {
			return err
		}
		req.Socket = socket
		resp, err := t.client.Sockets.WaitSocket(ctx, req)
		if err != nil {
			return t.failed(err)
		}
		s := resp.GetSocket()
		a.setSocket(s)
		now := ""
		if s != nil {
			now = render.SocketWithTCP(s)
		}
		if o := resp.GetOutcome(); o.GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_DONE {
			if err := a.print(resp, nil); err != nil {
				return err
			}
			return t.outcome(o, wait.span(), now)
		}
		return a.print(resp, sentence(now))
	}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return a.completeSockets(cmd, args, word)
		}
		return startingWith(word, append(socketStates(), wire.TCPStates()...)), noFiles
	}
	return cmd
}

// addState adds a state to those that are waited for. Case and '-' for '_' do not
// matter; no word is a state of both kinds.
func addState(req *farsockv1.WaitSocketRequest, word string) error {
	name := strings.ToUpper(strings.ReplaceAll(word, "-", "_"))
	if n, ok := farsockv1.SocketState_value["SOCKET_STATE_"+name]; ok && n != 0 {
		req.States = append(req.States, farsockv1.SocketState(n))
		return nil
	}
	if wire.ValidTCPState(name) {
		req.TcpStates = append(req.TcpStates, name)
		return nil
	}
	return usagef("STATE %q: say one of %s, or of TCP's %s", word, strings.Join(socketStates(), ", "), strings.Join(wire.TCPStates(), ", "))
}
