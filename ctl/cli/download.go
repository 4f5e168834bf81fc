package cli

import (
	"context"
	"errors"
	"io"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// downloadBytes is how much is read at once.
const downloadBytes = 64 << 10

// download is the way from the agent to stdout. Reading on is what tells the
// agent that stdout has taken what was read before.
type download struct {
	*streaming
	read, took int64 // bytes that came, and that stdout took
	cut        bool  // stdout broke
}

// run lasts until the peer ends its direction.
func (d *download) run(ctx context.Context) error {
	buf := make([]byte, downloadBytes)
	for {
		n, err := d.conn.Read(buf)
		at := d.begin.GetReceiveBegin() + d.read
		if n > 0 {
			d.read += int64(n)
			if err := d.put(buf[:n], at); err != nil {
				return err
			}
			continue
		}
		how, kernels := outcomeOf(err)
		if errors.Is(err, io.EOF) {
			how = &farsockv1.Outcome{Code: farsockv1.OutcomeCode_OUTCOME_CODE_DONE}
		}
		if how != nil && ctx.Err() == nil {
			end := &farsockv1.End{Offset: at, How: how}
			if err := d.print(&farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_End{End: end}}); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) && !kernels {
			return nil
		}
		return d.failed(ctx, err, render.Count(at, "byte"))
	}
}

// put writes to stdout. What stdout does not take goes back.
func (d *download) put(b []byte, at int64) error {
	if d.app.json() {
		data := &farsockv1.StreamReceive{Offset: at, Data: b}
		err := d.print(&farsockv1.StreamResponse{Message: &farsockv1.StreamResponse_Data{Data: data}})
		if err != nil {
			return errors.Join(err, d.conn.Unread(len(b)))
		}
		d.took += int64(len(b))
		return nil
	}
	n, err := d.app.env.Stdout.Write(b)
	d.took += int64(n)
	if err == nil {
		return nil
	}
	d.cut = true
	return errors.Join(stdoutError(err), d.conn.Unread(len(b)-n))
}
