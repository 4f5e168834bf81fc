package cli

import (
	"context"
	"encoding/json"
	"fmt"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

// tally is how much went through a verb that shows no bytes, for -o json.
type tally struct {
	Bytes     int64 `json:"bytes"`
	Datagrams int64 `json:"datagrams"`
	End       bool  `json:"end"` // the stream's end was met
}

func (a *app) tellTally(n tally, text string) error {
	if a.json() {
		return stdoutError(json.NewEncoder(a.env.Stdout).Encode(n))
	}
	return stdoutError(sentence(text)(a.env.Stdout))
}

// checking is one `recv --pattern`.
type checking struct {
	app     *app
	t       *target
	socket  string
	pattern *pattern
	size    int64 // of each time
	times   int
	most    *int32 // datagrams by one call; nil: one
	wait    waitFlag
	budget  budget
	got     tally
}

func (c *checking) run(ctx context.Context, name string) error {
	var err error
	if c.t, c.socket, err = c.app.onSocket(ctx, name); err != nil {
		return err
	}
	c.budget = c.wait.begin()
	for done := 0; done < c.times; {
		n, err := c.once(ctx, c.times-done)
		if err != nil {
			return err
		}
		done += n
	}
	if c.app.json() {
		return c.app.tellTally(c.got, "")
	}
	c.app.say(c.soFar())
	return nil
}

func (c *checking) soFar() string {
	s := render.Count(c.got.Bytes, "byte") + ", as the pattern has them"
	switch n := c.got.Datagrams; {
	case n > 0 && n < int64(c.times):
		s = fmt.Sprintf("%d of %d datagrams, ", n, c.times) + s
	case n > 0:
		s = render.Count(n, "datagram") + ", " + s
	}
	return s
}

// once takes the pattern's size as often as one receive of datagrams can, or by
// as many receives as a stream needs, and says how often that was. What differs is
// not acknowledged, and can still be received.
func (c *checking) once(ctx context.Context, times int) (int, error) {
	for left := c.size; left > 0; {
		most := int32(min(left, wire.MaxUnaryBytes))
		req := &farsockv1.ReceiveRequest{
			Socket: c.socket, MaxBytes: &most, Wait: c.budget.left(), Ack: farsockv1.AckMode_ACK_MODE_MANUAL,
		}
		if c.most != nil {
			many := int32(min(int(*c.most), times, wire.MaxDatagrams))
			req.MaxDatagrams = &many
		}
		resp, err := c.t.client.Sockets.Receive(ctx, req)
		if err != nil {
			return 0, c.t.failedAt(err, map[string]string{"max_bytes": "--pattern"})
		}
		if err := c.t.outcome(resp.GetOutcome(), c.wait.span(), c.soFar()); err != nil {
			if acked := c.t.acknowledge(ctx, req, resp); acked != nil { // an error is told once
				return 0, acked
			}
			return 0, err
		}
		if n := len(resp.GetDatagrams()); n > 0 {
			return n, c.datagrams(ctx, req, resp)
		}
		if at := c.pattern.differs(resp.GetData()); at >= 0 {
			return 0, c.unmet(resp, c.differs(resp.GetData(), at), resp.GetData()[at:])
		}
		c.got.Bytes += int64(len(resp.GetData()))
		left -= int64(len(resp.GetData()))
		if err := c.t.acknowledge(ctx, req, resp); err != nil {
			return 0, err
		}
		if left > 0 && resp.GetStoppedBy() == farsockv1.StoppedBy_STOPPED_BY_END {
			return 0, c.unmet(resp, fmt.Sprintf("the stream ended after %d of %s of the pattern", c.got.Bytes, render.Count(c.size*int64(c.times), "byte")), nil)
		}
	}
	return 1, nil
}

// differs says which byte is another than the pattern's, which has its place
// before data.
func (c *checking) differs(data []byte, at int) string {
	offset := c.pattern.offset + int64(at)
	return fmt.Sprintf("byte %d is 0x%02x, the pattern has 0x%02x", offset, data[at], patternByte(c.pattern.seed, offset))
}

func (c *checking) unmet(resp *farsockv1.ReceiveResponse, what string, arrived []byte) error {
	return &unmetError{label: c.t.label, what: what, arrived: arrived, outcome: resp.GetOutcome()}
}
