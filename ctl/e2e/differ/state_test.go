//go:build linux

package differ

import (
	"context"
	"fmt"
	"strings"

	"github.com/farsock/farsock/ctl/e2e/posix"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

func (a *agentSide) poll(ctx context.Context, op posix.Op) (posix.Result, error) {
	asked := func(name string) bool { return strings.Contains(" "+op.Events+" ", " "+name+" ") }
	res, err := a.client.Sockets.Poll(ctx, &farsockv1.PollRequest{Wait: wait(op), Items: []*farsockv1.PollItem{{
		Socket: a.socket(op.Socket).name, Readable: asked("in"), Writable: asked("out"), Urgent: asked("pri"), ReadHangUp: asked("rdhup"),
	}}})
	if err != nil {
		return posix.Result{}, err
	}
	texts, wrong := readiness(res)
	return posix.Result{Errno: wrong, Value: texts[0]}, nil
}

// readiness is what a Poll says of its items, by their index, and what is wrong
// with the outcome beside it.
func readiness(res *farsockv1.PollResponse) (texts map[int]string, wrong string) {
	texts = map[int]string{}
	for _, p := range res.GetReady() {
		var names []string
		for i, set := range []bool{p.GetReadable(), p.GetUrgent(), p.GetWritable(), p.GetError(), p.GetHangUp(), p.GetReadHangUp()} {
			if set {
				names = append(names, [...]string{"in", "pri", "out", "err", "hup", "rdhup"}[i])
			}
		}
		texts[int(p.GetIndex())] = strings.Join(names, " ")
	}
	if code := res.GetOutcome().GetCode(); (code == farsockv1.OutcomeCode_OUTCOME_CODE_DONE) != (len(texts) > 0) {
		wrong = fmt.Sprintf("(%v with %v)", code, texts)
	}
	return texts, wrong
}

// States looks at all sockets and changes nothing.
func (a *agentSide) States() (map[int]posix.State, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	listed, err := a.client.Sockets.ListSockets(ctx, &farsockv1.ListSocketsRequest{Parent: a.session})
	if err != nil {
		return nil, err
	}
	byName := map[string]*farsockv1.Socket{}
	for _, s := range listed.GetSockets() {
		byName[wire.SocketUID(s.GetUid())] = s
	}
	live := a.Live()
	states := map[int]posix.State{}
	if len(live) == 0 && len(byName) == 0 {
		return states, nil
	}
	req := &farsockv1.PollRequest{Wait: wait(posix.Op{})}
	for _, n := range live {
		req.Items = append(req.Items, &farsockv1.PollItem{Socket: a.socket(n).name, Readable: true, Writable: true, Urgent: true, ReadHangUp: true})
	}
	res, err := a.client.Sockets.Poll(ctx, req)
	if err != nil {
		return nil, err
	}
	ready, wrong := readiness(res)
	if wrong != "" || len(byName) != len(live) {
		return nil, fmt.Errorf("poll %q; the session lists %d sockets, not %d", wrong, len(byName), len(live))
	}
	for i, n := range live {
		states[n] = a.state(byName[a.socket(n).name], ready[i])
	}
	return states, nil
}

func (a *agentSide) state(s *farsockv1.Socket, ready string) posix.State {
	queue := func(n *int64) int {
		if n == nil {
			return -1
		}
		return int(*n)
	}
	in := queue(s.ReceiveQueue)
	if s.GetType() == farsockv1.SocketType_SOCKET_TYPE_STREAM && in >= 0 {
		in += int(s.GetHeldBytes()) // read from the kernel and still there for whoever asks
	}
	return posix.State{
		Local: a.text(s.GetLocal()), Peer: a.text(s.GetPeer()), TCP: s.GetTcpState(), Backlog: int(s.GetBacklog()),
		AcceptQueue: int(s.GetAcceptQueue()), InQueue: in, OutQueue: queue(s.SendQueue), AtMark: s.GetAtMark(),
		Drops: int(s.GetKernelDrops()), Poll: ready,
	}
}
