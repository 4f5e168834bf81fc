//go:build linux

package posix

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newLab fails in CI, and skips elsewhere, where there can be no lab.
func newLab(t testing.TB) *Thread {
	t.Helper()
	if what := Missing(); what != "" && os.Getenv("CI") != "" {
		t.Fatal("a lab needs " + what)
	} else if what != "" {
		t.Skip("a lab needs " + what)
	}
	lab, err := NewLab()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lab.Close)
	return lab
}

// folder is a short path that everyone may write to.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "px")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestTable executes every row: each operation must answer what its row says,
// so that no row is about something else than its author thought.
func TestTable(t *testing.T) {
	lab := newLab(t)
	user, err := NewThread(lab.Path, 65534)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(user.Close)
	pairs, names := map[string]bool{}, map[string]bool{}
	cases, ran := Table(), 0
	for _, c := range cases {
		if names[c.Name] {
			t.Errorf("two rows are called %q", c.Name)
		}
		names[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			ran++
			thread := lab
			if c.User {
				thread = user
			}
			d := NewDirect(thread, folder(t))
			defer d.Reset()
			for _, op := range c.Ops {
				r := d.Do(op)
				if err := Settle(); err != nil {
					t.Fatal(err)
				}
				if r.Errno != "" && op.Call != Join {
					pairs[fmt.Sprint(op.Call, " ", r.Errno)] = true
				}
				if op.Call != Join && r.Errno != op.Want {
					t.Fatalf("%s answered %+v", op, r)
				}
			}
			for _, n := range d.Live() {
				d.State(n)
			}
		})
	}
	if ran == len(cases) && (ran < 250 || len(pairs) < 60) {
		t.Errorf("only %d cases and %d (call, errno) pairs", ran, len(pairs))
	}
	all := make([]string, 0, len(pairs))
	for p := range pairs {
		all = append(all, p)
	}
	slices.Sort(all)
	t.Logf("%d cases, %d (call, errno) pairs: %s", len(cases), len(pairs), strings.Join(all, ", "))
}
