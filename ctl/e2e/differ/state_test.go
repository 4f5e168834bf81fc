//go:build linux

package differ

import (
	"context"
	"fmt"
	"strconv"
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
	live := a.own()
	states := a.outside.States()
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
		states[n] = a.explained(n, a.state(byName[a.socket(n).name], ready[i]))
	}
	return states, nil
}

// explained is a state without bytes that the agent holds for a reason: they are
// there to be received as if they were in the kernel.
func (a *agentSide) explained(n int, st posix.State) posix.State {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.holds[n] {
		st.InQueue, st.Read, st.Held = st.InQueue+st.Held, st.Read-st.Held, 0
	}
	return st
}

func stateName(s farsockv1.SocketState) string {
	return strings.TrimPrefix(s.String(), "SOCKET_STATE_")
}

// await is WaitSocket.
func (a *agentSide) await(ctx context.Context, op posix.Op) (posix.Result, error) {
	state := farsockv1.SocketState(farsockv1.SocketState_value["SOCKET_STATE_"+op.Value])
	res, err := a.client.Sockets.WaitSocket(ctx, &farsockv1.WaitSocketRequest{
		Socket: a.socket(op.Socket).name, Wait: wait(op), States: []farsockv1.SocketState{state},
	})
	r := answer(res.GetOutcome())
	if r.Errno == "" {
		r.Value = stateName(res.GetSocket().GetState())
	}
	return r, err
}

func (a *agentSide) sendMemory(ctx context.Context, op posix.Op) (posix.Result, error) {
	res, err := a.client.Sockets.GetSocket(ctx, &farsockv1.GetSocketRequest{Name: a.socket(op.Socket).name})
	return posix.Result{Value: strconv.Itoa(int(res.GetMemory().GetSendQueued()))}, err
}

func (a *agentSide) state(s *farsockv1.Socket, ready string) posix.State {
	queue := func(n *int64) int {
		if n == nil {
			return -1
		}
		return int(*n)
	}
	return posix.State{
		Local: a.text(s.GetLocal()), Peer: a.text(s.GetPeer()), TCP: s.GetTcpState(), Backlog: int(s.GetBacklog()),
		AcceptQueue: int(s.GetAcceptQueue()), InQueue: queue(s.ReceiveQueue), OutQueue: queue(s.SendQueue), AtMark: s.GetAtMark(),
		Drops: int(s.GetKernelDrops()), Poll: ready,
		Doing: stateName(s.GetState()), Read: int(s.GetReadOffset()), Gone: int(s.GetAckedOffset()), Sent: int(s.GetSendOffset()), Held: int(s.GetHeldBytes()),
		Descriptors: int(s.GetDescriptorsClosed()), ReadShut: s.GetReadShutDown(), WriteShut: s.GetWriteShutDown(),
	}
}
