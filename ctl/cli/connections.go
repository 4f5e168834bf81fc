package cli

import (
	"context"
	"sync"

	"github.com/farsock/farsock/ctl/farsock"
)

// connections holds one client an endpoint, for all lines of a script, and the
// embedded agent if one was asked for.
type connections struct {
	mu    sync.Mutex
	byEnd map[string]*connection // guarded by mu
}

// connection is being made, or made. The fields below done are written before
// it is closed and read-only afterwards.
type connection struct {
	done     chan struct{}
	client   *farsock.Client
	embedded *embedded // nil unless the endpoint is embedded:
	err      error
}

func newConnections() *connections {
	return &connections{byEnd: map[string]*connection{}}
}

// dial returns the client of an endpoint. Callers for the same endpoint share
// one attempt; a failed one is forgotten.
func (c *connections) dial(ctx context.Context, endpoint string) (*farsock.Client, error) {
	c.mu.Lock()
	conn, known := c.byEnd[endpoint]
	if !known {
		conn = &connection{done: make(chan struct{})}
		c.byEnd[endpoint] = conn
	}
	c.mu.Unlock()
	if known {
		select {
		case <-conn.done:
			return conn.client, conn.err
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	conn.client, conn.embedded, conn.err = dial(ctx, endpoint)
	if conn.err != nil {
		c.mu.Lock()
		delete(c.byEnd, endpoint)
		c.mu.Unlock()
	}
	close(conn.done)
	return conn.client, conn.err
}

func dial(ctx context.Context, endpoint string) (*farsock.Client, *embedded, error) {
	if endpoint != embeddedEndpoint {
		client, err := farsock.Dial(ctx, endpoint)
		return client, nil, err
	}
	agent, err := startEmbedded(ctx)
	if err != nil {
		return nil, nil, err
	}
	client, err := farsock.Dial(ctx, agent.endpoint)
	if err != nil {
		agent.close()
		return nil, nil, err
	}
	return client, agent, nil
}

// address is where others can reach the agent behind an endpoint that dial was
// given.
func (c *connections) address(endpoint string) string {
	c.mu.Lock()
	conn := c.byEnd[endpoint]
	c.mu.Unlock()
	if conn == nil {
		return endpoint
	}
	select {
	case <-conn.done:
	default:
		return endpoint
	}
	if conn.embedded == nil {
		return endpoint
	}
	return conn.embedded.endpoint
}

// close ends the clients, then the agents that they spoke to. No dial may be
// under way.
func (c *connections) close() {
	c.mu.Lock()
	all := c.byEnd
	c.byEnd = map[string]*connection{}
	c.mu.Unlock()
	for _, conn := range all {
		<-conn.done
		if conn.client != nil {
			// Nothing is under way on it, and nobody could act on the error.
			_ = conn.client.Close()
		}
		if conn.embedded != nil {
			conn.embedded.close()
		}
	}
}
