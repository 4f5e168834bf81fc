//go:build linux

package rpc_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Everything that the contract offers is done: where a comment says that
// something is not built, a client gets NOT_BUILT, and no table of rules gives
// that any more.
func TestNotBuilt(t *testing.T) {
	files, err := filepath.Glob("../../../proto/farsock/v1/*.proto")
	if err != nil || len(files) < 5 {
		t.Fatalf("no contract: %v, %v", files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(raw), "\n") {
			if strings.Contains(strings.ToLower(line), "not built") {
				t.Errorf("%s:%d: %s", filepath.Base(file), i+1, strings.TrimSpace(line))
			}
		}
	}
}
