package cli

import (
	"context"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// sendOffset is --offset and --holder, which make a send safe to repeat.
type sendOffset struct {
	cmd    *cobra.Command
	at     *int64  // where the next Send starts
	holder *string // who sends

	datagrams bool  // the socket counts these, not bytes; set by find
	skipped   int64 // of what was to be sent, since it had been
}

func addSendOffset(cmd *cobra.Command) *sendOffset {
	f := cmd.Flags()
	return &sendOffset{
		cmd:    cmd,
		at:     f.Int64("offset", 0, "DATA begins at byte (datagram) `N` of all that was sent; needs --holder"),
		holder: f.String("holder", "", "the `NAME` of who sends; needs --offset"),
	}
}

// said holds if the send is one that may be repeated.
func (o *sendOffset) said() bool { return o.cmd.Flags().Changed("offset") }

// check refuses one without the other.
func (o *sendOffset) check() error {
	holder := o.cmd.Flags().Changed("holder")
	switch {
	case o.said() && !holder:
		return usagef("--offset needs --holder: only what the same holder sent is known to be the same")
	case holder && !o.said():
		return usagef("--holder is for --offset")
	case o.said() && *o.at < 0:
		return usagef("--offset: must be 0 or more, is %d", *o.at)
	}
	return nil
}

// find asks what the socket counts.
func (o *sendOffset) find(ctx context.Context, t *target, socket string) error {
	if !o.said() {
		return nil
	}
	resp, err := t.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: socket})
	if err != nil {
		return t.failed(err)
	}
	o.datagrams = resp.GetSocket().GetType() == datagrams
	return nil
}

// put says where the request's data starts.
func (o *sendOffset) put(req *farsockv1.SendRequest) {
	if o.said() {
		at := *o.at
		req.Offset, req.Holder = &at, *o.holder
	}
}

// sent goes on behind what the request had.
func (o *sendOffset) sent(req *farsockv1.SendRequest, resp *farsockv1.SendResponse) {
	o.skipped += resp.GetSkipped()
	switch {
	case len(req.GetDatagrams()) > 0:
		*o.at += int64(len(req.GetDatagrams()))
	case o.datagrams:
		*o.at++
	default:
		*o.at += int64(len(req.GetData()))
	}
}

// tell says what was not sent again, if anything was not.
func (o *sendOffset) tell(a *app) {
	if o.skipped == 0 || a.json() {
		return
	}
	unit := "byte"
	if o.datagrams {
		unit = "datagram"
	}
	a.say(render.Count(o.skipped, unit) + " had been sent before, and not again")
}
