package agentd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

// maxDebug bounds the connections to the debug listener.
const maxDebug = 4

// debugServer serves metrics and profiles on a loopback address. It has no
// authentication: whoever can connect on this host can read them.
type debugServer struct {
	server *http.Server
	ln     net.Listener
	done   chan struct{} // closed when serving has ended
}

// startDebug listens and serves. The caller closes it.
func startDebug(addr string, registry *prometheus.Registry) (*debugServer, error) {
	ln, err := listenLoopback(addr)
	if err != nil {
		return nil, err
	}
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d := &debugServer{ln: ln, done: make(chan struct{}), server: &http.Server{
		Handler:           debugHandler(registry),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}}
	go func() {
		defer close(d.done)
		// More than a few wait in the backlog: descriptors are few, and anybody
		// on this host can connect.
		few := netutil.LimitListener(ln, maxDebug)
		// Ends with ErrServerClosed, or with an accept error that leaves the
		// agent itself untouched.
		_ = d.server.Serve(few)
	}()
	return d, nil
}

// debugHandler is made by hand: importing net/http/pprof also fills
// http.DefaultServeMux, which nobody here serves.
func debugHandler(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	// Index serves the profiles by name too: heap (?gc=1), goroutine, ...
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	return mux
}

var errNotLoopback = errors.New("must be a loopback address: it shows the agent's insides to whoever can connect")

// listenLoopback listens if addr's host is a loopback literal or "localhost".
// Other names are refused: what they resolve to can change.
func listenLoopback(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &ConfigError{Flag: "--debug-listen", Err: fmt.Errorf("%q is not HOST:PORT", addr)}
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, &ConfigError{Flag: "--debug-listen", Err: fmt.Errorf("%q %w", addr, errNotLoopback)}
	}
	return net.Listen("tcp", net.JoinHostPort(host, port))
}

func (d *debugServer) addr() string { return d.ln.Addr().String() }

// close ends it, profiles being taken included, and waits for its goroutine.
func (d *debugServer) close(ctx context.Context) {
	if err := d.server.Shutdown(ctx); err != nil {
		d.server.Close()
	}
	<-d.done
}
