package agentd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/creds"
)

// found is an agent that has answered, and a fresh connection to it. Whoever
// has it closes conn.
type found struct {
	conn                 *net.UnixConn
	version, incarnation string
}

// errNoAgent: nobody serves the socket, or whoever did is just leaving.
var errNoAgent = errors.New("no agent serves the socket")

// tryEvery is how often a socket is tried while an agent starts or leaves.
const tryEvery = 20 * time.Millisecond

// findOrStart connects to the agent that serves path, or starts one. Several at
// once start one. It gives up when ctx ends.
func findOrStart(ctx context.Context, path string) (*found, error) {
	for {
		f, err := find(ctx, path)
		if !errors.Is(err, errNoAgent) {
			return f, err
		}
		if err := prepareFolder(path, nil); err != nil {
			return nil, err
		}
		starting, err := lockFile(path+".start", path)
		var busy *InUseError
		switch {
		case errors.As(err, &busy): // another one is starting it
		case err != nil:
			return nil, err
		default:
			f, err := start(ctx, path)
			starting.release()
			if !errors.Is(err, errNoAgent) {
				return f, err
			}
		}
		if err := pause(ctx); err != nil {
			pid, _ := locked(path + ".lock")
			return nil, fmt.Errorf("no agent answers on %s (held by pid %d): %w", path, pid, err)
		}
	}
}

// find connects to a running agent and asks who it is. The connection that is
// handed out is made first: once the agent answers on the second it has the
// first too, and is not idle.
func find(ctx context.Context, path string) (*found, error) {
	conn, err := dialAgent(ctx, path)
	if err != nil {
		return nil, err
	}
	agent, err := ask(ctx, path)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &found{conn: conn, version: agent.GetVersion(), incarnation: agent.GetIncarnation()}, nil
}

func dialAgent(ctx context.Context, path string) (*net.UnixConn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", path)
	if errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, unix.ENOENT) {
		return nil, errNoAgent
	}
	if err != nil {
		return nil, err
	}
	conn := c.(*net.UnixConn)
	if err := checkServer(conn, path); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// checkServer makes sure that the socket in the default place, below a folder
// that all users share, is served by this user. One that FARSOCK_SOCKET names
// may be anybody's.
func checkServer(conn *net.UnixConn, path string) error {
	if path != defaultSocket(func(string) string { return "" }) {
		return nil
	}
	p, err := creds.PeerOf(conn)
	if err != nil {
		return err
	}
	if int(p.UID) != os.Geteuid() {
		return fmt.Errorf("%s is served by uid %d, not by you", path, p.UID)
	}
	return nil
}

func ask(ctx context.Context, path string) (*farsockv1.Agent, error) {
	client, err := grpc.NewClient("passthrough:///agent", grpc.WithTransportCredentials(creds.Client()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		}))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	resp, err := farsockv1.NewAgentServiceClient(client).GetAgent(ctx, &farsockv1.GetAgentRequest{})
	switch status.Code(err) {
	case codes.OK:
		return resp.GetAgent(), nil
	case codes.Unavailable: // it left between the two connections, or is leaving
		return nil, errNoAgent
	case codes.DeadlineExceeded:
		return nil, fmt.Errorf("the agent that serves %s does not answer", path)
	}
	return nil, fmt.Errorf("the agent that serves %s: %s", path, status.Convert(err).Message())
}

func pause(ctx context.Context) error {
	timer := time.NewTimer(tryEvery)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
