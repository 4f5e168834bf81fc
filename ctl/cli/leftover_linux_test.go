package cli

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// runMark stands in the environment of every process of this run, so that also
// those that detached themselves are found at the end.
var runMark = [2]string{"FARSOCK_CLI_RUN", strconv.Itoa(os.Getpid())}

// noProcesses makes a passed run a failed one if a process that it started,
// also a detached one, is still there, and ends that process.
func noProcesses(code int) int {
	limit := time.After(10 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		left := marked(runMark[0] + "=" + runMark[1])
		if len(left) == 0 {
			return code
		}
		select {
		case <-tick.C: // it may be ending
			continue
		case <-limit:
		}
		for pid, line := range left {
			fmt.Fprintf(os.Stderr, "the tests left process %d: %s\n", pid, line)
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended now
		}
		return max(code, 1)
	}
}

// marked returns the command lines of the processes, other than this, whose
// environment has NAME=VALUE. Processes that ended have none.
func marked(setting string) map[int]string {
	found := map[int]string{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		env, err := os.ReadFile("/proc/" + e.Name() + "/environ")
		if err != nil || !bytes.Contains(append([]byte{0}, env...), []byte("\x00"+setting+"\x00")) {
			continue // another user's, or gone
		}
		line, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		found[pid] = strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))
	}
	return found
}
