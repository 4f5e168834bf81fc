package intercept

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"github.com/farsock/farsock/agent/internal/policy"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/creds"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lines is a log that tests read.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// rig is a real server with the chain on a real unix socket.
type rig struct {
	log     *lines
	metrics *Metrics
	gate    *Gate
	client  *grpc.ClientConn
}

// services are the handlers behind the chain; a nil one answers UNIMPLEMENTED.
type services struct {
	agent  farsockv1.AgentServiceServer
	socket farsockv1.SocketServiceServer
	extra  *grpc.ServiceDesc
}

type config struct {
	services
	refusal   string // every peer is refused with it
	anonymous bool   // the server does not ask who connects
}

func start(t *testing.T, cfg config) *rig {
	t.Helper()
	r := &rig{log: &lines{}, metrics: NewMetrics(), gate: &Gate{}}
	opts := Options(Config{
		Logger:  slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Metrics: r.metrics,
		Gate:    r.gate,
		Decide: func(p creds.Peer, method string) (policy.Identity, policy.Decision) {
			who := policy.Identity{UID: int(p.UID)}
			rules := policy.Own(int(p.UID))
			if cfg.refusal != "" {
				rules = policy.Own(int(p.UID) + 1)
			}
			return who, rules.Allows(who, method)
		},
	})
	transport := creds.Server(creds.ServerConfig{Admit: func(creds.Peer) string { return cfg.refusal }})
	if cfg.anonymous {
		transport = insecure.NewCredentials()
	}
	s := grpc.NewServer(append(opts, grpc.Creds(transport), grpc.WaitForHandlers(true))...)
	register(s, cfg.services)
	r.metrics.Initialize(s)

	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ln) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	if r.client, err = grpc.NewClient("unix://"+path, grpc.WithTransportCredentials(creds.Client())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.client.Close() })
	return r
}

func register(s *grpc.Server, have services) {
	if have.agent == nil {
		have.agent = farsockv1.UnimplementedAgentServiceServer{}
	}
	if have.socket == nil {
		have.socket = farsockv1.UnimplementedSocketServiceServer{}
	}
	farsockv1.RegisterAgentServiceServer(s, have.agent)
	farsockv1.RegisterSocketServiceServer(s, have.socket)
	farsockv1.RegisterSessionServiceServer(s, farsockv1.UnimplementedSessionServiceServer{})
	healthpb.RegisterHealthServer(s, health.NewServer())
	reflection.Register(s)
	if have.extra != nil {
		s.RegisterService(have.extra, nil)
	}
}

func (r *rig) getAgent(ctx context.Context) error {
	_, err := farsockv1.NewAgentServiceClient(r.client).GetAgent(ctx, &farsockv1.GetAgentRequest{})
	return err
}

// counter reads one of the metrics without labels.
func (r *rig) counter(t *testing.T, name string) float64 {
	t.Helper()
	families, err := r.metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}
