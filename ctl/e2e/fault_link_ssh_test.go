//go:build linux

package e2e

import (
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
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
	switch {
	case full:
		rounds = 60
	case testing.Short():
		rounds = 2
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

// TestFaultSSHPartition: a real ssh crosses a link that loses packets, and for
// seconds all of them. ctl's stream waits, or starts ssh again, and every byte
// arrives once.
func TestFaultSSHPartition(t *testing.T) {
	t.Parallel()
	const loss = 3
	random, count := faultRandom(t), countFaults(t, "ssh: 3 % loss and partitions")
	lengths := partitions(random)
	lengths = lengths[:1+len(lengths)/4] // the first is the longest
	l := newHosts(t)
	u := l.user
	host := newRemoteAt(t, u, "lab7", l.a)
	u.setenv("FARSOCK_SSH", "ip netns exec "+l.b.namespace+" ssh -F "+filepath.Join(u.dir, "ssh_config"))
	on7 := func(args ...string) result { return u.ctl(t, append([]string{"--agent", "ssh://lab7"}, args...)...) }
	opened := answer(t, on7("-o", "json", "listen", "tcp", "127.0.0.1:0", "--as", "web").want(t, 0), new(farsockv1.OpenResponse))
	peer, err := dialIn(l.a.namespace, "tcp", wire.FormatAddress(opened.GetSocket().GetLocal()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = peer.Close() }()
	on7("accept", "web", "--as", "d").want(t, 0)
	k := &linked{lab: l, port: host.port}
	k.loses(t, loss)
	g := newGates(t, len(lengths), 1<<20)
	x := &transfer{run: g.run(), count: count, peer: peer.(*net.TCPConn)}
	x.begin(t, random, g.through)
	cmd := u.command(t, "--agent", "ssh://lab7", "stream", "d")
	cmd.Stdin, cmd.Stdout = x.sources[0], x.down
	stream := startProcess(t, cmd)
	g.strike(t, x, stream.done, func(round int, opened func()) {
		k.loses(t, 100)
		opened()
		<-time.After(lengths[round]) // what was drawn; nothing is waited for
		k.loses(t, loss)
		count.faults.Add(1)
	})
	stream.wait(t, cutPatience).want(t, 0)
	x.verdict(t)
	k.loses(t, 0)
	// An ssh that was given up while the link was gone left a login behind, whose
	// sshd would not miss it for minutes.
	for _, p := range host.logins() {
		p.kill(t)
	}
	count.says("of %v", lengths)
	t.Logf("partitions of %v; ctl said: %s", lengths, stream.stderr.String())
}
