package agentd

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"

	"github.com/farsock/farsock/agent/internal/intercept"
	"github.com/farsock/farsock/agent/internal/poller"
	"github.com/farsock/farsock/agent/internal/rpc"
)

// agent is one running agent. Its fields are immutable once build returned;
// the parts look after themselves.
type agent struct {
	cfg       Config // defaults filled in
	log       *slog.Logger
	start     time.Time
	endpoints []*endpoint
	conns     *connections
	poller    *poller.Poller
	table     *rpc.Table
	gate      *intercept.Gate
	metrics   *intercept.Metrics
	health    *health.Server
	server    *grpc.Server
	serving   sync.WaitGroup // Serve, once for each endpoint
	streams   sync.WaitGroup // what handlers left behind for a moment
	debug     *debugServer   // nil if not asked for
}

// Run is an agent: it listens, calls cfg.Ready, serves until ctx ends (or
// nobody has needed it for cfg.IdleExit), and then stops in order: health says
// NOT_SERVING, new work is refused, calls under way get cfg.DrainTimeout to
// finish, sessions end and close their sockets, the endpoints are removed. It
// returns when all of that is done: nil, or what kept it from starting
// (*ConfigError, *InUseError or a system error) or from going on. Its
// goroutines have ended by then, unless it is ErrStuck.
func Run(ctx context.Context, cfg Config) error {
	cfg, err := cfg.checked()
	if err != nil {
		return err
	}
	a, err := build(cfg)
	if err != nil {
		return err
	}
	failed := a.serve()
	addrs := a.addrs()
	a.log.Info("listening", "endpoints", addrs.Endpoints, "debug", addrs.Debug,
		"incarnation", addrs.Incarnation, "version", cfg.Version, "pid", os.Getpid(),
		"max_sockets", cfg.Limits.Sockets, "max_connections", cfg.Limits.Connections)
	if cfg.Ready != nil {
		cfg.Ready(addrs)
	}
	err = a.untilDone(ctx, failed)
	if stuck := a.shutDown(); err == nil {
		err = stuck
	}
	return err
}

// checked fills the defaults in.
func (c Config) checked() (Config, error) {
	if err := c.resolveListen(os.Getenv); err != nil {
		return c, err
	}
	if err := c.Limits.inRange(nil); err != nil {
		return c, err
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Version == "" {
		c.Version = Version
	}
	if c.DrainTimeout == 0 {
		c.DrainTimeout = defaultDrain
	}
	descriptors, err := descriptorLimit()
	if err != nil {
		return c, err
	}
	if err := c.Limits.fitDescriptors(descriptors); err != nil {
		return c, err
	}
	c.Limits.fill(c.AllowGroup != "")
	return c, nil
}

func (a *agent) addrs() Addrs {
	addrs := Addrs{Endpoints: a.cfg.Listen, Incarnation: a.table.Config().Incarnation}
	if a.debug != nil {
		addrs.Debug = a.debug.addr()
	}
	return addrs
}

// serve accepts on every endpoint. The channel gets the first error that is
// not a shutdown's.
func (a *agent) serve() <-chan error {
	failed := make(chan error, len(a.endpoints))
	for _, e := range a.endpoints {
		a.serving.Go(func() {
			if err := a.server.Serve(listener{e.ln, a.conns}); err != nil {
				failed <- err
			}
		})
	}
	return failed
}

// untilDone returns when the agent should stop: nil if it was told to or is no
// longer needed.
func (a *agent) untilDone(ctx context.Context, failed <-chan error) error {
	idle, stopIdle := a.watchIdle()
	defer stopIdle()
	select {
	case <-ctx.Done():
		a.log.Info("stopping: told to")
		return nil
	case <-idle:
		a.log.Info("stopping: idle", "for", a.cfg.IdleExit)
		return nil
	case err := <-failed:
		a.log.Error("stopping: cannot accept", "error", err)
		return err
	}
}
