package agentd

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// exceeded checks that an error names a limit as the agent's table has it.
func exceeded(t *testing.T, err error, table *farsockv1.Agent, limit string) {
	t.Helper()
	info, _ := wire.InfoOf(err)
	if info.Code != codes.ResourceExhausted || info.Reason != farsockv1.ErrorReason_ERROR_REASON_LIMIT_EXCEEDED {
		t.Fatalf("got %v, want LIMIT_EXCEEDED of %s", err, limit)
	}
	for _, l := range table.GetLimits() {
		if l.GetName() == limit {
			if info.Metadata["limit"] != limit || info.Metadata["max"] != strconv.FormatInt(l.GetMax(), 10) {
				t.Errorf("%v, want limit %s and max %d", info.Metadata, limit, l.GetMax())
			}
			return
		}
	}
	t.Errorf("the agent's limits lack %s", limit)
}

func (c *client) get(t *testing.T) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := c.agents.GetAgent(ctx, &farsockv1.GetAgentRequest{})
	return err
}

// One connection too many hears why, and has its place once another closes.
func TestTooManyConnections(t *testing.T) {
	for limit, limits := range map[string]Limits{
		wire.LimitConnections:            {Connections: 2},
		wire.LimitConnectionsPerIdentity: {ConnectionsPerIdentity: 2},
	} {
		t.Run(limit, func(t *testing.T) {
			path := pathOf(embedded(t, Config{Limits: limits}))
			first, second := dial(t, path), dial(t, path)
			first.who(t)
			table := second.who(t)
			exceeded(t, dial(t, path).get(t), table, limit)
			first.Close()
			// What was refused is let go by and by; who dials anew is let in.
			until(t, "the closed connection makes room", func() bool { return dial(t, path).get(t) == nil })
		})
	}
}

// Those that are told why are few: a flood of connections does not keep
// descriptors.
func TestConnectionsBeyondTheBoundAreFew(t *testing.T) {
	path := pathOf(embedded(t, Config{Limits: Limits{Connections: 1}}))
	kept := dial(t, path)
	kept.who(t)
	before := descriptors(t)
	for range 10 * maxOver {
		c, err := net.Dial("unix", path)
		must(t, err)
		t.Cleanup(func() { c.Close() })
	}
	// Our own ends are as many; the agent is in this process.
	until(t, "the agent keeps no more", func() bool { return descriptors(t) <= before+10*maxOver+maxOver })
	kept.who(t)
}

// waiting begins n calls that wait, and returns when the agent has all of them.
func (c *client) waiting(ctx context.Context, t *testing.T, n int) {
	t.Helper()
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	_, socket, _ := c.listener(t)
	for range n {
		all.Go(func() {
			_, _ = c.sockets.Accept(ctx, &farsockv1.AcceptRequest{Socket: socket, Wait: durationpb.New(time.Hour)}) // ends with ctx
		})
	}
	until(t, "every call waits", func() bool { return c.inUse(t, wire.LimitCalls) == int64(n)+1 }) // and the asking
}

func (c *client) inUse(t *testing.T, limit string) int64 {
	t.Helper()
	return used(c.who(t), limit)
}

// used is what is in use of a limit, or -1 if there is no such limit.
func used(agent *farsockv1.Agent, limit string) int64 {
	for _, l := range agent.GetLimits() {
		if l.GetName() == limit {
			return l.GetInUse()
		}
	}
	return -1
}

// Calls over all connections of a client, and of all clients, are bounded.
func TestTooManyCalls(t *testing.T) {
	const most = 5
	for limit, limits := range map[string]Limits{
		wire.LimitCalls:            {Calls: most},
		wire.LimitCallsPerIdentity: {CallsPerIdentity: most},
	} {
		t.Run(limit, func(t *testing.T) {
			path := pathOf(embedded(t, Config{Limits: limits}))
			a, b := dial(t, path), dial(t, path)
			table := b.who(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			a.waiting(ctx, t, most-1)
			// The last one may come while the agent still counts the asking.
			var filling sync.WaitGroup
			defer filling.Wait()
			defer cancel()
			filling.Go(func() {
				for ctx.Err() == nil {
					if s, err := a.sockets.Stream(ctx); err == nil {
						_, _ = s.Recv() // refused, or at the end of ctx
					}
				}
			})
			var err error
			until(t, "one call too many", func() bool { err = b.get(t); return err != nil })
			exceeded(t, err, table, limit)
			cancel()
			until(t, "calls that ended make room", func() bool { return b.get(t) == nil })
			until(t, "nothing is left of them", func() bool { return b.inUse(t, wire.LimitCalls) == 1 })
		})
	}
}

// What gRPC itself refuses is said in the contract's words, of calls and of
// streams.
func TestMessagesThatGRPCRefuses(t *testing.T) {
	path := pathOf(embedded(t, Config{}))
	c := newClient(t, "unix://"+path, grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(1<<30)))
	table := c.who(t)
	long := &farsockv1.SendRequest{Socket: "sockets/x", Data: make([]byte, wire.MaxMessageBytes)}
	_, err := c.sockets.Send(t.Context(), long)
	exceeded(t, err, table, wire.LimitMessageBytes)
	stream := func(m *farsockv1.StreamRequest) error {
		s, err := c.sockets.Stream(t.Context())
		must(t, err)
		must(t, s.Send(m))
		_, err = s.Recv()
		return err
	}
	far := &farsockv1.SendRequest{Socket: "sockets/x", Data: make([]byte, mostReceived)}
	if _, err := c.sockets.Send(t.Context(), far); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("far above: %v", err)
	}
	exceeded(t, stream(&farsockv1.StreamRequest{Message: &farsockv1.StreamRequest_Data{Data: &farsockv1.StreamSend{
		Data: make([]byte, wire.MaxMessageBytes)}}}), table, wire.LimitMessageBytes)

	for what, call := range map[string]func() error{
		"farsock.v1.SendRequest": func() error {
			return c.Invoke(t.Context(), farsockv1.SocketService_Send_FullMethodName, raw("\x0a\x01\xff"), new(raw), grpc.ForceCodec(rawCodec{}))
		},
		"farsock.v1.StreamRequest": func() error {
			s, err := c.NewStream(t.Context(), streaming, farsockv1.SocketService_Stream_FullMethodName, grpc.ForceCodec(rawCodec{}))
			must(t, err)
			must(t, s.SendMsg(raw("\x0a\x7f")))
			return s.RecvMsg(new(raw))
		},
	} {
		info, _ := wire.InfoOf(call())
		if info.Code != codes.InvalidArgument || info.Reason != farsockv1.ErrorReason_ERROR_REASON_INVALID_FIELD ||
			len(info.Violations) != 1 || info.Violations[0].Field != what {
			t.Errorf("%s: %+v", what, info)
		}
	}
}

// raw is a message's bytes, and rawCodec sends them as they are.
type raw []byte

type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }
func (rawCodec) Marshal(v any) ([]byte, error) {
	switch v := v.(type) {
	case raw:
		return v, nil
	case *raw:
		return *v, nil
	}
	return nil, fmt.Errorf("%T", v)
}
func (rawCodec) Unmarshal(b []byte, v any) error { *v.(*raw) = append(raw{}, b...); return nil }

// Headers above the bound fail the call and not the connection.
func TestHeadersAreBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	serving(t, path)
	c := dial(t, path)
	c.who(t)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-long", strings.Repeat("x", maxHeaders))
	if _, err := c.agents.GetAgent(ctx, &farsockv1.GetAgentRequest{}); status.Code(err) != codes.Internal {
		t.Errorf("%v, want INTERNAL, as the contract's Limit says", err)
	}
	c.who(t)
}
