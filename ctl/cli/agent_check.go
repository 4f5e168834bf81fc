package cli

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

const (
	// checksAtOnce bounds how many agents are asked side by side: over ssh each
	// is a process.
	checksAtOnce = 8
	// checkTime bounds each.
	checkTime = 15 * time.Second
)

// checked is what one agent answered.
type checked struct {
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`
	// NetworkNamespace is the one that the name stands for.
	NetworkNamespace string `json:"networkNamespace,omitempty"`
	OK               bool   `json:"ok"`
	Version          string `json:"version,omitempty"`
	Host             string `json:"host,omitempty"`
	Problem          string `json:"problem,omitempty"`

	err error
}

func (a *app) agentCheck() *cobra.Command {
	return &cobra.Command{
		Use:     "check [NAME|ENDPOINT...]",
		Short:   "Ask agents whether they answer",
		Long:    `Connects to each agent (default: all that have names) and shows how that went. The exit code is the first failure's, 3 if one cannot be reached.`,
		Example: `  ctl agent check lab7 lab9`,
		Args:    between(0, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			names := args
			if len(names) == 0 {
				c, err := a.config()
				if err != nil {
					return err
				}
				names = slices.Sorted(maps.Keys(c.Agents))
			}
			if len(names) == 0 {
				a.say("no agents; add one with: ctl agent add NAME ENDPOINT")
				return nil
			}
			results := a.checkAll(cmd.Context(), names)
			if err := a.tellChecked(results); err != nil {
				return err
			}
			var errs []error
			for _, r := range results {
				if r.err != nil {
					errs = append(errs, r.err)
				}
			}
			return several(errs)
		},
		ValidArgsFunction: a.completeAgentNames,
	}
}

func (a *app) checkAll(ctx context.Context, names []string) []checked {
	results := make([]checked, len(names))
	slots := make(chan struct{}, checksAtOnce)
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			slots <- struct{}{}
			results[i] = a.check(ctx, name)
			<-slots
		})
	}
	all.Wait()
	return results
}

func (a *app) check(ctx context.Context, name string) checked {
	r := checked{Name: name}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	p, err := a.place(name)
	r.Endpoint, r.NetworkNamespace = p.endpoint, p.netns
	if err == nil {
		var t *target
		if t, err = a.connectTo(ctx, p); err == nil {
			var resp *farsockv1.GetAgentResponse
			resp, err = t.client.Agents.GetAgent(ctx, &farsockv1.GetAgentRequest{NetworkNamespace: p.netns})
			r.Version, r.Host = resp.GetAgent().GetVersion(), resp.GetAgent().GetHostname()
			err = t.failed(err)
		}
	}
	r.OK, r.err = err == nil, err
	if err != nil {
		r.Problem = sentenceOf(ctx, err)
	}
	return r
}

func (a *app) tellChecked(results []checked) error {
	if a.json() {
		var errs []error
		for _, r := range results {
			errs = append(errs, json.NewEncoder(a.env.Stdout).Encode(r))
		}
		return stdoutError(errors.Join(errs...))
	}
	rows := make([][]string, len(results))
	for i, r := range results {
		state := "ok"
		if !r.OK {
			state = "failed"
			if _, code := exitOf(context.Background(), r.err); code == exitUnreachable {
				state = "unreachable"
			}
		}
		rows[i] = []string{render.Escape(r.Name), state, render.Escape(r.Version), render.Escape(r.Host), render.Escape(r.NetworkNamespace), render.Escape(r.Endpoint)}
	}
	columns := []render.Column{{Title: "NAME"}, {Title: "STATE"}, {Title: "VERSION", Drop: 3}, {Title: "HOST", Drop: 2}, {Title: "NETNS", Lead: "netns "}, {Title: "ENDPOINT", Drop: 1}}
	columns, rows = render.WithoutEmpty(columns, rows, "NETNS")
	return stdoutError(a.tellLeftOut(render.Table(a.env.Stdout, a.env.width(), columns, rows)))
}
