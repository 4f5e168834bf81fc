//go:build linux

package differ

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/farsock/farsock/ctl/e2e/posix"
	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// agentSide executes operations through an agent. It is for one goroutine.
type agentSide struct {
	client     *farsock.Client
	session    string        // immutable: its resource name
	debug      string        // immutable: its debug listener, HOST:PORT in its namespace
	thread     *posix.Thread // in the agent's namespace; immutable
	names      *posix.Names
	outside    *posix.Direct // the local program beside the agent
	background map[int]<-chan posix.Result
	gathers    map[int]bool // a receive that waits for all takes what comes

	mu      sync.Mutex
	sockets map[int]handle // guarded by mu
	holds   map[int]bool   // guarded by mu; it may hold bytes for a reason
}

// handle is one socket of the agent.
type handle struct {
	name   string // sockets/UID
	family posix.Family
	typ    posix.Type
}

func newAgentSide(t testing.TB, thread *posix.Thread, uid int) *agentSide {
	t.Helper()
	a := &agentSide{
		client: startAgent(t, thread, uid), thread: thread, debug: debugAddress(uid), names: posix.NewNames(folder(t)),
		background: map[int]<-chan posix.Result{}, gathers: map[int]bool{}, sockets: map[int]handle{}, holds: map[int]bool{},
	}
	a.outside = posix.NewDirect(thread, a.names.Folder)
	s, err := a.client.OpenSession(t.Context(), farsock.SessionConfig{KeepAlive: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	a.session = s.Name()
	return a
}

// Reset closes all sockets, connections with a reset, and begins a new case.
func (a *agentSide) Reset() {
	a.mu.Lock()
	live := a.sockets
	a.sockets, a.holds = map[int]handle{}, map[int]bool{}
	a.mu.Unlock()
	for _, h := range live {
		// Whatever it says: a case that failed has said more.
		_, _ = a.client.Sockets.Close(context.Background(), &farsockv1.CloseRequest{Socket: h.name, Abort: h.family != posix.Unix})
	}
	a.outside.Reset()
	a.background, a.gathers = map[int]<-chan posix.Result{}, map[int]bool{}
	a.names = posix.NewNames(a.names.Folder)
}

// Live are the numbers of the sockets that are open.
func (a *agentSide) Live() []int { return append(a.own(), a.outside.Live()...) }

// own are those of the agent.
func (a *agentSide) own() []int {
	a.mu.Lock()
	defer a.mu.Unlock()
	var numbers []int
	for n := range a.sockets {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers
}

func (a *agentSide) socket(number int) handle {
	a.mu.Lock()
	defer a.mu.Unlock()
	h, ok := a.sockets[number]
	if !ok {
		panic(fmt.Sprintf("differ: no socket %d", number))
	}
	return h
}

// waiting says whether an operation was started on a socket and not joined yet.
func (a *agentSide) waiting(number int) bool { return a.background[number] != nil }

func (a *agentSide) install(number int, h handle) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sockets[number] = h
}

// Do executes one operation.
func (a *agentSide) Do(op posix.Op) posix.Result {
	if op.Socket >= posix.Outside || op.Call == posix.Pause {
		return a.outside.Do(op)
	}
	if op.Call == posix.Join {
		r := <-a.background[op.Socket]
		delete(a.background, op.Socket)
		delete(a.gathers, op.Socket)
		return r
	}
	if !op.Background {
		return a.try(op)
	}
	before := a.started(op)
	result := make(chan posix.Result, 1)
	op.Block = true
	go func() { result <- a.try(op) }()
	a.background[op.Socket] = result
	a.gathers[op.Socket] = has(op, posix.WaitAll) && !has(op, posix.Peek)
	for end := time.Now().Add(patience); a.started(op) == before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			panic(fmt.Sprintf("differ: %s never reached the agent", op))
		}
	}
	return posix.Result{}
}

// try executes one operation; a status error becomes a refusal.
func (a *agentSide) try(op posix.Op) posix.Result {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := a.do(ctx, op)
	if err != nil {
		return posix.Result{Refused: refusal(err)}
	}
	return r
}

func (a *agentSide) do(ctx context.Context, op posix.Op) (posix.Result, error) {
	switch op.Call {
	case posix.Socket:
		return a.open(ctx, op)
	case posix.Bind:
		return a.bind(ctx, op)
	case posix.Listen:
		return a.listen(ctx, op)
	case posix.Connect, posix.Disconnect:
		return a.connect(ctx, op)
	case posix.Accept:
		return a.accept(ctx, op)
	case posix.Send:
		return a.send(ctx, op)
	case posix.SendMany:
		return a.sendMany(ctx, op)
	case posix.Fill:
		return a.fill(ctx, op)
	case posix.Receive, posix.ReceiveMany:
		return a.receive(ctx, op)
	case posix.Shutdown:
		return a.shutdown(ctx, op)
	case posix.Close, posix.Abort:
		return a.close(ctx, op)
	case posix.SetOption:
		return a.setOption(ctx, op)
	case posix.GetOption:
		return a.getOption(ctx, op)
	case posix.LocalName, posix.PeerName:
		return a.name(ctx, op)
	case posix.Poll:
		return a.poll(ctx, op)
	case posix.Await:
		return a.await(ctx, op)
	case posix.SendMemory:
		return a.sendMemory(ctx, op)
	}
	panic("differ: unknown call " + op.Call)
}

// refusal is a status error in the table's words.
func refusal(err error) posix.Refusal {
	r := posix.Refusal{Code: codeName(status.Code(err)), Why: err.Error()}
	if info, ok := wire.InfoOf(err); ok && len(info.Violations) > 0 {
		r.Field = info.Violations[0].Field
	}
	return r
}

// wait is the request's wait: zero unless the operation blocks.
func wait(op posix.Op) *durationpb.Duration {
	if op.Block {
		return nil
	}
	return &durationpb.Duration{}
}
