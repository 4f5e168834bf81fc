package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
)

// owners are the agents on which a script has met its sockets, so that only the
// line that makes one has to name its agent.
type owners struct {
	mu    sync.Mutex
	known map[string][]string // by name (ownerName) or uid, target.key of each agent; guarded by mu
}

func newOwners() *owners { return &owners{known: map[string][]string{}} }

// ownerName tells names in sessions that lines gave apart.
func (a *app) ownerName(name string) string {
	if strings.ContainsAny(name, "./") {
		return name // a uid or a resource name, the same in every session
	}
	return a.sessionFlag + "/" + name
}

// met notes that t has the socket.
func (a *app) met(t *target, s *farsockv1.Socket) {
	o := a.scope.made
	if o == nil || s == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, name := range []string{a.ownerName(render.SocketID(s)), s.GetUid(), s.GetName()} {
		if !slices.Contains(o.known[name], t.key()) {
			o.known[name] = append(o.known[name], t.key())
		}
	}
}

// closed forgets that t has a socket of this name.
func (a *app) closed(t *target, name string) {
	o := a.scope.made
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	name = a.ownerName(name)
	o.known[name] = slices.DeleteFunc(slices.Clone(o.known[name]), func(key string) bool { return key == t.key() })
}

// placeOf is where a command looks for the socket: what --agent says, else in a
// script the agent that has it, else the default.
func (a *app) placeOf(name string) (place, error) {
	if a.scope.made == nil || a.agentSaid {
		return a.defaultPlace()
	}
	a.scope.made.mu.Lock()
	keys := slices.Clone(a.scope.made.known[a.ownerName(name)])
	a.scope.made.mu.Unlock()
	if len(keys) == 1 {
		return a.place(keys[0])
	}
	usual, err := a.defaultPlace()
	if err != nil || len(keys) == 0 || slices.Contains(keys, usual.key()) {
		return usual, err
	}
	var labels []string
	for _, key := range keys {
		p, err := a.place(key)
		if err != nil {
			return place{}, err
		}
		labels = append(labels, p.label)
	}
	return place{}, usagef("there is a socket %q on %s: say --agent", name, strings.Join(labels, " and on "))
}

// defaultPlace is what --agent or the environment says.
func (a *app) defaultPlace() (place, error) {
	return a.place(orElse(a.agentFlag, a.env.Getenv("FARSOCK_AGENT")))
}

// targetOf connects to the agent that has the sockets; all have to be on one.
func (a *app) targetOf(ctx context.Context, names ...string) (*target, error) {
	first, err := a.placeOf(names[0])
	if err != nil {
		return nil, err
	}
	for _, name := range names[1:] {
		p, err := a.placeOf(name)
		if err != nil {
			return nil, err
		}
		if p.key() != first.key() {
			return nil, &usageError{err: fmt.Errorf("%s is on %s and %s on %s: one command takes the sockets of one agent", names[0], first.label, name, p.label)}
		}
	}
	return a.targetAt(ctx, first)
}
