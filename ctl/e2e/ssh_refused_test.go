//go:build linux

package e2e

import (
	"strings"
	"testing"
)

// TestSSHRefused: whatever keeps ssh from an agent is exit 3 and a sentence that
// says who has to do what.
func TestSSHRefused(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	host := newRemote(t, u, "lab7")
	for _, row := range []struct {
		name     string
		bashrc   string // the user's there; bash reads it although it is not interactive
		endpoint string
		code     int
		says     []string
	}{
		{name: "a chatty .bashrc", bashrc: "echo Welcome to lab7\n", endpoint: "ssh://lab7",
			code: 3, says: []string{"the login shell on lab7 prints text", ".bashrc", `"Welcome to lab7"`}},
		{name: "a very chatty one", bashrc: "seq 100000\n", endpoint: "ssh://lab7",
			code: 3, says: []string{"the login shell on lab7 prints text", ".bashrc"}},
		{name: "chatty without a line's end", bashrc: "printf 'lab7> '\n", endpoint: "ssh://lab7",
			code: 3, says: []string{"the login shell on lab7 prints text", `"lab7>"`}},
		{name: "a terminal's escapes", bashrc: `printf '\033[2J\n'` + "\n", endpoint: "ssh://lab7",
			code: 3, says: []string{"the login shell on lab7 prints text", `\x1b[2J`}},
		{name: "chatty on stderr alone", bashrc: "echo Welcome to lab7 >&2\n", endpoint: "ssh://lab7", code: 0},
		{name: "one that ends the shell", bashrc: "exit 7\n", endpoint: "ssh://lab7",
			code: 3, says: []string{"the agent on lab7 did not start", "exit status 7"}},
		{name: "no such agent", endpoint: "ssh://lab7/opt/nowhere/agent",
			code: 3, says: []string{"there is no agent on lab7", "scp agent lab7:", "/opt/nowhere/agent"}},
		{name: "not a program", endpoint: "ssh://lab7/~/.bashrc",
			code: 3, says: []string{"the agent is there on lab7 but not executable", "chmod +x", "exit status 126"}},
		{name: "another program", endpoint: "ssh://lab7/usr/bin/false",
			code: 3, says: []string{"the agent on lab7 did not start", "exit status 1"}},
		{name: "another that is content", endpoint: "ssh://lab7/bin/true",
			code: 3, says: []string{"the program there ended at once", "exit status 0"}},
		{name: "a stranger", endpoint: "ssh://lab7-stranger",
			code: 3, says: []string{"ssh to lab7-stranger failed", "Permission denied"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			host.write(t, host.home(".bashrc"), row.bashrc, 0o644)
			r := u.ctl(t, "--agent", row.endpoint, "listen", "tcp", "127.0.0.1:0").want(t, row.code)
			for _, text := range row.says {
				if !strings.Contains(r.stderr, text) {
					t.Errorf("%s: nowhere %q", r, text)
				}
			}
			if row.code != 0 && (r.stdout != "" || strings.Count(r.stderr, "\n") > 4 || strings.Contains(r.stderr, "\x1b") || len(r.stderr) > 4096) {
				t.Errorf("%s: untidy", r)
			}
			t.Logf("exit %d, %s", r.code, strings.TrimSpace(r.stderr))
		})
	}
}

// TestSSHInstalls follows the advice that is given where no agent is installed.
func TestSSHInstalls(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	host := newRemote(t, u, "lab7")
	host.remove(t, "bin/agent")
	r := u.ctl(t, "--agent", "ssh://lab7", "ls").want(t, 3).says(t, "name it in the endpoint (ssh://lab7/~/agent)")
	t.Logf("exit %d, %s", r.code, strings.TrimSpace(r.stderr))

	host.install(t, host.home("agent"))
	u.ctl(t, "--agent", "ssh://lab7/~/agent", "listen", "tcp", "127.0.0.1:0", "--as", "web").want(t, 0)
	agent := host.agent(t)
	// The same agent, whichever of the ways leads to it.
	host.install(t, host.home("my tools", "agent"))
	u.ctl(t, "--agent", "ssh://lab7/~/my%20tools/agent", "show", "web").want(t, 0)
	u.ctl(t, "--agent", "ssh://"+remoteUser+"@lab7/home/"+remoteUser+"/agent", "show", "web").want(t, 0)
	host.install(t, "bin/agent")
	u.ctl(t, "agent", "add", "lab", "ssh://lab7").want(t, 0)
	u.ctl(t, "--agent", "lab", "show", "web").want(t, 0)
	if now := host.agent(t); now.pid != agent.pid {
		t.Errorf("another agent: %v, then %v", agent, now)
	}

	eventually(t, host.quiet)
	host.down(t)
	r = u.ctl(t, "--agent", "lab", "show", "web").want(t, 3).says(t, "Connection refused")
	t.Logf("the host is down: exit %d, %s", r.code, strings.TrimSpace(r.stderr))
}
