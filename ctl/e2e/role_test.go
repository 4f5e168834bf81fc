//go:build linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// roleVariable makes this test binary, run again, one of the programs below
// rather than the tests: what a test kills or stops has to be a process.
const roleVariable = "FARSOCK_E2E_ROLE"

// roles are the programs by their names; each returns its exit code. Written
// only by init functions.
var roles = map[string]func() int{}

// playRole is nil where this process is to run the tests.
func playRole() func() int {
	name, ok := os.LookupEnv(roleVariable)
	if !ok {
		return nil
	}
	if role, ok := roles[name]; ok {
		return role
	}
	return func() int {
		fmt.Fprintf(os.Stderr, "e2e: %s=%q is no role\n", roleVariable, name)
		return 2
	}
}

// roleCommand is a role's command, not started; settings are its environment
// beside the role's name, each NAME=VALUE.
func roleCommand(t testing.TB, role string, settings ...string) *exec.Cmd {
	t.Helper()
	if roles[role] == nil {
		t.Fatalf("there is no role %q", role)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Dir = workDir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + workDir, roleVariable + "=" + role}, settings...)
	return cmd
}
