package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// creation is what the commands share that make a socket by Open.
type creation struct {
	as       *string
	options  *[]string
	protocol *int32
	dual     *bool
	keep     *bool
	netns    *netnsFlag
	wait     *waitFlag
	cmd      *cobra.Command
}

func (a *app) addCreation(cmd *cobra.Command) *creation {
	f := cmd.Flags()
	c := &creation{
		cmd:      cmd,
		as:       addAs(cmd),
		options:  f.StringArray("option", nil, "set `KEY=VALUE` first, for example reuse-address=1;\nrepeatable, in order"),
		protocol: f.Int32("protocol", 0, "socket(2)'s third argument, a `NUMBER`"),
		dual:     f.Bool("dual", false, "IPv6 and IPv4 on one socket"),
		keep:     f.Bool("keep", false, "keep the socket when a stage fails, to go on from there"),
		netns:    a.addNetns(cmd),
		wait:     a.addWait(cmd),
	}
	// Fails only for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("option", completeOptionFlag)
	return c
}

// request is an Open without stages, for the network's word and the addresses
// that may settle its family. A socket that will be bound is IPv6 alone unless
// --dual says otherwise, so that tcp6 means the same on every host.
func (c *creation) request(n network, bound bool) (*farsockv1.OpenRequest, error) {
	if err := checkAs(*c.as); err != nil {
		return nil, err
	}
	req := &farsockv1.OpenRequest{Name: *c.as, Family: n.family, Type: n.kind, Protocol: n.protocol, KeepOnFailure: *c.keep, Wait: c.wait.proto()}
	if c.cmd.Flags().Changed("protocol") {
		if n.protocol != nil {
			return nil, usagef("--protocol: the network is a word for one already")
		}
		req.Protocol = c.protocol
	}
	said := false
	for _, s := range *c.options {
		opt, err := parseOption(s)
		if err != nil {
			return nil, err
		}
		_, v6 := opt.GetOption().(*farsockv1.SocketOption_V6Only)
		said = said || v6
		req.Options = append(req.Options, opt)
	}
	if *c.dual {
		if n.family == farsockv1.Family_FAMILY_UNIX {
			return nil, usagef("--dual is for tcp and udp")
		}
		if said {
			return nil, usagef("--dual and --option v6-only exclude each other")
		}
		req.Family = farsockv1.Family_FAMILY_INET6
	}
	if req.Family == farsockv1.Family_FAMILY_INET6 && !said && (bound || *c.dual) {
		req.Options = append(req.Options, &farsockv1.SocketOption{Option: &farsockv1.SocketOption_V6Only{V6Only: !*c.dual}})
	}
	return req, nil
}

// openAndTell sends the request and tells what became of it.
func (a *app) openAndTell(ctx context.Context, c *creation, req *farsockv1.OpenRequest) error {
	t, err := a.target(ctx)
	if err != nil {
		return err
	}
	req.NetworkNamespace = c.netns.in(t)
	resp, err := t.openSocket(ctx, req, c.typed())
	if err != nil {
		return err
	}
	err = a.tellSocket(t, resp, c.wait, render.Socket)
	if i := int(resp.GetOptionIndex()); resp.OptionIndex != nil && i >= 0 && i < len(req.GetOptions()) {
		return blaming(err, c.optionText(req, i))
	}
	return err
}

// optionText is an option as it was typed, or as --dual made it.
func (c *creation) optionText(req *farsockv1.OpenRequest, i int) string {
	if i < len(*c.options) {
		return (*c.options)[i]
	}
	return render.Option(req.GetOptions()[i])
}

// typed is what people wrote for the request's options.
func (c *creation) typed() map[string]string {
	typed := map[string]string{}
	for i, s := range *c.options {
		typed[fmt.Sprintf("options[%d]", i)] = "--option " + s
	}
	return typed
}
