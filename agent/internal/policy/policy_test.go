package policy_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/farsock/farsock/agent/internal/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAllows(t *testing.T) {
	alone := policy.Own(1000)
	shared := alone.Admitting(func(uid int) bool { return uid == 1001 })
	for _, c := range []struct {
		name   string
		policy policy.Policy
		uid    int
		want   policy.Decision
	}{
		{"the owner", alone, 1000, policy.Decision{Allowed: true, Rule: policy.RuleOwner}},
		{"root is nobody special", alone, 0, policy.Decision{Rule: policy.RuleDefault}},
		{"another user", alone, 1001, policy.Decision{Rule: policy.RuleDefault}},
		{"the owner beside a group", shared, 1000, policy.Decision{Allowed: true, Rule: policy.RuleOwner}},
		{"a member", shared, 1001, policy.Decision{Allowed: true, Rule: policy.RuleGroup}},
		{"not a member", shared, 1002, policy.Decision{Rule: policy.RuleDefault}},
		{"an unknown uid", alone, -1, policy.Decision{Rule: policy.RuleDefault}},
	} {
		t.Run(c.name, func(t *testing.T) {
			who := policy.Identity{UID: c.uid}
			if got := c.policy.Allows(who, "/farsock.v1.SocketService/Open"); got != c.want {
				t.Errorf("%v: got %+v, want %+v", who, got, c.want)
			}
		})
	}
}

func TestIdentityDoesNotDependOnTheName(t *testing.T) {
	a, b := policy.Identity{UID: 1000, Name: "ann"}, policy.Identity{UID: 1000}
	if a.String() != "uid:1000" || a.String() != b.String() {
		t.Errorf("got %q and %q", a, b)
	}
}

func TestContextCarriesTheIdentity(t *testing.T) {
	want := policy.Identity{UID: 1000, Name: "ann"}
	if got, ok := policy.FromContext(policy.NewContext(t.Context(), want)); got != want || !ok {
		t.Errorf("got %+v, %v", got, ok)
	}
	if got, ok := policy.FromContext(t.Context()); ok {
		t.Errorf("an identity out of nowhere: %+v", got)
	}
}
