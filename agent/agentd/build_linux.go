package agentd

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"github.com/farsock/farsock/agent/internal/intercept"
	"github.com/farsock/farsock/agent/internal/poller"
	"github.com/farsock/farsock/agent/internal/rpc"
	"github.com/farsock/farsock/agent/internal/session"
	"github.com/farsock/farsock/agent/internal/sock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// build takes the endpoints and puts the parts together. On an error nothing
// is left behind; otherwise shutDown undoes it.
func build(cfg Config) (*agent, error) {
	who, err := newAdmission(cfg.AllowGroup)
	if err != nil {
		return nil, &ConfigError{Flag: "--allow-group", Err: err}
	}
	a := &agent{
		cfg:     cfg,
		log:     cfg.Logger,
		start:   time.Now(),
		conns:   newConnections(cfg.Limits, cfg.Logger),
		gate:    &intercept.Gate{},
		metrics: intercept.NewMetrics(),
		health:  health.NewServer(),
	}
	if err := a.assemble(who); err != nil {
		a.release()
		return nil, err
	}
	return a, nil
}

// assemble may stop half-way; release copes.
func (a *agent) assemble(who admission) error {
	for _, listen := range a.cfg.Listen {
		e, err := listenUnix(strings.TrimPrefix(listen, "unix://"), who.group)
		if err != nil {
			return err
		}
		a.endpoints = append(a.endpoints, e)
	}
	var err error
	if a.cfg.DebugListen != "" {
		if a.debug, err = startDebug(a.cfg.DebugListen, a.metrics.Registry); err != nil {
			return err
		}
	}
	if a.poller, err = poller.New(); err != nil {
		return err
	}
	env := sock.NewEnv(a.poller)
	env.Budget = sock.NewBudget(a.cfg.Limits.HeldBytes)
	a.table = newTable(a.cfg)
	a.server = a.newServer(who, env)
	a.gauges(env)
	return nil
}

func newTable(cfg Config) *rpc.Table {
	return session.New(session.Config[*sock.Socket]{
		MaxTTL: cfg.Limits.MaxTTL,
		Limits: session.Limits{
			Sessions:            cfg.Limits.Sessions,
			SessionsPerIdentity: cfg.Limits.SessionsPerIdentity,
			Sockets:             cfg.Limits.Sockets,
			SocketsPerSession:   cfg.Limits.SocketsPerSession,
		},
		CloseSocket: func(ctx context.Context, e *rpc.Entry) error {
			_, err := e.Socket.Close(ctx, false)
			if errors.Is(err, sock.ErrClosed) {
				return nil
			}
			return err
		},
		OnEnd:  func(s session.Info) { auditEnd(cfg.Logger, s) },
		Logger: cfg.Logger,
	})
}

// auditEnd is the audit line of a session that ended and took its sockets with
// it.
func auditEnd(log *slog.Logger, s session.Info) {
	event := "close-session"
	if s.State == session.Expired {
		event = "expire"
	}
	log.Info("audit", "event", event, "who", s.Identity, "session", s.UID, "id", s.ID,
		"why", s.State.String(), "sockets", s.Sockets, "ttl", s.TTL)
}

func (a *agent) newServer(who admission, env *sock.Env) *grpc.Server {
	opts := append(hardened(), unixCreds(who, a.log))
	chain := intercept.Config{
		Logger: a.log, Metrics: a.metrics, Gate: a.gate, Decide: who.decide,
		Enter: a.conns.enter, Answer: answered, Dropped: dropped, Decoded: took,
	}
	s := grpc.NewServer(append(opts, intercept.Options(chain)...)...)
	deps := rpc.Deps{
		Table: a.table, Env: env, Logger: a.log, Streams: &a.streams, Limits: a.conns.limits,
		Agent: rpc.AgentInfo{Version: a.cfg.Version, Incarnation: a.table.Config().Incarnation, Start: a.start},
	}
	r := chain.Registrar(s)
	farsockv1.RegisterAgentServiceServer(r, rpc.NewAgentServer(deps))
	farsockv1.RegisterSessionServiceServer(r, rpc.NewSessionServer(deps))
	farsockv1.RegisterSocketServiceServer(r, rpc.NewSocketServer(deps))
	healthpb.RegisterHealthServer(r, a.health)
	reflection.Register(struct {
		grpc.ServiceRegistrar
		reflection.ServiceInfoProvider
	}{r, s})
	for name := range s.GetServiceInfo() {
		a.health.SetServingStatus(name, healthpb.HealthCheckResponse_SERVING)
	}
	a.metrics.Initialize(s)
	return s
}

func (a *agent) gauges(env *sock.Env) {
	a.metrics.Gauge("farsock_sessions", "Live sessions.",
		func() float64 { return float64(a.table.Stats().Sessions) })
	a.metrics.Gauge("farsock_sockets", "Sockets, those being made and being closed included.",
		func() float64 { return float64(a.table.Stats().Sockets) })
	a.metrics.Gauge("farsock_held_bytes", "Bytes read from the kernel and still held.",
		func() float64 { return float64(env.Budget.Used()) })
	a.metrics.Gauge("farsock_transit_bytes", "Bytes sent by clients and not decoded, or answered and not fetched.",
		func() float64 { return float64(a.conns.transit.Load()) })
	a.metrics.Gauge("farsock_connections", "Open connections of clients.",
		func() float64 { return float64(a.conns.count()) })
	a.metrics.Gauge("farsock_calls_under_way", "Calls under way.",
		func() float64 { return float64(a.gate.Inside()) })
}
