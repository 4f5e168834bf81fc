package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/agent/agentd"
	"github.com/farsock/farsock/ctl/farsock"
	"github.com/farsock/farsock/proto/wire"
)

// embeddedEndpoint asks for an agent inside of ctl.
const embeddedEndpoint = "embedded:"

// localAgent is what people call the agent on this machine's default socket.
const localAgent = "the local agent"

// target is the agent that a command speaks to, and the session it works in.
type target struct {
	app      *app
	client   *farsock.Client
	endpoint string // as configured; "embedded:" stays that
	label    string // what people call the agent
	name     string // the configuration's name for it; empty: none was used
	netns    string // the network namespace that the name stands for; empty: none
}

// target connects to the agent that the command line, the environment or the
// configuration names.
func (a *app) target(ctx context.Context) (*target, error) {
	p, err := a.defaultPlace()
	if err != nil {
		return nil, err
	}
	return a.targetAt(ctx, p)
}

// targetAt is target at a place.
func (a *app) targetAt(ctx context.Context, p place) (*target, error) {
	t, err := a.connectTo(ctx, p)
	if err == nil && t.endpoint == embeddedEndpoint && a.scope.sessions == nil {
		a.say("embedded: this agent and its sockets end with this command; see 'ctl run --embedded' and 'ctl session exec'")
	}
	return t, err
}

// quietTarget is target for commands that make good use of an embedded agent.
func (a *app) quietTarget(ctx context.Context) (*target, error) {
	p, err := a.defaultPlace()
	if err != nil {
		return nil, err
	}
	return a.connectTo(ctx, p)
}

func (a *app) connectTo(ctx context.Context, p place) (*target, error) {
	client, err := a.conns.dial(ctx, p.endpoint)
	if _, bad := errors.AsType[*farsock.EndpointError](err); bad || errors.Is(err, agentd.ErrNotLinux) {
		return nil, &usageError{err: withEmbedded(p.endpoint, err)}
	}
	if _, local := errors.AsType[*embeddedError](err); local {
		return nil, err
	}
	if err != nil {
		return nil, &agentError{label: p.label, err: err}
	}
	return &target{app: a, client: client, endpoint: p.endpoint, label: p.label, name: p.name, netns: p.netns}, nil
}

// withEmbedded adds ctl's own scheme to the complaint about one that the SDK does
// not know.
func withEmbedded(endpoint string, err error) error {
	switch scheme, _, _ := strings.Cut(endpoint, ":"); scheme {
	case "unix", "ssh", "tcp", "embedded":
		return err
	}
	return fmt.Errorf("%w, or embedded: (an agent inside of ctl)", err)
}

// place is what --agent stands for.
type place struct {
	endpoint, label string
	name, netns     string // as target's
}

// key tells places apart that have sessions of their own: two names may lead to
// one agent.
func (p place) key() string { return orElse(p.name, p.endpoint) }

// place finds what --agent says.
func (a *app) place(agent string) (place, error) {
	switch {
	case agent == "":
		return place{endpoint: "unix://" + farsock.DefaultSocket(), label: localAgent}, nil
	case strings.Contains(agent, ":"):
		return place{endpoint: agent, label: labelOf(agent)}, nil
	}
	config, err := a.config()
	if err != nil {
		return place{}, err
	}
	known, ok := config.Agents[agent]
	if !ok {
		return place{}, usagef("no agent is called %q; add it with: ctl agent add %s ENDPOINT, or give an endpoint such as ssh://%[2]s", agent, agent)
	}
	return place{known.Endpoint, agent, agent, known.NetworkNamespace}, nil
}

// labelOf is a short name for an endpoint: the host of ssh://.
func labelOf(endpoint string) string {
	if endpoint == embeddedEndpoint {
		return "the embedded agent"
	}
	if u, err := url.Parse(endpoint); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	if endpoint == "unix:" || endpoint == "unix://"+farsock.DefaultSocket() {
		return localAgent
	}
	return endpoint
}

// key is that of the target's place.
func (t *target) key() string { return place{name: t.name, endpoint: t.endpoint}.key() }

// session is the resource name of the session to work in, and whether it is
// USER-HOST, which nobody named.
func (t *target) session(ctx context.Context) (name string, implicit bool, err error) {
	a := t.app
	said := orElse(a.sessionFlag, a.env.Getenv("FARSOCK_SESSION"))
	if a.scope.sessions != nil {
		// A script has sessions of its own; the environment is for commands.
		said = a.sessionFlag
	}
	if said != "" {
		name, err := sessionName(said)
		return name, false, err
	}
	if a.scope.sessions != nil {
		name, err := a.scope.sessions.get(ctx, t)
		return name, false, err
	}
	return wire.SessionName(t.implicitSession()), true, nil
}

// sessionName accepts an id, a uid, or either with "sessions/" before it.
func sessionName(said string) (string, error) {
	name := wire.SessionName(strings.TrimPrefix(said, "sessions/"))
	if _, err := wire.ParseSession(name); err != nil {
		return "", usagef("session %q: %w", said, err)
	}
	return name, nil
}

// socket is the resource name of the socket that NAME means: a name in the
// session, a uid, or a whole resource name.
func (t *target) socket(ctx context.Context, name string) (string, error) {
	full := name
	switch {
	case strings.Contains(name, "/"):
	case isNetwork(name):
		return "", usagef("%q is a network, not the name of a socket; ctl dial, listen, bind and open make a socket of it", name)
	case strings.Contains(name, "."):
		full = wire.SocketUID(name)
	case !wire.ValidName(name):
		return "", usagef("%q names no socket: 1 to %d letters, digits, '-' and '_', a uid, or sessions/S/sockets/NAME", name, wire.MaxNameBytes)
	default:
		session, _, err := t.session(ctx)
		if err != nil {
			return "", err
		}
		return session + "/sockets/" + name, nil
	}
	if _, err := wire.ParseSocket(full); err != nil {
		return "", usagef("socket %q: %w", name, err)
	}
	return full, nil
}

// onSocket connects and names the socket; most commands start so.
func (a *app) onSocket(ctx context.Context, name string) (*target, string, error) {
	t, err := a.targetOf(ctx, name)
	if err != nil {
		return nil, "", err
	}
	socket, err := t.socket(ctx, name)
	return t, socket, err
}

// failed says who answered a call with an error.
func (t *target) failed(err error) error {
	if err == nil {
		return nil
	}
	return t.failedAt(err, nil)
}

// failedAt is failed for a call whose fields people wrote otherwise: typed has
// what they wrote by the contract's path.
func (t *target) failedAt(err error, typed map[string]string) error {
	return &agentError{label: t.label, err: err, inferred: t.inferred(err), typed: typed}
}

// outcome is nil if the kernel did what was asked.
func (t *target) outcome(o *farsockv1.Outcome, wait time.Duration, more string) error {
	if o.GetCode() == farsockv1.OutcomeCode_OUTCOME_CODE_DONE {
		return nil
	}
	return &outcomeError{label: t.label, outcome: o, wait: wait, more: more}
}

// blaming names in an outcome what the kernel answers for, as people typed it.
func blaming(err error, about string) error {
	e, ok := errors.AsType[*outcomeError](err)
	if !ok || about == "" {
		return err
	}
	named := *e
	named.about = about
	return &named
}

// noWait is for outcomes of calls that do not block.
const noWait = time.Duration(-1)
