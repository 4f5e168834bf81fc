//go:build linux

package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// debugPage fetches a page of the agent's debug listener, for example
// "/debug/pprof/goroutine?debug=1".
func (a *agentProcess) debugPage(t testing.TB, page string) string {
	t.Helper()
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return dialIn(a.namespace, "tcp", a.debug)
		},
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	response, err := client.Get("http://" + a.debug + page)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", page, response.Status, err)
	}
	return string(text)
}

var goroutineTotal = regexp.MustCompile(`goroutine profile: total (\d+)`)

// goroutines is how many the agent has.
func (a *agentProcess) goroutines(t testing.TB) int {
	t.Helper()
	page := a.debugPage(t, "/debug/pprof/goroutine?debug=1")
	m := goroutineTotal.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no total in %.200q", page)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// openDescriptors counts the agent's descriptors.
func (a *agentProcess) openDescriptors(t testing.TB) int {
	t.Helper()
	open, err := descriptors(a.cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

// sessions lists the ids of the user's live sessions, and renews none.
func (u *user) sessions(t testing.TB, agent string) []string {
	t.Helper()
	r := u.ctl(t, "--agent", agent, "session", "ls", "-o", "json").want(t, 0)
	var live []string
	for _, s := range answer(t, r, new(farsockv1.ListSessionsResponse)).GetSessions() {
		if s.GetState() == farsockv1.SessionState_SESSION_STATE_ACTIVE {
			live = append(live, strings.TrimPrefix(s.GetName(), "sessions/"))
		}
	}
	return live
}

// sockets lists the live sockets of all the user's sessions, and renews those.
func (u *user) sockets(t testing.TB, agent string) []*farsockv1.Socket {
	t.Helper()
	var all []*farsockv1.Socket
	for _, id := range u.sessions(t, agent) {
		r := u.ctl(t, "--agent", agent, "--session", id, "ls", "-o", "json")
		if r.code == 8 && strings.Contains(r.stderr, "SESSION_ENDED") {
			continue // its lease ran out meanwhile
		}
		r.want(t, 0)
		all = append(all, answer(t, r, new(farsockv1.ListSocketsResponse)).GetSockets()...)
	}
	return all
}

// rest is what an agent holds when nothing is going on.
type rest struct{ goroutines, descriptors int }

// atRest measures an agent that serves nobody, having waited until the
// connection of the last command is gone.
func (a *agentProcess) atRest(t testing.TB) rest {
	t.Helper()
	var before rest
	eventually(t, func() error {
		now := rest{a.goroutines(t), a.openDescriptors(t)}
		if now != before {
			was := before
			before = now
			return fmt.Errorf("still moving: %+v, then %+v", was, now)
		}
		return nil
	})
	return before
}

// backAtRest fails the test unless the agent comes back to what it held, with
// one descriptor for each socket that lives more than then; moreSockets counts
// those, nil stands for none.
func (a *agentProcess) backAtRest(t testing.TB, then rest, moreSockets func() int) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Log(a.debugPage(t, "/debug/pprof/goroutine?debug=1"))
		}
	}()
	eventually(t, func() error {
		more := 0
		if moreSockets != nil {
			more = moreSockets()
		}
		g, d := a.goroutines(t), a.openDescriptors(t)
		if g > then.goroutines || d > then.descriptors+more {
			return fmt.Errorf("%d goroutines (%d before), %d descriptors (%d before, and %d more sockets)", g, then.goroutines, d, then.descriptors, more)
		}
		return nil
	})
}

// moreGoroutinesThan is nil once the agent has more than n, which is how a test
// sees that a call has reached it.
func (a *agentProcess) moreGoroutinesThan(t testing.TB, n int) error {
	t.Helper()
	if now := a.goroutines(t); now <= n {
		return fmt.Errorf("%d goroutines, not more than %d", now, n)
	}
	return nil
}
