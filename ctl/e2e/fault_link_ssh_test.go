//go:build linux

package e2e

import (
	"errors"
	"net"
	"strings"
	"testing"
)

// TestFaultSSHStream: `ctl stream` over a real ssh, which is killed again and
// again at this end and at the other, with bytes under way: ctl starts it again,
// attaches again, and every byte arrives once.
func TestFaultSSHStream(t *testing.T) {
	t.Parallel()
	random, count := faultRandom(t), countFaults(t, "ssh killed under ctl stream")
	u := newUser(t)
	host := newRemote(t, u, "lab7")
	c := dialOverSSH(t, u, "d")
	rounds := 6
	if full {
		rounds = 60
	}
	g := newGates(t, rounds, 1<<20)
	x := &transfer{run: g.run(), count: count, peer: c.peer.(*net.TCPConn), name: c.uid}
	x.begin(t, random, g.through)
	cmd := u.command(t, "--agent", "ssh://lab7", "stream", "d")
	cmd.Stdin, cmd.Stdout = x.sources[0], x.down
	stream := startProcess(t, cmd)
	g.strike(t, x, stream.done, func(round int, opened func()) {
		// The one before may have been killed behind the last byte.
		var ssh []running
		eventually(t, func() error {
			if ssh = sshOf(stream); len(ssh) == 0 || len(host.logins()) == 0 {
				return errors.New("ctl runs no ssh")
			}
			return nil
		})
		victims := ssh
		if round%2 == 1 {
			victims = host.logins()
		}
		opened()
		for _, p := range victims {
			p.kill(t)
		}
		count.faults.Add(1)
	})
	stream.wait(t, cutPatience).want(t, 0)
	x.verdict(t)
	t.Logf("%d times: %d bytes to the peer, %d to ctl", rounds, x.up.n.Load(), x.down.n.Load())
}

// sshOf is the ssh that a ctl runs.
func sshOf(ctl *process) (found []running) {
	for _, p := range allRunning() {
		if p.parent == ctl.cmd.Process.Pid && p.args[0] == "ssh" {
			found = append(found, p)
		}
	}
	return found
}

// logins are the processes that serve them at the other end.
func (r *remote) logins() (found []running) {
	for _, p := range r.processes() {
		program, who, _ := strings.Cut(p.args[0], ": ")
		if strings.HasPrefix(program, "sshd") && strings.HasPrefix(who, remoteUser) {
			found = append(found, p)
		}
	}
	return found
}
