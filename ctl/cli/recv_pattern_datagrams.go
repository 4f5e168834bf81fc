package cli

import (
	"context"
	"fmt"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

// datagrams compares each datagram with the pattern, and acknowledges those
// before the first that differs.
func (c *checking) datagrams(ctx context.Context, req *farsockv1.ReceiveRequest, resp *farsockv1.ReceiveResponse) error {
	for i, d := range resp.GetDatagrams() {
		at := -1
		if d.GetFullLength() == c.size {
			at = c.pattern.differs(d.GetData())
		}
		if d.GetFullLength() == c.size && at < 0 {
			c.got.Bytes += c.size
			c.got.Datagrams++
			continue
		}
		what := fmt.Sprintf("datagram %d of %d ", c.got.Datagrams+1, c.times)
		arrived := d.GetData()
		switch place, known := c.placeOf(d); {
		case d.GetFullLength() != c.size:
			what += fmt.Sprintf("has %s, not %d", render.Count(d.GetFullLength(), "byte"), c.size)
		case known && place < c.got.Datagrams:
			what += fmt.Sprintf("is the pattern's %d, a second time", place+1)
		case known:
			what += fmt.Sprintf("is the pattern's %d: %s", place+1, c.lost(ctx, resp, i, place-c.got.Datagrams))
		default:
			what += "is none of the pattern's: " + c.differs(d.GetData(), at)
			arrived = arrived[at:]
		}
		before := &farsockv1.ReceiveResponse{Offset: resp.GetOffset(), Datagrams: resp.GetDatagrams()[:i]}
		if err := c.t.acknowledge(ctx, req, before); err != nil {
			return err
		}
		return c.unmet(resp, what, arrived)
	}
	return c.t.acknowledge(ctx, req, resp)
}

const (
	// placeFar is how far away from its turn a datagram is looked for.
	placeFar = 1 << 16
	// placeBytes is how long it has to be for its bytes to tell it from others.
	placeBytes = 8
)

// placeOf is the place in the pattern, in datagrams from its beginning, that a
// datagram has.
func (c *checking) placeOf(d *farsockv1.Datagram) (place int64, known bool) {
	if c.size < placeBytes || d.GetFullLength() != c.size {
		return 0, false
	}
	for n := max(c.got.Datagrams-placeFar, 0); n < c.got.Datagrams+placeFar; n++ {
		if c.at(n, d.GetData()) {
			return n, true
		}
	}
	return 0, false
}

// at says whether these are the bytes of the pattern's datagram n.
func (c *checking) at(n int64, data []byte) bool {
	p := pattern{seed: c.pattern.seed, offset: n * c.size}
	return p.differs(data) < 0
}

// lost says whether the datagram whose turn it is comes later, behind the one at
// i, or so many are missing. It only looks.
func (c *checking) lost(ctx context.Context, resp *farsockv1.ReceiveResponse, i int, missing int64) string {
	behind := resp.GetDatagrams()[i+1:]
	next := resp.GetOffset() + int64(len(resp.GetDatagrams()))
	most, many := int32(min(c.size, wire.MaxUnaryBytes)), int32(wire.MaxDatagrams)
	more, err := c.t.client.Sockets.Receive(ctx, &farsockv1.ReceiveRequest{
		Socket: c.socket, MaxBytes: &most, MaxDatagrams: &many, DontWait: true,
		Ack: farsockv1.AckMode_ACK_MODE_MANUAL, Offset: &next,
	})
	if err == nil { // else there is nothing more to look at
		behind = append(behind[:len(behind):len(behind)], more.GetDatagrams()...)
	}
	for later, d := range behind {
		if d.GetFullLength() == c.size && c.at(c.got.Datagrams, d.GetData()) {
			return fmt.Sprintf("out of order, %d comes %d later", c.got.Datagrams+1, later+1)
		}
	}
	return fmt.Sprintf("%d missing", missing)
}
