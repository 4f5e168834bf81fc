//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const namespacePrefix = "fs-"

func addNamespace(t testing.TB, name string) {
	t.Helper()
	must(t, "", "ip", "netns", "add", name)
	t.Cleanup(func() {
		if _, err := runTool("ip", "netns", "del", name); err != nil {
			t.Error(err)
		}
	})
}

// needNamespaces skips the test where namespaces cannot be made, and says why;
// in CI that is a failure, since there the claims have to be shown.
func needNamespaces(t testing.TB) {
	t.Helper()
	var missing []string
	if os.Geteuid() != 0 {
		missing = append(missing, "root")
	}
	for _, tool := range []string{"ip", "nft", "ss", "sysctl"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = append(missing, tool)
		}
	}
	if len(missing) == 0 {
		return
	}
	reason := "three hosts need " + strings.Join(missing, ", ")
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// sweepNamespaces removes what killed runs left: namespaces of ours whose
// process is dead, and the programs in them.
func sweepNamespaces() {
	for _, name := range namespaces() {
		pid, ok := ownerOf(name)
		if !ok || pid == os.Getpid() || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		pids, err := runTool("ip", "netns", "pids", name)
		if err != nil {
			continue // another run sweeps it at this moment
		}
		for _, field := range strings.Fields(pids) {
			if p, err := strconv.Atoi(field); err == nil {
				_ = syscall.Kill(p, syscall.SIGKILL)
			}
		}
		_, _ = runTool("ip", "netns", "del", name)
	}
}

// noNamespaces returns an error naming the namespaces that this run left.
func noNamespaces() error {
	var left []string
	for _, name := range namespaces() {
		if pid, ok := ownerOf(name); ok && pid == os.Getpid() {
			left = append(left, name)
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("network namespaces: %s", strings.Join(left, ", "))
	}
	return nil
}

func namespaces() []string {
	paths, _ := filepath.Glob("/run/netns/" + namespacePrefix + "*") // the pattern is well formed
	for i := range paths {
		paths[i] = filepath.Base(paths[i])
	}
	return paths
}

// ownerOf takes the process id out of a namespace's name.
func ownerOf(namespace string) (int, bool) {
	digits, _, ok := strings.Cut(strings.TrimPrefix(namespace, namespacePrefix), "-")
	pid, err := strconv.Atoi(digits)
	return pid, ok && err == nil
}
