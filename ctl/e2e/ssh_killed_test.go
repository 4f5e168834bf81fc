//go:build linux

package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

// overSSH is a user's connection on a remote: the socket there, in the session
// that the commands use without saying so, and its peer here.
type overSSH struct {
	user *user
	name string
	uid  string
	peer net.Conn
}

// ctl runs a command on lab7.
func (c *overSSH) ctl(t testing.TB, args ...string) result {
	t.Helper()
	return c.user.ctl(t, append([]string{"--agent", "ssh://lab7"}, args...)...)
}

// show is what the agent says of the socket.
func (c *overSSH) show(t testing.TB) *farsockv1.Socket {
	t.Helper()
	r := c.ctl(t, "-o", "json", "show", c.name).want(t, 0)
	return answer(t, r, new(farsockv1.GetSocketResponse)).GetSocket()
}

// dialOverSSH has lab7 connect to us.
func dialOverSSH(t testing.TB, u *user, name string) *overSSH {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	c := &overSSH{user: u, name: name}
	r := c.ctl(t, "-o", "json", "dial", "tcp", l.Addr().String(), "--as", name).want(t, 0)
	c.uid = answer(t, r, new(farsockv1.OpenResponse)).GetSocket().GetUid()
	if c.peer, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.peer.Close() })
	return c
}

func (c *overSSH) peerSends(t testing.TB, text string) {
	t.Helper()
	if _, err := c.peer.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// receiving starts a recv that wants a whole line and waits until the agent has
// read the half of one for it.
func (c *overSSH) receiving(t testing.TB) *process {
	t.Helper()
	p := c.user.start(t, "--agent", "ssh://lab7", "recv", c.name, "--until", `\n`, "--wait", "forever")
	before := c.show(t).GetReadOffset()
	c.peerSends(t, "half ")
	eventually(t, func() error {
		if now := c.show(t).GetReadOffset(); now != before+int64(len("half ")) {
			return fmt.Errorf("%d bytes read", now-before)
		}
		return nil
	})
	return p
}

// TestSSHKilled: ssh dies in the middle of a call, at this end or at the other,
// and so recv ends with 3 and stream goes on by another ssh; or ctl itself is
// killed, and takes its ssh along. The socket lives on with every byte, and the
// next command sees it.
func TestSSHKilled(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	host := newRemote(t, u, "lab7")
	for _, row := range []struct {
		name string
		cut  func(t testing.TB, ctl *process)
		code int
	}{
		{"ssh", killSSH, 3},
		{"sshd", func(t testing.TB, _ *process) { host.killSessions(t) }, 3},
		{"ctl", func(_ testing.TB, ctl *process) { ctl.kill() }, 137},
	} {
		t.Run(row.name+" under recv", func(t *testing.T) {
			c := dialOverSSH(t, u, "recv-"+row.name)
			agent := host.agent(t)
			p := c.receiving(t)
			row.cut(t, p)
			r := p.wait(t, patience).want(t, row.code)
			if r.stdout != "" {
				t.Errorf("it printed %q", r.stdout)
			}
			t.Logf("exit %d, %s", r.code, strings.TrimSpace(r.stderr))
			eventually(t, host.quiet)
			c.ctl(t, "ls").want(t, 0).says(t, c.name)
			c.peerSends(t, "and half\n")
			got := c.ctl(t, "recv", c.name, "--until", `\n`, "--wait", "20s").want(t, 0).stdout
			if got != "half and half\n" {
				t.Errorf("then recv printed %q", got)
			}
			if now := host.agent(t); now.pid != agent.pid {
				t.Errorf("another agent: %v, then %v", agent, now)
			}
			t.Logf("the next recv printed %q", got)
		})
		if row.code != 3 {
			continue // TestCtlKilled has it
		}
		t.Run(row.name+" under stream", func(t *testing.T) {
			c := dialOverSSH(t, u, "stream-"+row.name)
			cmd := u.command(t, "--agent", "ssh://lab7", "stream", c.name)
			input, err := cmd.StdinPipe() // stays open, so both directions do
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = input.Close() }()
			p := startProcess(t, cmd)
			c.peerSends(t, "early")
			eventually(t, func() error {
				if got := p.stdout.String(); got != "early" {
					return fmt.Errorf("stream printed %q", got)
				}
				return nil
			})
			if !c.show(t).GetAttached() {
				t.Error("not attached")
			}
			row.cut(t, p)
			c.peerSends(t, " and late")
			eventually(t, func() error {
				if got := p.stdout.String(); got != "early and late" {
					return fmt.Errorf("stream printed %q", got)
				}
				return nil
			})
			// It says so, and an interrupt leaves the rest to others.
			p.signal(syscall.SIGTERM)
			p.wait(t, patience).want(t, 143).says(t, "the stream goes on")
			c.peerSends(t, "later")
			if got := c.ctl(t, "recv", c.name, "--exactly", "5", "--wait", "20s").want(t, 0).stdout; got != "later" {
				t.Errorf("then recv printed %q", got)
			}
		})
	}
}

// TestSSHAgentKilled: the agent itself is killed. The call under way is exit 3;
// the next command starts a new agent, which knows the old handles for what they
// are: exit 8, AGENT_RESTARTED.
func TestSSHAgentKilled(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	host := newRemote(t, u, "lab7")
	c := dialOverSSH(t, u, "d")
	c.ctl(t, "session", "create", "ci-42", "--ttl", "10m").want(t, 0)
	c.ctl(t, "--session", "ci-42", "listen", "tcp", "127.0.0.1:0", "--as", "web").want(t, 0)
	old := host.agent(t)
	p := c.receiving(t)
	host.killAgent(t)
	p.wait(t, patience).want(t, 3)

	for _, row := range []struct {
		name   string
		saidBy string // empty: ctl inferred it
		args   []string
	}{
		{"by name, as ctl remembers", "", []string{"show", "d"}},
		{"by uid", "lab7", []string{"show", c.uid}},
		{"to receive, by uid", "lab7", []string{"recv", c.uid}},
		{"by name, again", "", []string{"send", "d", "anybody"}},
		{"in a session", "", []string{"--session", "ci-42", "show", "web"}},
		{"the session", "", []string{"session", "renew", "ci-42"}},
		{"to close, by uid", "lab7", []string{"close", c.uid}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := c.ctl(t, append([]string{"-o", "json"}, row.args...)...).want(t, 8)
			var failure struct{ Reason, SaidBy, Message string }
			if err := json.Unmarshal([]byte(r.stderr), &failure); err != nil {
				t.Fatalf("%s: %v", r, err)
			}
			if failure.Reason != "AGENT_RESTARTED" || failure.SaidBy != row.saidBy {
				t.Errorf("%s: want AGENT_RESTARTED, said by %q", r, row.saidBy)
			}
			t.Logf("%s: exit %d, %s", strings.ReplaceAll(strings.Join(row.args, " "), c.uid, "UID"), r.code, failure.Message)
		})
	}
	if now := host.agent(t); now.pid == old.pid {
		t.Errorf("no new agent: %v", now)
	}
	// The names are free again, in the new agent.
	again := dialOverSSH(t, u, "d")
	was, _ := wire.IncarnationOf(c.uid)
	if is, ok := wire.IncarnationOf(again.uid); !ok || is == was {
		t.Errorf("uids %s and %s", c.uid, again.uid)
	}
	c.ctl(t, "show", c.uid).want(t, 8).says(t, "AGENT_RESTARTED")
}
