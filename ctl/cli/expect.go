package cli

import (
	"bytes"
	"context"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

func (a *app) expect() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "expect NAME PATTERN | NAME --exact TEXT",
		Short: "Receive, and fail unless it is what was expected",
		Long: `On a stream socket: receives up to the end of the first match of the RE2
expression PATTERN, or with --exact exactly these bytes, and writes them to
stdout; what follows stays for the next receive. On a datagram socket the next
datagram has to match.

If the expectation is not met, for whatever reason, the exit code is 6 and
stderr shows what arrived instead, in text and hex; all of it can still be
received.`,
		Example: `  ctl expect d 'HTTP/1\.[01] 200'
  ctl expect d --exact 'Hello, client!'`,
		Args: between(1, 2),
	}
	exact := cmd.Flags().String("exact", "", "exactly these bytes come next: `TEXT`; "+escapesHelp)
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e := expecting{app: a, wait: wait}
		switch {
		case cmd.Flags().Changed("exact") == (len(args) == 2):
			return usagef("say either PATTERN or --exact TEXT")
		case len(args) == 2:
			e.pattern = args[1]
		default:
			text, err := unescape(*exact)
			if err != nil {
				return err
			}
			if len(text) == 0 {
				return usagef("--exact: nothing to expect; 'recv NAME --eof' awaits the end")
			}
			e.exact = text
		}
		return e.run(cmd.Context(), args[0])
	}
	cmd.ValidArgsFunction = a.completeFirstSocket
	return cmd
}

// expecting is one `expect`; exact is nil if there is a pattern.
type expecting struct {
	app     *app
	t       *target
	socket  string
	wait    *waitFlag
	pattern string
	exact   []byte
}

// what is the expectation in words.
func (e *expecting) what() string {
	if e.exact != nil {
		return strconv.QuoteToGraphic(string(e.exact))
	}
	return "a match of " + e.pattern
}

func (e *expecting) run(ctx context.Context, name string) error {
	var err error
	if e.t, e.socket, err = e.app.onSocket(ctx, name); err != nil {
		return err
	}
	kind, err := e.t.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: e.socket})
	if err != nil {
		return e.t.failed(err)
	}
	datagram := kind.GetSocket().GetType() != farsockv1.SocketType_SOCKET_TYPE_STREAM
	req := &farsockv1.ReceiveRequest{Socket: e.socket, Ack: farsockv1.AckMode_ACK_MODE_MANUAL, Wait: e.wait.proto()}
	if !datagram {
		e.condition(req)
	} else if e.exact == nil {
		// A whole datagram is matched here; the agent's check of the expression
		// is for streams.
		if _, err := regexp.Compile(e.pattern); err != nil {
			return &usageError{err: err}
		}
	}
	resp, err := e.t.client.Sockets.Receive(ctx, req)
	if err != nil {
		return e.t.failed(err)
	}
	if o := resp.GetOutcome(); o.GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_DONE {
		return e.unmet(resp, "expected "+e.what()+", but "+render.Outcome(o, e.wait.span()), e.t.readable(ctx, e.socket))
	}
	ended := resp.GetStoppedBy() == farsockv1.StoppedBy_STOPPED_BY_END
	if ended && len(resp.GetDatagrams()) == 0 {
		return e.unmet(resp, "expected "+e.what()+", but the stream ended", resp.GetData())
	}
	if datagram {
		return e.datagram(ctx, name, req, resp)
	}
	if e.exact != nil && !bytes.Equal(e.exact, resp.GetData()) {
		return e.unmet(resp, "expected "+e.what(), resp.GetData())
	}
	return e.met(ctx, name, req, resp)
}

func (e *expecting) condition(req *farsockv1.ReceiveRequest) {
	if e.exact != nil {
		req.Until = &farsockv1.ReceiveRequest_Exactly{Exactly: int32(min(len(e.exact), wire.MaxUnaryBytes+1))}
		return
	}
	req.Until = &farsockv1.ReceiveRequest_Pattern{Pattern: e.pattern}
}

// datagram judges the one that came.
func (e *expecting) datagram(ctx context.Context, name string, req *farsockv1.ReceiveRequest, resp *farsockv1.ReceiveResponse) error {
	if len(resp.GetDatagrams()) == 0 {
		return e.unmet(resp, "expected "+e.what(), nil)
	}
	data := resp.GetDatagrams()[0].GetData()
	holds := bytes.Equal(data, e.exact)
	if e.exact == nil {
		groups := regexp.MustCompile(e.pattern).FindSubmatch(data) // compiled before
		holds = groups != nil
		for i, g := range groups {
			e.app.env.set(groupName(name, i), string(g))
		}
	}
	if !holds {
		return e.unmet(resp, "expected "+e.what(), data)
	}
	return e.met(ctx, name, req, resp)
}

// met writes what was expected, and only then lets the agent drop it.
func (e *expecting) met(ctx context.Context, name string, req *farsockv1.ReceiveRequest, resp *farsockv1.ReceiveResponse) error {
	r := receiving{app: e.app, t: e.t, req: req, wait: e.wait}
	e.app.setReceived(name, req, resp)
	if err := r.write(resp); err != nil {
		return err
	}
	return e.t.acknowledge(ctx, req, resp)
}

// unmet leaves everything unacknowledged, so that it can still be received.
func (e *expecting) unmet(resp *farsockv1.ReceiveResponse, what string, arrived []byte) error {
	if err := e.app.print(resp, nil); err != nil {
		return err
	}
	return &unmetError{label: e.t.label, what: what, arrived: arrived, outcome: resp.GetOutcome()}
}
