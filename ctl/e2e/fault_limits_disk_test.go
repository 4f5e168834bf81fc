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

// TestFaultLogDiskFull fills the file system that the agent's log is on: the agent
// serves on and ends in order, and logs again once there is room.
func TestFaultLogDiskFull(t *testing.T) {
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
	// What did go in is whole lines, and they say how many did not.
	opens, lost := 0, int64(0)
	for line := range strings.Lines(log()) {
		if !strings.HasPrefix(line, "time=") || !strings.HasSuffix(line, "\n") {
			t.Errorf("a torn line: %q", line)
		}
		if strings.Contains(line, " event=open ") {
			opens++
		}
		if strings.Contains(line, `msg="lines of this log were lost"`) {
			lost += figure(t, line, `.* lines=`)
		}
	}
	if used := row.faults.Load(); lost == 0 || int64(opens)+lost < used {
		t.Errorf("the log has %d of %d opens, and says that %d lines were lost", opens, used, lost)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	a.backAtRest(t, then, nil)
	row.says("served on; once there was room the log went on, and said that %d lines were lost", lost)
}

// zeros is bytes without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
