package intercept

import (
	grpcprom "github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/reflection"
)

// Metrics counts calls, denials and panics. Each agent has its own registry, so
// that several agents in one process (embedded, tests) do not meet.
type Metrics struct {
	// Registry holds these metrics; others may be added to it. Immutable.
	Registry *prometheus.Registry

	calls  *grpcprom.ServerMetrics
	denied prometheus.Counter
	panics prometheus.Counter
}

// NewMetrics makes the metrics and their registry.
func NewMetrics() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		calls:    grpcprom.NewServerMetrics(grpcprom.WithServerHandlingTimeHistogram()),
		denied: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "farsock_calls_denied_total", Help: "Calls that the agent's policy refused.",
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "farsock_panics_total", Help: "Handlers that panicked: each one is a bug of the agent.",
		}),
	}
	m.Registry.MustRegister(m.calls, m.denied, m.panics)
	return m
}

// Gauge adds a figure that is read whenever somebody looks.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	m.Registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// Initialize makes every method of a server visible with zero counts. Call it
// when all services are registered.
func (m *Metrics) Initialize(s reflection.ServiceInfoProvider) { m.calls.InitializeMetrics(s) }
