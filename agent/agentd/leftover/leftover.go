//go:build linux

// Package leftover tells tests which of the processes that they started are
// still there. It is for tests alone, and stands here since tests on both sides
// may use what is below agentd.
package leftover

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const name = "FARSOCK_TEST_RUN"

// Setting stands in the environment, as NAME=VALUE, of every process of this
// run, so that also those that detached themselves are found at its end. A
// program that is started with an environment of its own needs it added.
func Setting() string { return name + "=" + strconv.Itoa(os.Getpid()) }

// Mark puts Setting into this process's environment, which others inherit. A
// TestMain calls it before the tests run.
func Mark() {
	if err := os.Setenv(name, strconv.Itoa(os.Getpid())); err != nil {
		panic(err) // only a malformed name could fail
	}
}

// Judge returns code, or 1 in place of 0 if a process that carries Setting is
// still there 10 s later; it names each on stderr and kills it.
func Judge(code int) int {
	limit := time.After(10 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		left := Carrying(Setting())
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

// Carrying returns the command lines, by process id, of the processes other than
// this whose environment has NAME=VALUE. Processes that ended have none, and
// those of other users are not seen.
func Carrying(setting string) map[int]string {
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
