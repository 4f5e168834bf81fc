//go:build linux

package differ

import (
	"fmt"
	"testing"

	"github.com/farsock/farsock/ctl/e2e/posix"
)

// ordinary is the user of cases that are no root's.
const ordinary = 65534

// TestTable executes every row on both sides.
func TestTable(t *testing.T) {
	l := newLabs(t)
	sides := map[bool]pair{false: newPair(t, l, 0), true: newPair(t, l, ordinary)}
	pairs := map[string]bool{}
	cases, ran := posix.Table(), 0
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			p := sides[c.User]
			defer p.reset()
			ran++
			for i, op := range c.Ops {
				r, diff := p.step(op)
				if diff != "" {
					t.Fatalf("%s\n%s", diff, c)
				}
				if r.Errno != "" && op.Call != posix.Join {
					pairs[fmt.Sprint(op.Call, " ", r.Errno)] = true
				}
				if op.Refused.Code != "" && r.Errno == "" {
					// The kernel did what the agent refused: here they part.
					if i != len(c.Ops)-1 {
						t.Fatalf("%s is refused and not the last", op)
					}
					return
				}
			}
			for _, op := range p.finish() {
				if _, diff := p.step(op); diff != "" {
					t.Fatalf("in the end: %s\n%s", diff, c)
				}
			}
		})
	}
	if ran == len(cases) && (ran < 150 || len(pairs) < 40) {
		t.Errorf("only %d cases and %d (call, errno) pairs", ran, len(pairs))
	}
	t.Logf("%d cases of %d, %d (call, errno) pairs", ran, len(cases), len(pairs))
}
