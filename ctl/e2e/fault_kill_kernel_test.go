//go:build linux

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// kernelView is what the kernel says of an agent's sockets, which is not what
// the agent says. It was true at some moment between begin and end.
type kernelView struct {
	begin, end time.Duration // sharedNow
	rows       []string      // of ss, the agent's own
	open       map[string]bool
}

// kernelSockets asks ss(8) for the sockets that the agent's process has, and
// /proc for the inodes of the sockets among its descriptors.
func (a *agentProcess) kernelSockets(t testing.TB) kernelView {
	t.Helper()
	v := kernelView{begin: sharedNow(), open: map[string]bool{}}
	args := []string{"-H", "-t", "-u", "-x", "-n", "-a", "-p", "-e"}
	name, flags := "ss", args
	if a.namespace != "" {
		name, flags = "ip", append([]string{"netns", "exec", a.namespace, "ss"}, args...)
	}
	out, err := runTool(name, flags...)
	if err != nil {
		t.Fatal(err)
	}
	own := fmt.Sprintf("pid=%d,", a.cmd.Process.Pid)
	for row := range strings.Lines(out) {
		if strings.Contains(row, own) {
			v.rows = append(v.rows, row)
		}
	}
	open, err := descriptors(a.cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range open {
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			v.open[strings.TrimSuffix(inode, "]")] = true
		}
	}
	v.end = sharedNow()
	return v
}

// socketsBeyond counts the sockets that the agent has by ss beyond as many as
// there were before, and fails the test if that does not become none: for a
// moment some may be connections of those who asked last.
func (a *agentProcess) socketsBeyond(t testing.TB, before int) (more int) {
	t.Helper()
	if err := retry(20*time.Second, func() error {
		rows := a.kernelSockets(t).rows
		if more = max(0, len(rows)-before); more > 0 {
			return fmt.Errorf("%d rows in ss before, %d after:\n%s", before, len(rows), strings.Join(rows, ""))
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	return more
}

// inodeField is where ss -e has an inode: "ino:N" of an internet socket; the
// word after its local address, of a unix one, is what `of` looks for itself.
var inodeField = regexp.MustCompile(` ino:(\d+) `)

// of gives the inodes of a holder's sockets by ss: those at its own loopback
// address and those whose paths are in its folder.
func (v kernelView) of(h *holder) map[string]bool {
	own := map[string]bool{}
	for _, row := range v.rows {
		words := strings.Fields(row)
		for i, word := range words {
			if i+1 < len(words) && strings.HasPrefix(word, h.folder+"/") {
				own[words[i+1]] = true
				break
			}
			if i == 4 && strings.HasPrefix(word, h.host+":") {
				if m := inodeField.FindStringSubmatch(row); m != nil {
					own[m[1]] = true
				}
				break
			}
		}
	}
	return own
}

// stillOpen counts those of the inodes that the process has a descriptor for.
func (v kernelView) stillOpen(inodes map[string]bool) int {
	n := 0
	for inode := range inodes {
		if v.open[inode] {
			n++
		}
	}
	return n
}

// lateness measures how late this machine runs what is due: a timer of the test
// that is due every 10 ms adds up by how much it was late. A bound on time that
// the agent breaks by no more than that says nothing of the agent: what a timer
// here waits for, a processor, is what the agent's timers wait for too.
type lateness struct {
	total atomic.Int64 // nanoseconds
}

// measureLateness measures until the test's end.
func measureLateness(t testing.TB) *lateness {
	const every, usual = 10 * time.Millisecond, time.Millisecond
	l := &lateness{}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTimer(every)
		defer tick.Stop()
		for {
			due := sharedNow() + every
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			if late := sharedNow() - due; late > usual {
				l.total.Add(int64(late))
			}
			tick.Reset(every)
		}
	}()
	t.Cleanup(func() { close(stop); <-stopped })
	return l
}

// soFar is how late it was in all.
func (l *lateness) soFar() time.Duration { return time.Duration(l.total.Load()) }
