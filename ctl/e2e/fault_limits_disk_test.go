//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/farsock/farsock/ctl/farsock"
	"github.com/farsock/farsock/proto/wire"
)

// smallDisk is a command that becomes another one, for which alone a file system
// of 64 KiB is at dir. It is gone with that process.
func smallDisk(dir string) []string {
	return []string{"unshare", "--mount", "sh", "-c", `mount -t tmpfs -o size=64k none "$0" && exec "$@"`, dir}
}

// TestLogDiskFull fills the file system that the agent's log is on: the agent
// serves on and ends in order, and logs again once there is room.
func TestLogDiskFull(t *testing.T) {
	t.Parallel()
	needNamespaces(t)
	row := countFaults(t, "the log's tmpfs is full")
	dir, err := os.MkdirTemp(workDir, "d")
	if err != nil {
		t.Fatal(err)
	}
	a := startAgentUnder(t, smallDisk(dir), "", "127.0.0.1:"+freePort(t), "--log-file", filepath.Join(dir, "log"))
	if err := connectTo(t, a.endpoint()).Close(); err != nil { // or the agent may still be starting
		t.Fatal(err)
	}
	then := a.atRest(t)
	// As the agent sees it.
	inside := filepath.Join("/proc", fmt.Sprint(a.cmd.Process.Pid), "root", dir)
	log := func() string {
		text, err := os.ReadFile(filepath.Join(inside, "log"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	filler, err := os.Create(filepath.Join(inside, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(filler, zeros{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := filler.Close(); err != nil {
		t.Fatal(err)
	}
	c := connectTo(t, a.endpoint())
	last := ""
	use := func() {
		s := lease(t, c)
		for range 100 { // each is a line of the log, more than the last page holds
			res, err := box(t.Context(), c, s)
			if err != nil || farsock.OutcomeErr("open", res.GetOutcome()) != nil {
				t.Fatal(res, err)
			}
			last = res.GetSocket().GetUid()
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		row.faults.Add(100)
	}
	use()
	if text := log(); strings.Contains(text, last) {
		t.Fatalf("the disk was not full: %d bytes of log", len(text))
	}
	lost := last
	if err := os.Remove(filepath.Join(inside, "filler")); err != nil {
		t.Fatal(err)
	}
	use()
	eventually(t, func() error {
		if text := log(); !strings.Contains(text, last) {
			return fmt.Errorf("no line of %s in %d bytes", wire.SocketUID(last), len(text))
		}
		return nil
	})
	// What did go in is whole lines.
	for line := range strings.Lines(log()) {
		if !strings.HasPrefix(line, "time=") || !strings.HasSuffix(line, "\n") {
			t.Errorf("a torn line: %q", line)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	a.backAtRest(t, then, nil)
	row.says("served on without a line for %s; the log went on once there was room", lost)
}

// zeros is bytes without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
