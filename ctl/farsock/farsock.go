// Package farsock is the Go SDK: it reaches an agent, holds sessions on it, and
// gives the sockets of another machine as net.Conn, net.Listener and
// net.PacketConn.
package farsock

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/creds"
	"github.com/farsock/farsock/proto/wire"
)

const (
	// streamWindow is how much of one stream the agent may send ahead of the
	// reader, in bytes. Fixed: gRPC does not grow it.
	streamWindow = 1 << 20
	// connWindow is the same for the whole connection.
	connWindow = 4 << 20
	// redialLeast and redialMost bound how long one attempt to connect again may
	// take: three times what the first took lies between. The most is longer
	// than the wait for ssh's magic line, which then reports the better error.
	redialLeast = 5 * time.Second
	redialMost  = magicWait + 5*time.Second
)

// Client is a connection to one agent. It may be used by any number of
// goroutines. A connection that broke is made again by the next call; a call
// that was under way has failed and is not repeated, but for Open and Accept, and
// what uses them; and a Conn and a PacketConn go on.
type Client struct {
	// The generated clients, for everything that has no helper here. Calls
	// without a `wait` end after 10 seconds, calls with one 10 seconds after
	// it, and calls whose `wait` is unset when their context ends.
	Agents   farsockv1.AgentServiceClient
	Sessions farsockv1.SessionServiceClient
	Sockets  farsockv1.SocketServiceClient

	endpoint string           // immutable
	cc       *grpc.ClientConn // immutable
	carrier  *carrier         // immutable
	slack    time.Duration    // immutable; see leaseSlack
	silence  time.Duration    // immutable; see silentSlack

	life context.Context // ends with Close
	end  context.CancelFunc

	mu     sync.Mutex
	closed bool           // guarded by mu
	loops  sync.WaitGroup // Add only under mu and while not closed
}

// Dial connects to the agent at an endpoint:
//
//	unix:///PATH                          an agent's unix socket on this machine
//	unix:                                 the one at DefaultSocket
//	ssh://[USER@]HOST[:PORT][/PATH]       by the system's ssh; PATH is the agent
//	                                      there, by default "agent" in ssh's PATH;
//	                                      /~/PATH starts at the home directory
//
// It returns when the agent has answered, or with *UnreachableError, or with
// *EndpointError for an endpoint that cannot be understood. ctx bounds only the
// dialing. The caller closes the client.
func Dial(ctx context.Context, endpoint string, opts ...Option) (*Client, error) {
	o := newOptions(opts)
	dial, err := dialerOf(endpoint, o)
	if err != nil {
		return nil, err
	}
	// The first connection is made here and not by gRPC, so that its error
	// keeps its type and ctx bounds it.
	began := time.Now()
	first, err := dial(ctx)
	if err != nil {
		return nil, &UnreachableError{Endpoint: endpoint, Err: err}
	}
	carrier := newCarrier(endpoint, dial, first)
	cc, err := grpc.NewClient("passthrough:///farsock",
		grpc.WithContextDialer(carrier.dialContext),
		grpc.WithTransportCredentials(creds.Client()),
		grpc.WithNoProxy(),
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableRetry(),
		grpc.WithIdleTimeout(0),
		grpc.WithStaticStreamWindowSize(streamWindow),
		grpc.WithStaticConnWindowSize(connWindow),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(wire.MaxMessageBytes),
			grpc.MaxCallSendMsgSize(wire.MaxMessageBytes)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time: 10 * time.Second, Timeout: 5 * time.Second, PermitWithoutStream: true}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.4, MaxDelay: 2 * time.Second},
			MinConnectTimeout: min(redialLeast+3*time.Since(began), redialMost)}),
		grpc.WithChainUnaryInterceptor(append(boundedCalls(), carrier.unary)...),
		grpc.WithChainStreamInterceptor(carrier.stream),
	)
	if err != nil {
		return nil, errors.Join(&UnreachableError{Endpoint: endpoint, Err: err}, carrier.close())
	}
	c := &Client{
		Agents:   farsockv1.NewAgentServiceClient(cc),
		Sessions: farsockv1.NewSessionServiceClient(cc),
		Sockets:  farsockv1.NewSocketServiceClient(cc),
		endpoint: endpoint, cc: cc, carrier: carrier, slack: o.slack, silence: o.silence,
	}
	c.life, c.end = context.WithCancel(context.Background())
	if err := c.ready(ctx); err != nil {
		_ = c.Close()
		if gone, ok := errors.AsType[*UnreachableError](err); ok {
			return nil, gone
		}
		return nil, &UnreachableError{Endpoint: endpoint, Err: err}
	}
	return c, nil
}

// ready waits until HTTP/2 is up, at most as long as a call may take: something
// that accepts connections and is no agent, or is frozen, is not waited for.
func (c *Client) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	c.cc.Connect()
	for {
		state := c.cc.GetState()
		switch state {
		case connectivity.Ready:
			return nil
		case connectivity.TransientFailure, connectivity.Shutdown:
			// Only a call says why.
			_, err := c.Agents.GetAgent(ctx, &farsockv1.GetAgentRequest{})
			return err // nil if it has come up meanwhile
		}
		if !c.cc.WaitForStateChange(ctx, state) {
			return ctx.Err()
		}
	}
}

// reach waits until there is a connection, until then at most. gRPC makes it.
func (c *Client) reach(ctx context.Context, until time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	for {
		state := c.cc.GetState()
		switch state {
		case connectivity.Ready:
			return nil
		case connectivity.Idle:
			c.cc.Connect()
		}
		if !c.cc.WaitForStateChange(ctx, state) {
			return c.carrier.explain(status.Error(codes.Unavailable, "there is no connection to the agent"))
		}
	}
}

// Endpoint returns the endpoint as it was given to Dial.
func (c *Client) Endpoint() string { return c.endpoint }

// Close ends the connection and waits for everything that the client started:
// keep-alives, the loops of its connections, ssh. Sessions are not ended: those
// that nobody renews expire. Calls under way fail. It is idempotent.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	c.carrier.refuse() // its end is no failure
	err := c.cc.Close()
	if status.Code(err) == codes.Canceled { // it was closed before
		err = nil
	}
	err = errors.Join(err, c.carrier.close())
	c.loops.Wait()
	return err
}

// start runs f in a goroutine that Close waits for; f has to end soon after
// c.life. It is false, and f never runs, if the client is closed.
func (c *Client) start(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.loops.Go(f)
	return true
}

// dialFunc makes one connection to the agent.
type dialFunc func(ctx context.Context) (net.Conn, error)
