package agentd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// On a full disk lines are lost whole and counted, and the log goes on once
// there is room.
func TestLogFileOnAFullDisk(t *testing.T) {
	asRoot(t)
	dir := t.TempDir()
	must(t, unix.Mount("none", dir, "tmpfs", 0, "size=32k"))
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	for name, bound := range map[string]int64{"written on": 1 << 20, "put aside": 12 << 10} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
			l, err := openLogFile(path, bound, func(lost int, why error) []byte {
				return fmt.Appendf(nil, "note: %d lost, %v\n", lost, errors.Is(why, unix.ENOSPC))
			})
			must(t, err)
			defer l.Close()
			filler := filepath.Join(dir, "filler")
			must(t, os.WriteFile(filler, make([]byte, 16<<10), 0o600))
			kept, lost := 0, 0
			for i := range 2000 {
				if n, err := fmt.Fprintf(l, "line %04d of the log\n", i); err == nil {
					kept++
				} else if lost++; !errors.Is(err, unix.ENOSPC) || n != 0 {
					t.Fatalf("%d, %v", n, err)
				}
			}
			if bound > 32<<10 && lost == 0 {
				t.Fatal("the disk never was full")
			}
			must(t, os.Remove(filler))
			_, err = fmt.Fprintf(l, "last line\n")
			must(t, err)
			text, err := os.ReadFile(path)
			must(t, err)
			for line := range strings.Lines(string(text)) {
				if !strings.HasSuffix(line, "\n") || strings.Count(line, "line ")+strings.Count(line, "note: ") > 1 {
					t.Errorf("a torn line %q", line)
				}
			}
			note := ""
			if lost > 0 {
				note = fmt.Sprintf("note: %d lost, true\n", lost)
			}
			if !strings.HasSuffix(string(text), note+"last line\n") {
				t.Errorf("%d kept, %d lost, and the end is %q", kept, lost, text[max(0, len(text)-100):])
			}
			must(t, os.Remove(path))
			_ = os.Remove(path + ".old") // only of one
		})
	}
}
