package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/ctl/render"
	"github.com/farsock/farsock/proto/wire"
)

// implicitTTL is how long USER-HOST lives without being used, where the agent
// allows that much.
const implicitTTL = time.Hour

// userHost is the session of commands that name none.
func (a *app) userHost() string {
	who := orElse(a.env.Getenv("USER"), a.env.Getenv("USERNAME"))
	if who == "" {
		if u, err := user.Current(); err == nil {
			who = u.Username
		}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	return asName(orElse(who, "user") + "-" + host)
}

// longestSuffix bounds what a namespace adds to USER-HOST.
const longestSuffix = 32

// implicitSession is the id of the session of commands that name none. A name of
// the configuration that stands for a network namespace has one of its own, so
// that several names for one agent do as several agents would.
func (t *target) implicitSession() string {
	id := t.app.userHost()
	if t.netns == "" {
		return id
	}
	suffix := asName(t.netns)
	if suffix != t.netns || len(suffix) > longestSuffix {
		sum := sha256.Sum256([]byte(t.netns)) // keeps apart what now looks alike
		suffix = suffix[:min(len(suffix), longestSuffix-9)] + "-" + hex.EncodeToString(sum[:4])
	}
	return id[:min(len(id), wire.MaxNameBytes-len(suffix)-1)] + "-" + suffix
}

// asName makes a string a valid name: what cannot stand in one becomes '-'.
func asName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 128 && wire.ValidName(string(r)) {
			return r
		}
		return '-'
	}, s)
	return s[:min(len(s), wire.MaxNameBytes)]
}

// openSocket calls Open in the command's session. A USER-HOST that is missing or
// has ended is created, and the same request repeated.
func (t *target) openSocket(ctx context.Context, req *farsockv1.OpenRequest, typed map[string]string) (*farsockv1.OpenResponse, error) {
	session, implicit, err := t.session(ctx)
	if err != nil {
		return nil, err
	}
	req.Session = session
	req.RequestId = uuid.NewString()
	resp, err := t.client.Open(ctx, req)
	if err != nil && implicit && sessionGone(err) {
		if gone := t.restarted(err); gone != "" {
			t.app.say(gone + "; a new session begins")
		}
		if err := t.createImplicit(ctx); err != nil {
			return nil, err
		}
		resp, err = t.client.Open(ctx, req)
	}
	if err != nil {
		return nil, t.failedAt(err, typed)
	}
	t.remember(session, resp.GetSocket().GetUid())
	return resp, nil
}

// sessionGone says whether a call failed because its session is not, or no
// longer, there.
func sessionGone(err error) bool {
	info, ok := wire.InfoOf(err)
	return ok && (info.Reason == farsockv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND ||
		info.Reason == farsockv1.ErrorReason_ERROR_REASON_SESSION_ENDED)
}

// createImplicit creates USER-HOST, unless another command was faster.
func (t *target) createImplicit(ctx context.Context) error {
	err := t.createFor(ctx, implicitTTL)
	if info, ok := wire.InfoOf(err); ok && slices.ContainsFunc(info.Violations, func(v wire.Violation) bool { return v.Field == "ttl" }) {
		if most := t.longestTTL(ctx); most > 0 && most < implicitTTL {
			err = t.createFor(ctx, most)
		}
	}
	if info, ok := wire.InfoOf(err); ok && info.Reason == farsockv1.ErrorReason_ERROR_REASON_SESSION_EXISTS {
		err = nil
	}
	return t.failed(err)
}

func (t *target) createFor(ctx context.Context, ttl time.Duration) error {
	resp, err := t.client.Sessions.CreateSession(ctx, &farsockv1.CreateSessionRequest{
		SessionId: t.implicitSession(),
		Ttl:       durationpb.New(ttl),
	})
	if err == nil && t.app.env.Getenv("CI") != "" {
		t.app.say("in CI 'ctl session exec -- CMD...' is the better way: its sockets end with CMD, those of session " +
			t.implicitSession() + " only after " + render.Span(resp.GetSession().GetTtl().AsDuration()) + " without use")
	}
	return err
}

// longestTTL is the agent's bound of a session's TTL; 0 if it tells none.
func (t *target) longestTTL(ctx context.Context) time.Duration {
	resp, err := t.client.Agents.GetAgent(ctx, &farsockv1.GetAgentRequest{})
	if err != nil {
		return 0
	}
	for _, l := range resp.GetAgent().GetLimits() {
		if l.GetName() == "session_ttl_max" {
			return time.Duration(l.GetMax()) * time.Second
		}
	}
	return 0
}
