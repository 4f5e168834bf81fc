//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/farsock/farsock/ctl/farsock"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// pausedAgents are how long TestFaultAgentPaused stops the agent, one after the
// other; its sessions' TTL is 5 s.
func pausedAgents() []time.Duration {
	switch {
	case full:
		return []time.Duration{15 * time.Second, 4 * time.Second, 7 * time.Second, 30 * time.Second, 15 * time.Second}
	case testing.Short():
		return []time.Duration{7 * time.Second}
	}
	return []time.Duration{15 * time.Second}
}

// reapBeats is by how much the contract lets a pause of the agent lengthen a
// lease beyond the pause itself: two beats of half a second.
const reapBeats = time.Second

// TestFaultAgentPaused stops the agent for three TTLs. No session of a client that
// lives is lost, whether it had calls under way or only renewed, and none of
// their sockets. A session that nobody renews is not reaped for the pause either,
// nor kept for more: it has of its TTL what it had before.
func TestFaultAgentPaused(t *testing.T) {
	t.Parallel()
	needSS(t)
	row := countFaults(t, "SIGSTOP of the agent")
	random := faultRandom(t)
	const ttl = 5 * time.Second
	a := startAgent(t, "", "")
	late := measureLateness(t)
	c := connectTo(t, a.endpoint())
	kept, err := c.OpenSession(t.Context(), farsock.SessionConfig{TTL: ttl, KeepAlive: true})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp(workDir, "p")
	if err != nil {
		t.Fatal(err)
	}
	var clients []*holder
	for i := range 4 {
		h := holderSettings{endpoint: a.endpoint(), host: fmt.Sprintf("127.22.0.%d", i+1),
			folder: filepath.Join(folder, fmt.Sprint(i)), sockets: 20, ttl: ttl, calls: i%2 == 0}
		if err := os.Mkdir(h.folder, 0o700); err != nil {
			t.Fatal(err)
		}
		clients = append(clients, startHolder(t, h))
	}
	for _, h := range clients {
		h.ready(t)
	}
	soonest, latest := time.Hour, time.Duration(0)
	for _, length := range pausedAgents() {
		lateBefore := late.soFar()
		idle := make([]*idleSession, 8)
		for i := range idle {
			idle[i] = newIdleSession(t, c, ttl)
			<-time.After(time.Duration(random.Int64N(int64(4*time.Second) / int64(len(idle)))))
		}
		before := sharedNow()
		a.freeze(t)
		frozen := sharedNow()
		<-time.After(length)
		thawed := sharedNow()
		a.signal(syscall.SIGCONT)
		row.faults.Add(1)
		watch := connectTo(t, a.endpoint()) // the connection before may have been given up
		for left := len(idle); left > 0; <-time.After(20 * time.Millisecond) {
			for _, s := range idle {
				if !s.gone && s.look(t, watch) {
					left--
				}
			}
		}
		excuse := late.soFar() - lateBefore
		for _, s := range idle {
			// All on this clock; the agent began to count between asked and told,
			// and stood at least from frozen to thawed.
			soon, most := s.asked+ttl+thawed-frozen, s.told+ttl+sharedGap(before, thawed)+reapBeats+reapGrace
			if s.missed < soon {
				t.Errorf("an idle session was gone %v after it was made, with a pause of %v and a TTL of %v", s.missed-s.asked, length, ttl)
			}
			if s.seen > most+excuse {
				t.Errorf("an idle session was there %v after it was made, with a pause of %v and a TTL of %v; the machine was late by %v", s.seen-s.told, length, ttl, excuse)
			}
			soonest, latest = min(soonest, s.missed-s.asked-length), max(latest, s.seen-s.told-length)
		}
		for _, h := range clients {
			h.lives(t, a, watch)
		}
		select {
		case <-kept.Lost():
			t.Errorf("the SDK's session: %v", kept.Err())
		default:
		}
	}
	row.says("TTL 5s, for %v: 5 live sessions, none lost; idle ones lived %v to %v beside the pause; the wall clock set: session.TestHostsClockMayBeSet",
		pausedAgents(), soonest.Round(10*time.Millisecond), latest.Round(10*time.Millisecond))
}

// sharedGap is how long the agent stood at most.
func sharedGap(before, thawed time.Duration) time.Duration {
	return thawed - before + 100*time.Millisecond
}

// lives fails the test unless the holder runs, its session is ACTIVE and the
// kernel has all its sockets.
func (h *holder) lives(t testing.TB, a *agentProcess, watch *farsock.Client) {
	t.Helper()
	select {
	case <-h.done:
		t.Errorf("a live client ended: %s %s", h.stdout.String(), h.stderr.String())
		return
	default:
	}
	got, err := watch.Sessions.GetSession(t.Context(), &farsockv1.GetSessionRequest{Name: h.session(t)})
	if err != nil || got.GetSession().GetState() != farsockv1.SessionState_SESSION_STATE_ACTIVE {
		t.Errorf("a live client's session: %v %v", got, err)
	}
	if n := len(a.kernelSockets(t).of(h)); n != h.sockets {
		t.Errorf("a live client has %d sockets, want %d", n, h.sockets)
	}
}

// idleSession is one that nobody renews; all times are sharedNow's.
type idleSession struct {
	name        string
	asked, told time.Duration // before and after it was made
	seen        time.Duration // the begin of the last look that found it alive
	missed      time.Duration // the end of the first that did not
	gone        bool
}

func newIdleSession(t testing.TB, c *farsock.Client, ttl time.Duration) *idleSession {
	t.Helper()
	s := &idleSession{asked: sharedNow()}
	session, err := c.OpenSession(t.Context(), farsock.SessionConfig{TTL: ttl})
	if err != nil {
		t.Fatal(err)
	}
	s.told, s.name = sharedNow(), wire.SessionName(session.UID())
	return s
}

// look says whether the session has expired, and renews nothing. An agent that
// has just gone on may not be reached at first.
func (s *idleSession) look(t testing.TB, c *farsock.Client) (gone bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		begin := sharedNow()
		got, err := c.Sessions.GetSession(ctx, &farsockv1.GetSessionRequest{Name: s.name})
		switch state := got.GetSession().GetState(); {
		case farsock.Unreachable(err) && ctx.Err() == nil:
			<-time.After(10 * time.Millisecond)
			continue
		case err == nil && state == farsockv1.SessionState_SESSION_STATE_EXPIRED:
			s.missed, s.gone = sharedNow(), true
		case err == nil && state == farsockv1.SessionState_SESSION_STATE_ACTIVE:
			if s.seen = begin; begin-s.told > 2*patience {
				t.Fatal(errors.New("an idle session does not end"))
			}
		default:
			t.Fatal(got, err)
		}
		return s.gone
	}
}
