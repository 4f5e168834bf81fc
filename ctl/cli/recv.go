package cli

import (
	"context"
	"encoding/hex"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

func (a *app) recv() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "recv NAME",
		Short: "Receive bytes, or datagrams",
		Long: `Writes what arrived to stdout, as it is. Without a condition that is whatever is
there, at least one byte. With a condition it waits until the condition holds;
what follows stays for the next recv. The agent drops the bytes only when stdout
has taken them: a recv that is killed loses nothing. (It drops them at once with
--oob, --error-queue, --buffers and --max-control.)

What is known of a datagram (where it came from and, with the options for it,
went to, its interface, TTL, TOS, time, other control messages) is on stderr. So
are the entries of the error queue; stdout has the bytes that they are about. The
options are packet-info (destination and interface), receive-ttl,
receive-traffic-class, timestamps, and error-queue, without which no error is
queued: 'ctl options set u packet-info=1 error-queue=1', or --option at its bind.

With --pattern nothing is written: the bytes are compared with the pattern, and
the exit code is 6 if they differ; of datagrams it says which of --times that was,
and whether some are missing or came in another order. --datagrams takes several of
them by one call.
` + patternHelp + `

Exit code 7: the peer ended the stream and there was no data. 6: it ended before
the condition held, and the rest is on stdout; or --max bytes came without it, and
none was taken.`,
		Example: `  ctl recv c1 --max 1024
  ctl recv c1 --until '\r\n'
  ctl recv c1 --match 'HTTP/1\.[01] (\d+)'
  ctl recv u --datagrams 64 --hex
  ctl recv u --error-queue --wait 1s
  ctl recv c1 --pattern 50000`,
		Args: between(1, 1),
	}
	f := addRecvFlags(cmd)
	wait := a.addWait(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		made, err := f.made.pattern()
		if err != nil {
			return err
		}
		if *f.times < 1 {
			return usagef("--times: must be 1 or more, is %d", *f.times)
		}
		if made != nil {
			if err := f.aloneWithPattern(); err != nil {
				return err
			}
			c := checking{app: a, pattern: made, size: *f.made.size, times: int(*f.times), wait: *wait}
			if cmd.Flags().Changed("datagrams") {
				c.most = f.datagrams
			}
			err := c.run(cmd.Context(), args[0])
			if c.got.Bytes > 0 {
				return after(err, c.soFar())
			}
			return err
		}
		req, err := f.request(wait)
		if err != nil {
			return err
		}
		r := receiving{
			app: a, req: req, wait: wait, budget: wait.begin(), hex: *f.hex,
			times: int(*f.times), counts: cmd.Flags().Changed("times"),
		}
		return r.run(cmd.Context(), args[0])
	}
	cmd.ValidArgsFunction = a.completeFirstSocket
	return cmd
}

// receiving is one `recv`.
type receiving struct {
	app    *app
	t      *target
	req    *farsockv1.ReceiveRequest
	wait   *waitFlag
	budget budget // one for all times
	hex    bool
	times  int
	counts bool // the number of times was said: how much came is told

	receives int   // that were done
	bytes    int64 // that came by them
}

func (r *receiving) run(ctx context.Context, name string) error {
	var err error
	if r.t, r.req.Socket, err = r.app.onSocket(ctx, name); err != nil {
		return err
	}
	if !atOnce(r.req) {
		r.req.Ack = farsockv1.AckMode_ACK_MODE_MANUAL
	}
	for r.receives < r.times {
		if err := r.receive(ctx, name); err != nil {
			if r.counts && !r.app.json() {
				r.app.say(r.soFar())
			}
			return err
		}
		r.receives++
	}
	if r.counts && !r.app.json() {
		r.app.say(r.soFar())
	}
	return nil
}

// soFar says how much came: "3 receives, 15 bytes".
func (r *receiving) soFar() string {
	return render.Count(r.receives, "receive") + ", " + render.Count(r.bytes, "byte")
}

// receive does it one time.
func (r *receiving) receive(ctx context.Context, name string) error {
	if r.receives > 0 && r.req.GetWait() != nil {
		r.req.Wait = r.budget.left()
	}
	if r.req.GetMaxDatagrams() > wire.MaxDatagrams && !r.req.GetPeek() {
		return r.many(ctx, name)
	}
	_, err := r.call(ctx, name, r.req, false)
	return err
}

// many takes more datagrams than one call can: the first waits for one, the others
// take what is there.
func (r *receiving) many(ctx context.Context, name string) error {
	left := r.req.GetMaxDatagrams()
	req := proto.CloneOf(r.req)
	for goesOn := false; left > 0; goesOn = true {
		most := min(left, wire.MaxDatagrams)
		req.MaxDatagrams = &most
		n, err := r.call(ctx, name, req, goesOn)
		if n == 0 || err != nil {
			return err
		}
		left -= int32(n)
		req.Wait, req.DontWait = nil, true
	}
	return nil
}

// call is one Receive; it returns the number of datagrams. Where it goes on with
// another it tells nothing if nothing is left.
func (r *receiving) call(ctx context.Context, name string, req *farsockv1.ReceiveRequest, goesOn bool) (int, error) {
	resp, err := r.t.client.Sockets.Receive(ctx, req)
	if err != nil {
		return 0, r.t.failedAt(err, map[string]string{"pattern": "--match"})
	}
	n := len(resp.GetDatagrams())
	if goesOn && n == 0 && !toldOnce(resp.GetOutcome()) {
		return 0, nil
	}
	return n, r.take(ctx, name, req, resp)
}

// take writes what came, lets the agent drop it, and judges how it ended.
func (r *receiving) take(ctx context.Context, name string, req *farsockv1.ReceiveRequest, resp *farsockv1.ReceiveResponse) error {
	r.bytes += int64(len(resp.GetData()))
	for _, d := range resp.GetDatagrams() {
		r.bytes += int64(len(d.GetData()))
	}
	r.app.setReceived(name, req, resp)
	if err := r.write(resp); err != nil {
		return err
	}
	if err := r.t.acknowledge(ctx, req, resp); err != nil {
		return err
	}
	if r.req.GetUntil() != nil && resp.GetOutcome().GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_LIMIT {
		return r.withHeld(ctx, r.full(resp))
	}
	if err := r.outcome(ctx, resp); err != nil {
		return err
	}
	return r.judge(ctx, resp)
}

// atOnce says whether a receive takes no part in acknowledging: the contract has
// it so for these, and for what is only looked at.
func atOnce(req *farsockv1.ReceiveRequest) bool {
	return req.GetPeek() || req.GetOutOfBand() || req.GetErrorQueue() || len(req.GetBufferSizes()) > 0 || req.MaxControlBytes != nil
}

// write puts the answer on stdout, and what people want to know of datagrams on
// stderr.
func (r *receiving) write(resp *farsockv1.ReceiveResponse) error {
	if r.app.json() {
		return r.app.print(resp, nil)
	}
	parts := [][]byte{resp.GetData()}
	for _, d := range resp.GetDatagrams() {
		parts = append(parts, d.GetData())
		r.app.say(render.Datagram(d))
	}
	if text := render.Beside(resp); text != "" {
		r.app.say(text)
	}
	for i, part := range parts {
		if r.hex && (i > 0 || len(part) > 0) {
			part = []byte(hex.EncodeToString(part) + "\n")
		}
		if len(part) == 0 {
			continue
		}
		if _, err := r.app.env.Stdout.Write(part); err != nil {
			return stdoutError(err)
		}
		if part[len(part)-1] != '\n' && r.app.env.Terminal {
			r.app.say() // each datagram, and the prompt, on a line of its own
		}
	}
	return nil
}

// acknowledge lets the agent drop what has reached stdout. An error that the
// kernel told once (a reset, an ICMP answer) is held like data, at the offset
// where it came.
func (t *target) acknowledge(ctx context.Context, req *farsockv1.ReceiveRequest, resp *farsockv1.ReceiveResponse) error {
	got := int64(len(resp.GetData()) + len(resp.GetDatagrams()))
	if req.GetAck() != farsockv1.AckMode_ACK_MODE_MANUAL || got == 0 && !toldOnce(resp.GetOutcome()) {
		return nil
	}
	offset := resp.GetOffset() + got
	// Stdout has them: a signal that comes now must not make them come twice.
	ctx = context.WithoutCancel(ctx)
	_, err := t.client.Sockets.Ack(ctx, &farsockv1.AckRequest{Socket: req.GetSocket(), Offset: &offset})
	return t.failed(err)
}

// toldOnce reports whether an outcome is an error that the kernel forgets when it
// is read; the others are our own wait and window, and leave nothing behind.
func toldOnce(o *farsockv1.Outcome) bool {
	switch o.GetCode() {
	case farsockv1.OutcomeCode_OUTCOME_CODE_DONE,
		farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED,
		farsockv1.OutcomeCode_OUTCOME_CODE_WOULD_BLOCK,
		farsockv1.OutcomeCode_OUTCOME_CODE_LIMIT:
		return false
	}
	return true
}

// full is a window that filled before the condition held; nothing was taken.
func (r *receiving) full(resp *farsockv1.ReceiveResponse) error {
	window := int64(wire.MaxUnaryBytes)
	if r.req.MaxBytes != nil {
		window = int64(r.req.GetMaxBytes())
	}
	return &unmetError{
		label: r.t.label, outcome: resp.GetOutcome(), untaken: true,
		what: render.Count(window, "byte") + " arrived without " + condition(r.req) +
			"; none was taken; --max sets the window, ctl stream has none",
	}
}

// judge tells the ends of a DONE that are not success.
func (r *receiving) judge(ctx context.Context, resp *farsockv1.ReceiveResponse) error {
	if resp.GetStoppedBy() != farsockv1.StoppedBy_STOPPED_BY_END {
		return nil
	}
	_, toTheEnd := r.req.GetUntil().(*farsockv1.ReceiveRequest_EndOfStream)
	if r.req.GetUntil() != nil && !toTheEnd {
		return &unmetError{
			label: r.t.label, arrived: resp.GetData(), outcome: resp.GetOutcome(),
			what: "the stream ended before there was " + condition(r.req),
		}
	}
	if toTheEnd && !resp.GetEnd() {
		return r.broken(ctx)
	}
	if len(resp.GetData()) == 0 && len(resp.GetDatagrams()) == 0 {
		return &endError{label: r.t.label}
	}
	return nil
}

// broken tells the error that cut a stream off before its end, which is the
// next thing to receive: what is on stdout must not pass for the whole.
func (r *receiving) broken(ctx context.Context) error {
	req := &farsockv1.ReceiveRequest{
		Socket: r.req.GetSocket(), DontWait: true, Ack: farsockv1.AckMode_ACK_MODE_MANUAL,
	}
	resp, err := r.t.client.Sockets.Receive(ctx, req)
	if err != nil {
		return r.t.failed(err)
	}
	if err := r.t.acknowledge(ctx, req, resp); err != nil {
		return err
	}
	return r.t.outcome(resp.GetOutcome(), noWait, "")
}

// setReceived lets a script refer to what came: ${u.from}, ${c.match},
// ${c.match1}.
func (a *app) setReceived(name string, req *farsockv1.ReceiveRequest, resp *farsockv1.ReceiveResponse) {
	if n := len(resp.GetDatagrams()); n > 0 {
		if from := wire.FormatAddress(resp.GetDatagrams()[n-1].GetPeer()); from != "" {
			a.env.set(name+".from", from)
		}
	}
	if req.GetPattern() == "" {
		return
	}
	for i, m := range resp.GetMatch() {
		if m.GetBegin() < 0 || int(m.GetEnd()) > len(resp.GetData()) || m.GetBegin() > m.GetEnd() {
			continue
		}
		a.env.set(groupName(name, i), string(resp.GetData()[m.GetBegin():m.GetEnd()]))
	}
}
