package cli

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/farsock/farsock/agent/agentd"
)

// embedded is an agent inside of ctl, on a unix socket that only this user can
// reach.
type embedded struct {
	endpoint string
	dir      string // removed by close
	stop     context.CancelFunc
	ended    chan struct{} // closed when the agent's Run returned
}

// embeddedError is an embedded agent that could not start.
type embeddedError struct{ err error }

func (e *embeddedError) Error() string { return "embedded agent: " + e.err.Error() }
func (e *embeddedError) Unwrap() error { return e.err }

// startEmbedded returns when the agent accepts connections. It lives until
// close, whatever becomes of ctx: the end of a script still needs it.
func startEmbedded(ctx context.Context) (*embedded, error) {
	dir, err := os.MkdirTemp("", "farsock-embedded-") // 0700
	if err != nil {
		return nil, &embeddedError{err}
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	e := &embedded{
		endpoint: "unix://" + filepath.Join(dir, "agent.sock"),
		dir:      dir, stop: stop, ended: make(chan struct{}),
	}
	ready := make(chan struct{})
	var failed error // written before ended is closed
	go func() {
		defer close(e.ended)
		failed = agentd.Run(life, agentd.Config{
			Listen: []string{e.endpoint},
			Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Ready:  func(agentd.Addrs) { close(ready) },
			// Whoever is still waiting is ctl itself, which is at its end.
			DrainTimeout: -1,
		})
	}()
	select {
	case <-ready:
		return e, nil
	case <-e.ended:
		e.close()
		return nil, &embeddedError{failed}
	}
}

// close ends the agent and its sockets and waits for that.
func (e *embedded) close() {
	e.stop()
	<-e.ended
	_ = os.RemoveAll(e.dir) // a leftover in the temporary folder is no failure
}
