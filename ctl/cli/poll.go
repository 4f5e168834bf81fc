package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) poll() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "poll NAME[:rwuh]...",
		Short: "Wait until one of several sockets is ready",
		Long: `poll(2): waits until one of the sockets is ready for what stands after its colon:
r to receive or accept, w to send or for a connection attempt to end, u for
urgent data, h for the end of what the peer sends (POLLRDHUP). Without a colon: r.
It reads nothing.`,
		Example: `  ctl poll web c1:rw --wait 5s`,
		Args:    between(1, -1),
	}
	readHangUp := cmd.Flags().Bool("read-hang-up", false, "POLLRDHUP of every socket: as h after each colon")
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		req := &farsockv1.PollRequest{Wait: wait.proto()}
		names := make([]string, len(args))
		for i, arg := range args {
			name, item, err := pollItem(arg)
			if err != nil {
				return err
			}
			item.ReadHangUp = item.ReadHangUp || *readHangUp
			names[i], req.Items = name, append(req.Items, item)
		}
		t, err := a.targetOf(ctx, names...)
		if err != nil {
			return err
		}
		for i, item := range req.Items {
			if item.Socket, err = t.socket(ctx, names[i]); err != nil {
				return err
			}
		}
		resp, err := t.client.Sockets.Poll(ctx, req)
		if err != nil {
			return t.failed(err)
		}
		err = a.print(resp, func(w io.Writer) error {
			var b strings.Builder
			for _, r := range resp.GetReady() {
				if i := int(r.GetIndex()); i >= 0 && i < len(names) {
					b.WriteString(render.Ready(names[i], r) + "\n")
				}
			}
			_, err := io.WriteString(w, b.String())
			return err
		})
		if err != nil {
			return err
		}
		return t.outcome(resp.GetOutcome(), wait.span(), "")
	}
	cmd.ValidArgsFunction = a.completeSockets
	return cmd
}

// pollItem reads NAME or NAME:rwuh.
func pollItem(arg string) (name string, item *farsockv1.PollItem, err error) {
	name, what, said := strings.Cut(arg, ":")
	item = &farsockv1.PollItem{Readable: !said}
	for _, c := range what {
		switch c {
		case 'r':
			item.Readable = true
		case 'w':
			item.Writable = true
		case 'u':
			item.Urgent = true
		case 'h':
			item.ReadHangUp = true
		default:
			return "", nil, usagef("%q: after the colon stand r, w, u and h", arg)
		}
	}
	return name, item, nil
}
