// Package policy says who may use the agent: data that is asked, not code that
// acts.
package policy

import "strconv"

// Identity is who calls: a user of the agent's host, as the kernel vouches for
// it on a unix socket.
type Identity struct {
	UID  int    // the user id
	Name string // the login name, for people to read; may be empty
}

// String is the identity as sessions, the API and the audit log have it, for
// example "uid:1000". It does not depend on Name, which may change or be
// missing.
func (i Identity) String() string { return "uid:" + strconv.Itoa(i.UID) }

// The names of the rules, as Decision.Rule gives them.
const (
	RuleOwner   = "owner"   // the agent's own user may do all
	RuleGroup   = "group"   // a member of an admitted group may do all, as itself
	RuleDefault = "default" // anyone else may do nothing
)

// Decision is an answer of a Policy and why it is so.
type Decision struct {
	Allowed bool
	Rule    string // which rule decided, for the audit log and the denied caller
}

// Policy decides without a policy file. The zero value trusts uid 0 alone; use
// Own. It is immutable and may be used concurrently.
type Policy struct {
	owner  int
	member func(uid int) bool
}

// Own is the policy of an agent that runs as uid: its own user may do all,
// anyone else nothing.
func Own(uid int) Policy { return Policy{owner: uid} }

// Admitting is the policy with a group added: users for whom member reports
// true act with their own identity and may do all. member must be safe for
// concurrent use; it is asked at each call, so that a change of the group holds
// at once.
func (p Policy) Admitting(member func(uid int) bool) Policy {
	p.member = member
	return p
}

// Allows decides whether who may call method, a full gRPC method name. Without
// a policy file the method makes no difference; whether it is known at all is
// for the caller's table to say.
func (p Policy) Allows(who Identity, method string) Decision {
	switch {
	case who.UID == p.owner:
		return Decision{Allowed: true, Rule: RuleOwner}
	case p.member != nil && p.member(who.UID):
		return Decision{Allowed: true, Rule: RuleGroup}
	default:
		return Decision{Rule: RuleDefault}
	}
}
