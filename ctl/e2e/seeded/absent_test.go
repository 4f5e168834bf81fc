//go:build linux

package seeded

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestNoBugIsInTheAgent looks for the bugs' names in the agent as it is built
// for users: a hook compiles to nothing.
func TestNoBugIsInTheAgent(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "agent")
	if out, err := exec.Command("go", "build", "-o", binary, root+"/agent").CombinedOutput(); err != nil {
		t.Fatalf("building the agent: %v\n%s", err, out)
	}
	program, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range table {
		if bytes.Contains(program, []byte(c.bug)) {
			t.Errorf("%s is in it", c.bug)
		}
	}
	if bytes.Contains(program, []byte("FARSOCK_SEEDED")) {
		t.Error("so is the variable that chooses one")
	}
}
