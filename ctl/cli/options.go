package cli

import (
	"encoding/json"
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
		Use:     "options [NAME [OPTION...]]",
		Short:   "Read and set socket options",
		Long:    `Reads and sets socket options; 'ctl options list' has their names. With a socket's NAME alone it is 'ctl options get'.`,
		Example: "  ctl options d\n  ctl options set d no-delay=1",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return group(cmd, args)
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
		Use:     "get NAME [OPTION...]",
		Short:   "Read options as the kernel has them",
		Long:    `getsockopt(2) for each OPTION, or for all that the socket has. raw:LEVEL:NAME reads any option by its numbers.`,
		Example: "  ctl options get d no-delay ttl raw:1:9",
		Args:    between(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			req := &farsockv1.GetOptionsRequest{}
			typed := map[string]string{}
			for _, name := range args[1:] {
				if strings.HasPrefix(name, "raw:") {
					raw, err := rawName(name)
					if err != nil {
						return usagef("option %q: %w", name, err)
					}
					req.Raw = append(req.Raw, raw)
					continue
				}
				field, err := optionField(name)
				if err != nil {
					return &usageError{err: err}
				}
				typed[fmt.Sprintf("names[%d]", len(req.Names))] = "option " + name
				req.Names = append(req.Names, string(field.Name()))
			}
			t, socket, err := a.onSocket(ctx, args[0])
			if err != nil {
				return err
			}
			req.Socket = socket
			resp, err := t.client.Sockets.GetOptions(ctx, req)
			if err != nil {
				return t.failedAt(err, typed)
			}
			return a.tell(t, resp, resp.GetOutcome(), optionLines(resp.GetOptions()))
		},
		ValidArgsFunction: a.completeOptions("="),
	}
}

func (a *app) optionsSet() *cobra.Command {
	return &cobra.Command{
		Use:     "set NAME OPTION=VALUE...",
		Short:   "Set options",
		Long:    `setsockopt(2) in this order, up to the first failure; writes what the kernel then reads back.`,
		Example: "  ctl options set d no-delay=1 linger=0",
		Args:    between(2, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			req := &farsockv1.SetOptionsRequest{}
			for _, s := range args[1:] {
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
				return t.failed(err)
			}
			if err := a.print(resp, optionLines(resp.GetOptions())); err != nil {
				return err
			}
			more := ""
			if i := int(resp.GetFailedIndex()); resp.FailedIndex != nil && i >= 0 && i < len(req.Options) {
				more = "setting " + render.Option(req.GetOptions()[i])
			}
			return t.outcome(resp.GetOutcome(), noWait, more)
		},
		ValidArgsFunction: a.completeOptions(""),
	}
}

func (a *app) optionsList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the options and the values that they take",
		Long:    `Lists the options of the contract with their values and units. Those that agents of this version do not have are marked.`,
		Example: "  ctl options list",
		Args:    between(0, 0),
		RunE: func(*cobra.Command, []string) error {
			if a.json() {
				return stdoutError(json.NewEncoder(a.env.Stdout).Encode(map[string]any{"options": optionForms()}))
			}
			var b strings.Builder
			for _, form := range optionForms() {
				b.WriteString(form.String() + "\n")
			}
			_, err := io.WriteString(a.env.Stdout, b.String())
			return stdoutError(err)
		},
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
