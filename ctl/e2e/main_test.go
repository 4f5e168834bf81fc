//go:build linux

package e2e

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/farsock/farsock/agent/agentd/leftover"
)

// workDir holds everything that this run writes; removed by TestMain. Set once
// before the tests start.
var workDir string

func TestMain(m *testing.M) {
	if role := playRole(); role != nil {
		os.Exit(role())
	}
	os.Exit(runAll(m))
}

// runAll runs the tests and then turns whatever they left behind into a
// failure, also when all of them passed.
func runAll(m *testing.M) int {
	sweepNamespaces()
	dir, err := os.MkdirTemp("", "fse2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	workDir = dir
	before, err := settledDescriptors()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	// Most tests here wait for a kernel or a process, not for a processor; a
	// flag given by hand still counts, since Run parses after this.
	if err := flag.Set("test.parallel", "6"); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	code := leftover.Judge(m.Run())
	left := errors.Join(
		reportFaults(),
		os.RemoveAll(dir),
		retry(10*time.Second, noNamespaces),
		goleak.Find(),
		retry(10*time.Second, func() error { return sameDescriptors(before) }),
	)
	if left != nil {
		fmt.Fprintln(os.Stderr, "e2e: the suite left something behind:", left)
		if code == 0 {
			code = 1
		}
	}
	return code
}

// settledDescriptors counts our descriptors once the runtime has opened those
// that it keeps (its poller, and what the first child process needs).
func settledDescriptors() (map[string]string, error) {
	if _, err := runTool("true"); err != nil {
		return nil, err
	}
	return descriptors(os.Getpid())
}

func sameDescriptors(before map[string]string) error {
	after, err := descriptors(os.Getpid())
	if err != nil {
		return err
	}
	var grown []string
	for fd, target := range after {
		if _, ok := before[fd]; !ok {
			grown = append(grown, fd+" -> "+target)
		}
	}
	if len(after) > len(before) {
		return fmt.Errorf("%d descriptors before, %d after, among them %s", len(before), len(after), strings.Join(grown, ", "))
	}
	return nil
}

// descriptors maps the open descriptors of a process to what they refer to.
func descriptors(pid int) (map[string]string, error) {
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	names, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	open := make(map[string]string, len(names))
	for _, n := range names {
		target, err := os.Readlink(filepath.Join(folder, n.Name()))
		if err != nil {
			continue // the one that ReadDir itself used, or closed meanwhile
		}
		open[n.Name()] = target
	}
	return open, nil
}
