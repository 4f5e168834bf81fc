package agentd

import (
	"fmt"
	"os"
	"os/user"
	"strconv"

	"github.com/farsock/farsock/agent/internal/policy"
	"github.com/farsock/farsock/proto/creds"
)

// admission is who may use this agent: its own user, and the members of one
// group if there is one. Immutable.
type admission struct {
	uid   int
	group *uint32
}

func newAdmission(group string) (admission, error) {
	a := admission{uid: os.Geteuid()}
	if group == "" {
		return a, nil
	}
	gid, err := lookupGroup(group)
	if err != nil {
		return a, err
	}
	a.group = &gid
	return a, nil
}

func lookupGroup(group string) (uint32, error) {
	if n, err := strconv.ParseUint(group, 10, 32); err == nil {
		return uint32(n), nil
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return 0, fmt.Errorf("group %q: %w", group, err)
	}
	n, err := strconv.ParseUint(g.Gid, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("group %q has the id %q", group, g.Gid)
	}
	return uint32(n), nil
}

// decide asks the policy. A group's members are known by the groups that the
// kernel saw when they connected, as for a file.
func (a admission) decide(p creds.Peer, fullMethod string) (policy.Identity, policy.Decision) {
	who := policy.Identity{UID: int(p.UID)}
	rules := policy.Own(a.uid)
	if a.group != nil {
		rules = rules.Admitting(func(int) bool { return p.Member(*a.group) })
	}
	return who, rules.Allows(who, fullMethod)
}

// refusal says why a peer is not admitted at all, or "".
func (a admission) refusal(p creds.Peer) string {
	if _, d := a.decide(p, ""); d.Allowed {
		return ""
	}
	if a.group == nil {
		return fmt.Sprintf("this agent serves uid %d alone, and you are uid %d", a.uid, p.UID)
	}
	return fmt.Sprintf("this agent serves uid %d and group %d, and uid %d is neither", a.uid, *a.group, p.UID)
}
