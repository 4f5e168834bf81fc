package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/farsock/farsock/ctl/farsock"
	"github.com/farsock/farsock/proto/wire"
)

// leaseEnd bounds how long the end of a script waits for an agent to close a
// session; an agent that does not answer ends it by its TTL.
const leaseEnd = 5 * time.Second

// errNoLease is what a line gets that outlives its script.
var errNoLease = errors.New("the script is over")

// leases are a script's own sessions, one for each name or endpoint of an agent,
// so that names for one agent do as names for several would; made when a line first needs
// one and kept alive until close.
type leases struct {
	mu    sync.Mutex
	byKey map[string]*lease // guarded by mu; nil once closed
}

// lease is being made, or made. The fields below done are written before it is
// closed and read-only afterwards.
type lease struct {
	done    chan struct{}
	session *farsock.Session
	err     error
}

func newLeases() *leases { return &leases{byKey: map[string]*lease{}} }

// get returns the name of the session on t's agent. A failed attempt is
// forgotten.
func (l *leases) get(ctx context.Context, t *target) (string, error) {
	l.mu.Lock()
	if l.byKey == nil {
		l.mu.Unlock()
		return "", errNoLease
	}
	one, known := l.byKey[t.key()]
	if !known {
		one = &lease{done: make(chan struct{})}
		l.byKey[t.key()] = one
	}
	l.mu.Unlock()
	if known {
		select {
		case <-one.done:
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	} else {
		one.session, one.err = t.client.OpenSession(ctx, farsock.SessionConfig{KeepAlive: true})
		if one.err != nil {
			l.mu.Lock()
			delete(l.byKey, t.key())
			l.mu.Unlock()
		}
		close(one.done)
	}
	if one.err != nil {
		return "", t.failed(one.err)
	}
	// By uid, so that after a restart of the agent nobody else's session is met.
	return wire.SessionName(one.session.UID()), nil
}

// uid is that of the session of a key (target.key), empty if no line has needed one yet.
func (l *leases) uid(key string) string {
	l.mu.Lock()
	one := l.byKey[key]
	l.mu.Unlock()
	if one == nil {
		return ""
	}
	select {
	case <-one.done:
	default:
		return ""
	}
	if one.session == nil {
		return ""
	}
	return one.session.UID()
}

// close ends the sessions; no line may be running. An agent that is gone is no
// error: it took its sockets along.
func (l *leases) close(ctx context.Context) error {
	l.mu.Lock()
	all := l.byKey
	l.byKey = nil
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseEnd)
	defer cancel()
	var errs []error
	for _, one := range all {
		<-one.done
		if one.session == nil {
			continue
		}
		if err := one.session.Close(ctx); err != nil && !farsock.Unreachable(err) && !sessionGone(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
