package agentd

import (
	"context"
	"time"
)

const (
	// closeWithin bounds ending all sessions, beyond what the table itself
	// bounds for each.
	closeWithin = 15 * time.Second
	// flushWithin bounds sending the answers of calls that ended last.
	flushWithin = time.Second
	// stuckAfter is when handlers that were cut off and have still not ended are
	// left behind.
	stuckAfter = 5 * time.Second
	// releaseWithin bounds giving back what the agent took, lingering closes
	// (5 s) included.
	releaseWithin = 10 * time.Second
)

// shutDown stops in order; each step is bounded. New connections are still
// taken while calls finish, so that clients hear why they are turned away. The
// error is nil or ErrStuck.
func (a *agent) shutDown() error {
	a.health.Shutdown()
	a.gate.Shut()
	a.drain()

	ctx, cancel := a.untilAborted(closeWithin)
	defer cancel()
	if err := a.table.Close(ctx); err != nil {
		a.log.Error("sockets are still being closed", "error", err)
	}
	stopped := within(flushWithin+stuckAfter, a.stopServer)
	if !stopped {
		a.log.Error("calls that were cut off have not ended and are left behind", "calls", a.gate.Inside())
	}
	if !within(releaseWithin, a.release) || !stopped {
		return ErrStuck
	}
	a.log.Info("stopped")
	return nil
}

// drain waits for calls under way: until DrainTimeout, or the second signal.
func (a *agent) drain() {
	if a.cfg.DrainTimeout < 0 || a.gate.Inside() == 0 {
		return
	}
	ctx, cancel := a.untilAborted(a.cfg.DrainTimeout)
	defer cancel()
	a.log.Info("waiting for calls under way", "calls", a.gate.Inside(), "at_most", a.cfg.DrainTimeout)
	if a.gate.Wait(ctx) != nil {
		a.log.Warn("calls under way are cut short", "calls", a.gate.Inside())
	}
}

// stopServer lets the last answers out, then ends every connection and waits
// for every handler.
func (a *agent) stopServer() {
	ctx, cancel := a.untilAborted(flushWithin)
	defer cancel()
	graceful := make(chan struct{})
	go func() {
		defer close(graceful)
		a.server.GracefulStop()
	}()
	select {
	case <-graceful:
	case <-ctx.Done():
	}
	a.server.Stop()
	<-graceful
	a.serving.Wait()
	a.streams.Wait()
}

// within runs a step of the end, which must not keep the process for ever, and
// says whether it was over in time.
func within(d time.Duration, step func()) bool {
	over := make(chan struct{})
	go func() {
		defer close(over)
		step()
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-over:
		return true
	case <-timer.C:
		return false
	}
}

// untilAborted is a context that ends after d or at the second signal.
func (a *agent) untilAborted(d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	if a.cfg.abort == nil {
		return ctx, cancel
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-a.cfg.abort:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel()
		<-done
	}
}

// release gives back what build took, in the opposite order; what build did
// not get to is nil.
func (a *agent) release() {
	if a.table != nil {
		ctx, cancel := context.WithTimeout(context.Background(), flushWithin)
		// An error is logged by shutDown, which has waited for longer.
		_ = a.table.Close(ctx)
		cancel()
	}
	if a.poller != nil {
		if err := a.poller.Close(); err != nil {
			a.log.Error("closing the poller", "error", err)
		}
	}
	if a.debug != nil {
		ctx, cancel := context.WithTimeout(context.Background(), flushWithin)
		a.debug.close(ctx)
		cancel()
	}
	for _, e := range a.endpoints {
		e.close()
	}
}
