package farsock

import (
	"context"
	"errors"
	"net"
	"time"

	"google.golang.org/grpc/connectivity"
)

const (
	// leaseSlack is how much later than we the agent may notice that the
	// connection broke, and so begin to count the session's TTL: the time of
	// its keep-alive and a little.
	leaseSlack = 17 * time.Second
	// silentTTLs and silentSlack bound for how long an agent is waited for from
	// which nothing comes at all, not even a refusal. A pause of three TTLs is
	// survived, whenever it began.
	silentTTLs  = 4
	silentSlack = 60 * time.Second
)

// lease is a session as those see it that need it to live.
type lease struct {
	ttl    time.Duration
	keeper *Session // keeps it alive and says when it is lost; nil: nobody here does
}

// patience says for how long an agent that is out of reach is waited for, before
// its session has to be taken for lost. An agent that is gone refuses
// connections, and its leases run: that is known after the TTL and 17 s. One that
// is silent may be paused, and then no lease runs, so that this time starts anew
// with all that is silence, up to four TTLs and 60 s. Where the session is kept
// alive nobody gives up before the keep-alive has.
type patience struct {
	client *Client
	lease  lease
	met    time.Time // when the agent was last there
	silent time.Time // when a call last waited in vain
}

// meet notes that the agent was there.
func (p *patience) meet(at time.Time) { p.met = at }

// judge notes why a call failed.
func (p *patience) judge(err error) {
	if silent(err) {
		p.silent = time.Now()
	}
}

// least is until when it is waited in any case, as far as is known.
func (p *patience) least() time.Time {
	last := p.met
	for _, at := range []time.Time{p.silent, p.client.carrier.lastSilent()} {
		if at.After(last) {
			last = at
		}
	}
	until := last.Add(p.lease.ttl + p.client.slack)
	if most := p.most(); until.After(most) {
		return most
	}
	return until
}

// most is until when it is waited if there is only silence.
func (p *patience) most() time.Time {
	return p.met.Add(silentTTLs*p.lease.ttl + p.client.silence)
}

// over says whether it has been waited for long enough.
func (p *patience) over() bool {
	now := time.Now()
	switch {
	case now.Before(p.least()), p.lease.keeper != nil && p.lease.keeper.keeps():
		return false
	case now.Before(p.most()):
		// An attempt that is under way is silence, as far as it goes.
		return p.client.cc.GetState() != connectivity.Connecting
	}
	return true
}

// lookAgain is how soon what may have ended is looked at again.
const lookAgain = 100 * time.Millisecond

// reach waits until there is a connection, or patience is over.
func (p *patience) reach(ctx context.Context) error {
	for {
		until := p.least()
		if soon := time.Now().Add(lookAgain); until.Before(soon) {
			until = soon
		}
		if err := p.client.reach(ctx, until); err == nil || ctx.Err() != nil || p.over() {
			return err
		}
	}
}

// silent tells an agent that does not answer, which may be paused, from one that
// cannot be reached.
func silent(err error) bool {
	if _, ok := errors.AsType[*SilentError](err); ok {
		return true
	}
	if lost, ok := errors.AsType[*lostError](err); ok {
		err = lost.err
	} else if earlier, ok := errors.AsType[*earlierError](err); ok {
		err = earlier.err
	} else {
		return false
	}
	timeout, ok := errors.AsType[net.Error](err)
	return errors.Is(err, errDeaf) || ok && timeout.Timeout()
}
