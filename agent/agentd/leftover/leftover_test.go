//go:build linux

package leftover

import (
	"os/exec"
	"testing"
)

// A process that carries the setting is found, one that has ended is not, and
// one that carries more than the setting's value is another run's.
func TestCarrying(t *testing.T) {
	if left := Carrying(Setting()); len(left) != 0 {
		t.Fatalf("before any was started: %v", left)
	}
	start := func(setting string) *exec.Cmd {
		cmd := exec.Command("cat")
		cmd.Env = []string{"PATH=/usr/bin:/bin", setting}
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
		return cmd
	}
	other := start(Setting() + "0")
	ours := start(Setting())
	left := Carrying(Setting())
	if len(left) != 1 || left[ours.Process.Pid] != "cat" {
		t.Fatalf("got %v, want %d alone, and not %d", left, ours.Process.Pid, other.Process.Pid)
	}
	_ = ours.Process.Kill()
	_ = ours.Wait()
	if left := Carrying(Setting()); len(left) != 0 {
		t.Fatalf("after its end: %v", left)
	}
	if code := Judge(3); code != 3 {
		t.Errorf("Judge made %d of 3", code)
	}
}
