package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

func (a *app) options() *cobra.Command {
	get := a.optionsGet()
	cmd := &cobra.Command{
		Use:   "options [NAME [OPTION...]]",
		Short: "Read, set and explain socket options",
		Long: `Reads and sets socket options. Alone it is 'ctl options list', which has their
names and explains them; with a socket's NAME it is 'ctl options get'.`,
		Example: "  ctl options\n  ctl options d\n  ctl options set d no-delay=1 TCP_SYNCNT=3",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listOptions(nil)
			}
			return get.RunE(cmd, args)
		},
		ValidArgsFunction: get.ValidArgsFunction,
	}
	cmd.AddCommand(get, a.optionsSet(), a.optionsList())
	return cmd
}

func (a *app) optionsGet() *cobra.Command {
	return &cobra.Command{
		Use:   "get NAME [OPTION...]",
		Short: "Read options as the kernel has them",
		Long: `getsockopt(2) for each OPTION, or for all of the contract's that the socket has,
'error' excepted, since reading it clears it. An OPTION is a name of 'ctl
options list' or raw:LEVEL:NAME. Those that go by their numbers come last.`,
		Example: "  ctl options get d no-delay TCP_SYNCNT raw:1:9",
		Args:    between(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			req, asked, err := optionsAsked(args[1:])
			if err != nil {
				return err
			}
			t, socket, err := a.onSocket(ctx, args[0])
			if err != nil {
				return err
			}
			req.Socket = socket
			resp, err := t.client.Sockets.GetOptions(ctx, req)
			if err != nil {
				return t.failedAt(err, asked.typed)
			}
			if err := a.print(resp, optionLines(resp.GetOptions())); err != nil {
				return err
			}
			about := ""
			if i := len(resp.GetOptions()); i < len(asked.words) {
				about = asked.words[i]
			}
			return blaming(t.outcome(resp.GetOutcome(), noWait, ""), about)
		},
		ValidArgsFunction: a.completeOptions(""),
	}
}

// askedOptions is how people wrote what a request asks for.
type askedOptions struct {
	words []string          // in the order of the answer
	typed map[string]string // by the contract's path
}

func optionsAsked(names []string) (*farsockv1.GetOptionsRequest, askedOptions, error) {
	req := &farsockv1.GetOptionsRequest{}
	asked := askedOptions{typed: map[string]string{}}
	var numbered []string
	for _, name := range names {
		o, err := findOption(name)
		switch {
		case err != nil:
			return nil, asked, usagef("option %q: %w", name, err)
		case !o.typed():
			at := fmt.Sprintf("raw[%d]", len(req.Raw))
			for _, field := range []string{"", ".level", ".name", ".size"} {
				asked.typed[at+field] = "option " + name
			}
			req.Raw = append(req.Raw, o.asked())
			numbered = append(numbered, name)
		case o.entry.Access == "write only":
			return nil, asked, usagef("option %q: it can be set but not read", name)
		default:
			asked.typed[fmt.Sprintf("names[%d]", len(req.Names))] = "option " + name
			req.Names = append(req.Names, string(o.field()))
			asked.words = append(asked.words, name)
		}
	}
	asked.words = append(asked.words, numbered...)
	return req, asked, nil
}

func (a *app) optionsSet() *cobra.Command {
	return &cobra.Command{
		Use:     "set NAME OPTION=VALUE...",
		Short:   "Set options",
		Long:    `setsockopt(2) in this order, up to the first failure; writes what the kernel then reads back.`,
		Example: "  ctl options set d no-delay=1 linger=0\n  ctl options set u multicast-join=239.1.1.1%eth0 IP_MINTTL=5",
		Args:    between(2, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			req := &farsockv1.SetOptionsRequest{}
			typed := map[string]string{}
			for i, s := range args[1:] {
				typed[fmt.Sprintf("options[%d]", i)] = "option " + s
				opt, err := parseOption(s)
				if err != nil {
					return err
				}
				req.Options = append(req.Options, opt)
			}
			t, socket, err := a.onSocket(ctx, args[0])
			if err != nil {
				return err
			}
			req.Socket = socket
			resp, err := t.client.Sockets.SetOptions(ctx, req)
			if err != nil {
				return t.failedAt(err, typed)
			}
			if err := a.print(resp, optionLines(resp.GetOptions())); err != nil {
				return err
			}
			about := ""
			if i := int(resp.GetFailedIndex()); resp.FailedIndex != nil && i >= 0 && i < len(req.Options) {
				about = args[1+i]
			}
			return blaming(t.outcome(resp.GetOutcome(), noWait, ""), about)
		},
		ValidArgsFunction: a.completeOptions("="),
	}
}

func optionLines(options []*farsockv1.SocketOption) func(io.Writer) error {
	return func(w io.Writer) error {
		var b strings.Builder
		for _, o := range options {
			b.WriteString(render.Option(o) + "\n")
		}
		_, err := io.WriteString(w, b.String())
		return err
	}
}
