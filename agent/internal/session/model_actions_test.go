package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/farsock/farsock/agent/internal/session"
)

// Whatever is done in whatever order, and however often the agent is paused,
// the table is as the model: in virtual time, so that every end is exact.
func TestTableIsAsItsModel(t *testing.T) {
	for range modelRounds {
		rapid.Check(t, func(rt *rapid.T) {
			virtually(t, func() {
				h := &host{}
				m := &model{host: h, start: h.now(), tab: session.New(config{CloseSocket: closeThing, Now: h.now})}
				defer func() {
					if err := m.tab.Close(context.Background()); err != nil {
						rt.Errorf("Close: %v", err)
					}
				}()
				rt.Repeat(m.actions())
			})
		})
	}
}

// virtually runs f in virtual time. What it panics with, as rapid.T does, goes
// to the caller's goroutine; synctest would end the program with it.
func virtually(t *testing.T, f func()) {
	var panicked any
	synctest.Test(t, func(*testing.T) {
		defer func() { panicked = recover() }()
		f()
	})
	if panicked != nil {
		panic(panicked)
	}
}

func (m *model) actions() map[string]func(*rapid.T) {
	actions := map[string]func(*rapid.T){
		"create": m.create, "renew": m.renew, "enter": m.enter, "release": m.release,
		"open": m.open, "accept": m.accept, "close": m.closeSocket, "end": m.end,
		"pass": m.pass, "until the next end": m.untilNext, "pause": m.pause,
	}
	for name, action := range actions {
		actions[name] = func(rt *rapid.T) {
			m.rt = rt
			action(rt)
			synctest.Wait()
		}
	}
	actions[""] = func(rt *rapid.T) {
		m.rt = rt
		m.settle()
		m.check()
	}
	return actions
}

var (
	ids      = rapid.SampledFrom([]string{"a", "b", "c"})
	ttls     = rapid.SampledFrom([]time.Duration{5 * time.Second, 7 * time.Second, 30 * time.Second, 11 * time.Minute})
	requests = rapid.SampledFrom([]string{"r1", "r2", "r3"})
	contents = rapid.SampledFrom([]byte{1, 1, 1, 2})
)

func (m *model) create(rt *rapid.T) {
	id, ttl := ids.Draw(rt, "id"), ttls.Draw(rt, "ttl")
	before := m.byID(id)
	info, err := m.tab.Create(me, id, &ttl)
	if before != nil && before.state == session.Active {
		var exists *session.ExistsError
		if !errors.As(err, &exists) {
			rt.Fatalf("a live id: %v", err)
		}
		return
	}
	if err != nil {
		rt.Fatalf("Create: %v", err)
	}
	m.sessions = append(m.sessions, &leaseModel{
		id: id, uid: info.UID, ttl: ttl, state: session.Active, ends: m.in(ttl),
		names: map[string]*socketModel{}, answers: map[string]*answerModel{},
	})
}

// lease draws a session by its id, or one of all that ever were by its uid.
func (m *model) lease(rt *rapid.T) (*leaseModel, session.Ref) {
	if len(m.sessions) > 0 && rapid.Bool().Draw(rt, "by uid") {
		s := rapid.SampledFrom(m.sessions).Draw(rt, "session")
		return s, session.Ref{SessionUID: s.uid}
	}
	id := ids.Draw(rt, "id")
	return m.byID(id), byID(id)
}

func (m *model) renew(rt *rapid.T) {
	s, ref := m.lease(rt)
	ttl := rapid.Ptr(ttls, true).Draw(rt, "ttl")
	_, err := m.tab.Renew(me, ref, ttl)
	if m.refused(s, err) {
		return
	}
	if err != nil {
		rt.Fatalf("Renew: %v", err)
	}
	if ttl != nil {
		s.ttl = *ttl
	}
	s.ends = m.in(s.ttl)
}

func (m *model) enter(rt *rapid.T) {
	s, ref := m.lease(rt)
	c, err := m.tab.Enter(context.Background(), me, ref)
	if m.refused(s, err) {
		return
	}
	if err != nil {
		rt.Fatalf("Enter: %v", err)
	}
	s.calls = append(s.calls, c)
}

func (m *model) release(rt *rapid.T) {
	s, _ := m.lease(rt)
	if s == nil || len(s.calls) == 0 {
		rt.Skip()
	}
	i := rapid.IntRange(0, len(s.calls)-1).Draw(rt, "call")
	s.calls[i].Release()
	s.calls = append(s.calls[:i:i], s.calls[i+1:]...)
	m.over(s)
}

// over is a call's end.
func (m *model) over(s *leaseModel) {
	if s.state == session.Active && len(s.calls) == 0 {
		s.ends = m.in(s.ttl)
	}
}

// open is an Open: by a request id, or without one.
func (m *model) open(rt *rapid.T) {
	s, ref := m.lease(rt)
	name := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(rt, "name")
	c, err := m.tab.Enter(context.Background(), me, ref)
	if m.refused(s, err) {
		return
	}
	if err != nil {
		rt.Fatalf("Enter: %v", err)
	}
	m.once(rt, s, c, name)
	c.Release()
	m.over(s)
}

// once makes a socket at most once for a request id.
func (m *model) once(rt *rapid.T, s *leaseModel, c *call, name string) {
	id, content := requests.Draw(rt, "request"), contents.Draw(rt, "content")
	fails := rapid.SampledFrom([]string{"", "", "", "kept", "not kept"}).Draw(rt, "fails")
	var made *socketModel
	value, joined, err := c.Session.Once(c.Context(), nil, id, digest{content}, func(context.Context) (session.Result, error) {
		m.values++
		if fails != "" {
			return session.Result{Value: m.values, Keep: fails == "kept"}, nil
		}
		r, err := c.Session.Reserve(name)
		if err != nil {
			return session.Result{}, err
		}
		defer r.Release()
		e, err := r.Install(new(thing), "")
		if err != nil {
			return session.Result{}, err
		}
		made = &socketModel{owner: s, entry: e}
		return session.Result{Value: m.values, SocketUID: e.UID(), Keep: true}, nil
	})
	if before := s.answers[id]; before != nil && (before.kept() || m.now() < before.ends.hi) {
		var reused *session.RequestIDReusedError
		switch known := before.content == content && joined && err == nil && value == before.value; {
		case known, before.content != content && errors.As(err, &reused):
			return
		case before.kept() || m.now() < before.ends.lo:
			rt.Fatalf("%s again, stored as %+v: %v, %v, %v", id, before, value, joined, err)
		}
	}
	delete(s.answers, id)
	var taken *session.SocketExistsError
	switch {
	case joined || err == nil && value != m.values:
		rt.Fatalf("%s: joined %v, got %v after %d runs", id, joined, value, m.values)
	case err != nil:
		if s.names[name] == nil || !errors.As(err, &taken) {
			rt.Fatalf("%s: %v", id, err)
		}
	case made != nil:
		if s.names[name] != nil {
			rt.Fatalf("the name %s was given twice", name)
		}
		s.names[name] = made
		m.sockets = append(m.sockets, made)
		s.answers[id] = &answerModel{content: content, value: value, socket: made}
	case fails == "kept":
		s.answers[id] = &answerModel{content: content, value: value, ends: m.in(10 * time.Minute)}
	}
}

// accept is an Accept, by the uid of a socket that may long be gone.
func (m *model) accept(rt *rapid.T) {
	if len(m.sockets) == 0 {
		rt.Skip()
	}
	x := rapid.SampledFrom(m.sockets).Draw(rt, "listener")
	s := x.owner
	c, err := m.tab.Enter(context.Background(), me, session.Ref{SocketUID: x.entry.UID()})
	if err == nil {
		if x.over || s.state != session.Active {
			rt.Fatalf("a socket of %+v that is closed: entered", s)
		}
		m.once(rt, s, c, rapid.SampledFrom([]string{"x", "y", "z"}).Draw(rt, "name"))
		c.Release()
		m.over(s)
		return
	}
	var none *session.SocketNotFoundError
	var ended *session.EndedError
	switch {
	case s.state != session.Active && !s.gone && !x.over:
		if !errors.As(err, &ended) || ended.Ended != s.state {
			rt.Fatalf("a socket that ended with %+v: %v", s, err)
		}
	case !x.over && s.state == session.Active || !errors.As(err, &none):
		rt.Fatalf("a socket of %+v: %v", s, err)
	case s.state != session.Active && !s.gone:
		m.repeatLate(rt, s)
	}
}

// repeatLate repeats an Accept whose listener closed before its session ended.
func (m *model) repeatLate(rt *rapid.T, s *leaseModel) {
	for id, a := range s.answers {
		if !a.kept() && m.now() >= a.ends.lo-10*time.Minute {
			continue // it may have been forgotten before the session ended
		}
		value, err := m.tab.Answered(me, id, digest{a.content})
		var ended *session.EndedError
		if value == nil && !errors.As(err, &ended) {
			rt.Fatalf("%s, answered in %+v: %v, %v", id, s, value, err)
		}
		for _, other := range m.sessions {
			if o := other.answers[id]; other.state == session.Active && o != nil && o.value == value {
				other.ends = m.in(other.ttl) // it answered the same request: renewed
			}
		}
	}
}

func (m *model) closeSocket(rt *rapid.T) {
	if len(m.sockets) == 0 {
		rt.Skip()
	}
	x := rapid.SampledFrom(m.sockets).Draw(rt, "socket")
	c, err := m.tab.Enter(context.Background(), me, session.Ref{SocketUID: x.entry.UID()})
	if (err == nil) != (!x.over && x.owner.state == session.Active) {
		rt.Fatalf("a socket of %+v, closed %v: %v", x.owner, x.over, err)
	}
	if err != nil {
		return
	}
	if !c.Session.Remove(x.entry) {
		rt.Fatal("Remove of a live socket did nothing")
	}
	x.over = true
	delete(x.owner.names, x.entry.Name())
	for _, a := range x.owner.answers {
		if a.socket == x {
			a.ends = m.in(10 * time.Minute)
		}
	}
	c.Release()
	m.over(x.owner)
}

func (m *model) end(rt *rapid.T) {
	if rapid.IntRange(0, 2).Draw(rt, "really") != 0 {
		rt.Skip()
	}
	s, ref := m.lease(rt)
	info, err := m.tab.CloseSession(context.Background(), me, ref)
	if m.refused(s, err) {
		return
	}
	if err != nil || info.Sockets != len(s.names) {
		rt.Fatalf("CloseSession of %+v: %+v, %v", s, info, err)
	}
	at := m.in(0)
	m.ended(s, session.Closed, at)
}

func (m *model) pass(rt *rapid.T) {
	time.Sleep(rapid.SampledFrom([]time.Duration{
		1, tick, beat - 1, beat, beat + 1, 4 * time.Second, 5*time.Second - 1, 5 * time.Second, 20 * time.Second, 4 * time.Minute,
	}).Draw(rt, "time"))
}

// untilNext lets time pass until just before the next thing ends, or just then.
func (m *model) untilNext(rt *rapid.T) {
	next := time.Duration(0)
	for _, s := range m.sessions {
		left := s.ends.lo - m.now()
		if left <= 0 {
			left = s.ends.hi - m.now()
		}
		if left > 0 && !s.gone && len(s.calls) == 0 && (next == 0 || left < next) {
			next = left
		}
	}
	if next == 0 {
		rt.Skip()
	}
	time.Sleep(next - rapid.SampledFrom([]time.Duration{0, 1}).Draw(rt, "short by"))
}

func (m *model) pause(rt *rapid.T) {
	m.pausing(rapid.SampledFrom([]time.Duration{
		tick, beat - 1, beat, 2*beat + 1, 15 * time.Second, time.Hour, 1000 * time.Hour,
	}).Draw(rt, "length"))
}
