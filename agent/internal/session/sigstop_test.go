package session_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/farsock/farsock/agent/internal/session"
)

// keeperEnv makes the test binary a keeper.
const keeperEnv = "FARSOCK_TEST_KEEPER"

// keeperTTL is the lease that a keeper gives.
const keeperTTL = 800 * time.Millisecond

// keeper is a process with one lease, which renews it or reads its state as its
// standard input says, line by line.
func keeper(in io.Reader, out io.Writer) int {
	tab := session.New(config{CloseSocket: closeThing, MinTTL: keeperTTL})
	ttl := keeperTTL
	if _, err := tab.Create(me, "a", &ttl); err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		info, err := tab.Get(me, byID("a"))
		if lines.Text() == "renew" {
			info, err = tab.Renew(me, byID("a"), nil)
		}
		if err != nil {
			fmt.Fprintln(out, err)
		} else {
			fmt.Fprintln(out, info.State)
		}
	}
	if err := tab.Close(context.Background()); err != nil {
		return 1
	}
	return 0
}

// A real process is stopped for three TTLs. The renewal that was written to it
// meanwhile finds its session, and so does one that comes within the lease that
// was left; without any it ends.
func TestSIGSTOP(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), keeperEnv+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() // nothing, if it has ended
	out := bufio.NewReader(pipe)
	tell := func(line string) {
		if _, err := io.WriteString(in, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	answer := func() string {
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatalf("the keeper: %v", err)
		}
		return strings.TrimSpace(line)
	}
	signal := func(s syscall.Signal) {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}

	for _, late := range []bool{false, true} {
		tell("renew")
		if got := answer(); got != "ACTIVE" {
			t.Fatalf("while it runs: %s", got)
		}
		signal(syscall.SIGSTOP)
		until(t, "the keeper has stopped", func() bool { return stopped(t, cmd.Process.Pid) })
		if !late {
			tell("renew")
		}
		<-time.After(3 * keeperTTL) // the pause
		signal(syscall.SIGCONT)
		if late {
			<-time.After(3 * keeperTTL / 10) // three beats of the lease that was left
			tell("renew")
		}
		if got := answer(); got != "ACTIVE" {
			t.Errorf("stopped for three TTLs, renewed late %v: %s", late, got)
		}
	}
	until(t, "the lease ends", func() bool { tell("state"); return answer() == "EXPIRED" })
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// stopped reads a process's state: T.
func stopped(t *testing.T, pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	after := stat[bytes.LastIndexByte(stat, ')')+1:]
	return bytes.HasPrefix(after, []byte(" T"))
}

// until polls what nothing announces.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.After(20 * time.Second); !holds(); {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("in vain: %s", what)
		}
	}
}
