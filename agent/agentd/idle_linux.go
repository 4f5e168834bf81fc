package agentd

import (
	"sync"
	"time"
)

// watchIdle closes the channel when the agent has had neither a session nor a
// connection for cfg.IdleExit; no connection is taken from then on. stop ends
// watching and waits for it.
func (a *agent) watchIdle() (idle <-chan struct{}, stop func()) {
	if a.cfg.IdleExit <= 0 {
		return nil, func() {}
	}
	found, stopped := make(chan struct{}), make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		every := min(max(a.cfg.IdleExit/20, time.Millisecond), 15*time.Second)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		busy := time.Now()
		for {
			select {
			case <-ticker.C:
			case <-stopped:
				return
			}
			if a.idleFor(&busy) >= a.cfg.IdleExit && a.conns.endIfIdle() {
				close(found)
				return
			}
		}
	})
	return found, func() {
		close(stopped)
		watching.Wait()
	}
}

// idleFor is how long nobody has needed the agent; busy remembers when somebody
// last did.
func (a *agent) idleFor(busy *time.Time) time.Duration {
	since, idle := a.conns.idleSince()
	if !idle || a.table.Stats().Sessions > 0 {
		*busy = time.Now()
		return 0
	}
	if since.After(*busy) {
		*busy = since
	}
	return time.Since(*busy)
}
