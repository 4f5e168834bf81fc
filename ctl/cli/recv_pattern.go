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
	for range c.times {
		if err := c.once(ctx); err != nil {
			return err
		}
	}
	if c.app.json() {
		return c.app.tellTally(c.got, "")
	}
	c.app.say(c.soFar())
	return nil
}

func (c *checking) soFar() string {
	s := render.Count(c.got.Bytes, "byte") + ", as the pattern has them"
	if c.got.Datagrams > 0 {
		s = render.Count(c.got.Datagrams, "datagram") + ", " + s
	}
	return s
}

// once takes the pattern's size: one datagram, or as many receives as a stream
// needs. What differs is not acknowledged, and can still be received.
func (c *checking) once(ctx context.Context) error {
	for left := c.size; left > 0; {
		most := int32(min(left, wire.MaxUnaryBytes))
		req := &farsockv1.ReceiveRequest{
			Socket: c.socket, MaxBytes: &most, Wait: c.budget.left(), Ack: farsockv1.AckMode_ACK_MODE_MANUAL,
		}
		resp, err := c.t.client.Sockets.Receive(ctx, req)
		if err != nil {
			return c.t.failedAt(err, map[string]string{"max_bytes": "--pattern"})
		}
		if err := c.t.outcome(resp.GetOutcome(), c.wait.span(), c.soFar()); err != nil {
			if acked := c.t.acknowledge(ctx, req, resp); acked != nil { // an error is told once
				return acked
			}
			return err
		}
		data := resp.GetData()
		for _, d := range resp.GetDatagrams() {
			data = d.GetData()
			if d.GetFullLength() != c.size {
				return c.unmet(resp, fmt.Sprintf("a datagram of %s came, not of %d", render.Count(d.GetFullLength(), "byte"), c.size), data)
			}
			c.got.Datagrams++
		}
		if at := c.pattern.differs(data); at >= 0 {
			return c.differs(resp, data, at)
		}
		c.got.Bytes += int64(len(data))
		left -= int64(len(data))
		if err := c.t.acknowledge(ctx, req, resp); err != nil {
			return err
		}
		if left > 0 && resp.GetStoppedBy() == farsockv1.StoppedBy_STOPPED_BY_END {
			return c.unmet(resp, fmt.Sprintf("the stream ended after %d of %s of the pattern", c.got.Bytes, render.Count(c.size*int64(c.times), "byte")), nil)
		}
	}
	return nil
}

func (c *checking) differs(resp *farsockv1.ReceiveResponse, data []byte, at int) error {
	offset := c.pattern.offset + int64(at)
	return c.unmet(resp, fmt.Sprintf("byte %d is 0x%02x, the pattern has 0x%02x", offset, data[at], patternByte(c.pattern.seed, offset)), data[at:])
}

func (c *checking) unmet(resp *farsockv1.ReceiveResponse, what string, arrived []byte) error {
	return &unmetError{label: c.t.label, what: what, arrived: arrived, outcome: resp.GetOutcome()}
}
