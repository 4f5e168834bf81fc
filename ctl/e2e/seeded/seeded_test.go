//go:build linux

package seeded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// root is the module's.
const root = "../../.."

// folder is a package's.
func folder(pkg string) string { return filepath.Join(root, "agent", "internal", pkg) }

// maxTries is how often a test may miss a bug: what a fenced stream still does is
// done beside the new one, and now and then so early that nothing comes of it.
const maxTries = 3

// TestSeededBugsAreCaught builds the tests once with the bugs in them. With no
// bug chosen they pass; with each one the table's test fails, and says so.
func TestSeededBugsAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("the bugs are tried without the race detector: it says nothing of them")
	}
	binaries := map[string]string{}
	for _, c := range table {
		if binaries[c.pkg] == "" {
			binaries[c.pkg] = build(t, c.pkg)
		}
	}
	t.Run("none", func(t *testing.T) {
		for pkg, binary := range binaries {
			t.Run(pkg, func(t *testing.T) {
				t.Parallel()
				var tests []string
				for _, c := range table {
					if c.pkg == pkg {
						tests = append(tests, c.test)
					}
				}
				out, err := run(t, binary, pkg, "", either(tests))
				if err != nil {
					t.Fatalf("without a bug: %v\n%s", err, tail(out))
				}
				for _, test := range tests {
					if !strings.Contains(out, "--- PASS: "+test+" (") {
						t.Errorf("%s did not run", test)
					}
				}
			})
		}
	})
	lines := make([]string, len(table))
	t.Run("each", func(t *testing.T) {
		for i, c := range table {
			t.Run(c.bug, func(t *testing.T) {
				t.Parallel()
				var out string
				var err error
				tries := 0
				for err == nil && tries < maxTries {
					tries++
					out, err = run(t, binaries[c.pkg], c.pkg, c.bug, either([]string{c.test}))
				}
				var exit *exec.ExitError
				switch {
				case err == nil:
					t.Fatalf("%s passes all the same, %d times", c.test, tries)
				case !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(out, "--- FAIL: "+c.test+" ("):
					t.Fatalf("%v, and not since %s failed:\n%s", err, c.test, tail(out))
				}
				if tries > 1 {
					t.Logf("caught at try %d", tries)
				}
				lines[i] = fmt.Sprintf("%-22s %s %s: %s", c.bug, c.pkg, c.test, complaint(out))
			})
		}
	})
	if !t.Failed() {
		t.Logf("%d bugs, all caught, each by the one case that stands behind it:\n%s", len(table), strings.Join(lines, "\n"))
	}
}

// either is a -run pattern for some tests, whole.
func either(tests []string) string {
	var levels [][]string
	for _, test := range tests {
		for i, name := range strings.Split(test, "/") {
			if i == len(levels) {
				levels = append(levels, nil)
			}
			if quoted := regexp.QuoteMeta(name); !slices.Contains(levels[i], quoted) {
				levels[i] = append(levels[i], quoted)
			}
		}
	}
	var patterns []string
	for _, names := range levels {
		patterns = append(patterns, "^("+strings.Join(names, "|")+")$")
	}
	return strings.Join(patterns, "/")
}

func build(t *testing.T, pkg string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), pkg+".test")
	out, err := exec.Command("go", "test", "-c", "-tags", "seeded", "-o", binary, "./"+folder(pkg)).CombinedOutput()
	if err != nil {
		t.Fatalf("building the tests of %s: %v\n%s", pkg, err, out)
	}
	return binary
}

// run is one run of a package's tests with a bug in the agent. Random cases are
// the same in each run.
func run(t *testing.T, binary, pkg, bug, pattern string, env ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.v", "-test.count=1", "-test.timeout=100s", "-test.run", pattern)
	cmd.Dir = folder(pkg)
	cmd.Env = append(os.Environ(), "FARSOCK_SEEDED="+bug, "RAPID_SEED=1", "RAPID_SHRINKTIME=0s", "RAPID_NOFAILFILE=true")
	cmd.Env = append(cmd.Env, env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

var complaintLine = regexp.MustCompile(`(?m)^\s+\S+_test\.go:\d+: (.*)$`)

// complaint is the first that a failed test said.
func complaint(out string) string {
	for _, m := range complaintLine.FindAllStringSubmatch(out, -1) {
		return m[1][:min(len(m[1]), 160)]
	}
	return "?"
}

func tail(out string) string { return out[max(0, len(out)-3000):] }

// TestEveryBugHasItsTest holds the table against the bugs that there are.
func TestEveryBugHasItsTest(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder("seeded"), "seeded.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var bugs []string
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
			if lit, ok := v.Values[0].(*ast.BasicLit); ok {
				name, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				bugs = append(bugs, name)
			}
		}
		return true
	})
	if len(bugs) < 12 {
		t.Errorf("only %d bugs are named", len(bugs))
	}
	for _, bug := range bugs {
		if !slices.ContainsFunc(table, func(c catch) bool { return c.bug == bug }) {
			t.Errorf("%s has no test", bug)
		}
	}
	for _, c := range table {
		if !slices.Contains(bugs, c.bug) {
			t.Errorf("there is no bug %s", c.bug)
		}
	}
}
