//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/farsock/farsock/agent/agentd/leftover"
)

// remote is a host that is reached by ssh alone, as it looks to somebody who
// logs in there: a real sshd, one ordinary user with a home and bash, and the
// agent in /usr/local/bin, which nobody has started. It has its own processes
// and its own view of some folders, and its network is the test's or a lab
// host's. Nothing of this machine is changed, and its processes all die with it.
type remote struct {
	name string   // immutable: what ssh calls it
	at   *host    // immutable: whose network it has; nil: the test's
	dir  string   // immutable: its files, seen from here
	sshd *process // its first process is sshd, a child of this one
	port string   // where sshd listens; immutable once it does
	pids string   // immutable: its process namespace, as the kernel names it
}

const (
	remoteUser = "tester"
	remoteUID  = 61077 // nobody's here, and the user of every remote
)

// remoteBoot makes the view and becomes sshd. $1 is the folder, $2 is sshd.
const remoteBoot = `set -e
mount -t tmpfs -o mode=755 none /run
mkdir /run/sshd /run/remote
mount --bind "$1" /run/remote
mount --bind /run/remote/passwd /etc/passwd
mount --bind /run/remote/bin /usr/local/bin
mount --bind /run/remote/home /home
mount --bind /run/remote/tmp /tmp
exec "$2" -D -e -f /run/remote/sshd_config`

// newRemote starts a remote and lets the user in: `ssh NAME` by the user's own
// configuration and key, which FARSOCK_SSH tells ctl to use.
func newRemote(t testing.TB, u *user, name string) *remote {
	t.Helper()
	return newRemoteAt(t, u, name, nil)
}

// newRemoteAt starts one on a lab's host; nil: in the test's own network.
func newRemoteAt(t testing.TB, u *user, name string, at *host) *remote {
	t.Helper()
	sshd := needSSH(t)
	dir, err := os.MkdirTemp(workDir, "r")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // TestMain removes what is left
	r := &remote{name: name, at: at, dir: dir}
	r.furnish(t, u.key(t, "id"))
	// sshd cannot be told port 0, and a free port may be taken meanwhile.
	for try := 1; ; try++ {
		port := freePort(t)
		if r.boot(t, sshd, port) {
			r.port = port
			u.knows(t, r, port)
			return r
		}
		if try == 3 {
			t.Fatalf("sshd found no free port: %s", r.sshd.stderr.String())
		}
	}
}

// furnish writes the files of a host with one user.
func (r *remote) furnish(t testing.TB, authorized string) {
	t.Helper()
	keygen(t, filepath.Join(r.dir, "host_key"))
	users, err := os.ReadFile("/etc/passwd") // sshd wants an account of its own in it
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, "passwd", fmt.Sprintf("%s\n%s:*:%d:%[3]d::/home/%[2]s:/bin/bash\n",
		strings.TrimSpace(string(users)), remoteUser, remoteUID), 0o644)
	for _, d := range []struct {
		name  string
		mode  fs.FileMode
		owner int
	}{
		{"bin", 0o755, 0},
		{"home", 0o755, 0},
		{"tmp", 0o777 | fs.ModeSticky, 0},
		{r.home(), 0o755, remoteUID},
		{r.home(".ssh"), 0o700, remoteUID},
	} {
		path := filepath.Join(r.dir, d.name)
		if err := errors.Join(os.Mkdir(path, 0o700), os.Chmod(path, d.mode), os.Chown(path, d.owner, d.owner)); err != nil {
			t.Fatal(err)
		}
	}
	r.write(t, r.home(".ssh", "authorized_keys"), authorized, 0o600)
	r.install(t, "bin/agent")
}

// home is a path below the user's home, for write and the like.
func (r *remote) home(path ...string) string {
	return filepath.Join(append([]string{"home", remoteUser}, path...)...)
}

// write makes a file; one in the user's home is the user's.
func (r *remote) write(t testing.TB, path, text string, mode fs.FileMode) {
	t.Helper()
	owner := 0
	if strings.HasPrefix(path, "home/") {
		owner = remoteUID
	}
	full := filepath.Join(r.dir, path)
	if err := errors.Join(os.WriteFile(full, []byte(text), mode), os.Chown(full, owner, owner)); err != nil {
		t.Fatal(err)
	}
}

// install puts the agent's binary there.
func (r *remote) install(t testing.TB, path string) {
	t.Helper()
	full := filepath.Join(r.dir, path)
	if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.Link(binaries(t).agent, full)); err != nil {
		t.Fatal(err)
	}
}

// remove takes a file away.
func (r *remote) remove(t testing.TB, path string) {
	t.Helper()
	if err := os.Remove(filepath.Join(r.dir, path)); err != nil {
		t.Fatal(err)
	}
}

// address is where it is reached.
func (r *remote) address() string {
	if r.at == nil {
		return "127.0.0.1"
	}
	return r.at.ip4
}

// boot starts sshd and returns once it listens; false if the port is taken.
func (r *remote) boot(t testing.TB, sshd, port string) bool {
	t.Helper()
	r.write(t, "sshd_config", strings.Join([]string{
		"ListenAddress " + r.address(),
		"Port " + port,
		"HostKey /run/remote/host_key",
		"PidFile none",
		"UsePAM no",
		"PasswordAuthentication no",
		"KbdInteractiveAuthentication no",
		"SetEnv PATH=/usr/local/bin:/usr/bin:/bin " + leftover.Setting() + ` "` + raceRules + `"`,
	}, "\n")+"\n", 0o600)
	// Killing unshare kills sshd, and with its first process the whole host.
	line := []string{"unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
		"sh", "-c", remoteBoot, "sh", r.dir, sshd}
	if r.at != nil {
		line = append([]string{"ip", "netns", "exec", r.at.namespace}, line...)
	}
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	r.sshd = startProcess(t, cmd)
	taken := false
	eventually(t, func() error {
		said := r.sshd.stderr.String()
		if strings.Contains(said, "Server listening on") {
			return nil
		}
		select {
		case <-r.sshd.done:
		default:
			return errors.New("sshd does not listen")
		}
		if said = r.sshd.stderr.String(); !strings.Contains(said, "Address already in use") {
			t.Fatalf("sshd ended: %s", said)
		}
		taken = true
		return nil
	})
	if taken {
		return false
	}
	pids, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid_for_children", r.sshd.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	r.pids = pids
	t.Cleanup(func() { r.stop(t) })
	return true
}

// stop ends the host. What ssh left there has to end by itself, and the agents
// as an administrator ends them.
func (r *remote) stop(t testing.TB) {
	t.Helper()
	eventually(t, func() error { return r.quiet() })
	for _, a := range r.agents() {
		_ = syscall.Kill(a.pid, syscall.SIGTERM) // it may be ending
	}
	eventually(t, func() error {
		if left := r.agents(); len(left) > 0 {
			return fmt.Errorf("agents: %v", left)
		}
		return nil
	})
	// Crashes and data races land there.
	words, err := os.ReadFile(r.agentFile("agent.err"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) || len(words) > 0 {
		t.Errorf("%s: the agent's stderr: %s %v", r.name, words, err)
	}
	if t.Failed() {
		log, _ := os.ReadFile(r.agentFile("agent.log"))
		t.Logf("%s: sshd said: %s\nthe agent's log: %s", r.name, r.sshd.stderr.String(), log)
	}
	r.down(t)
}

// down kills the host with all that runs on it. It may be called twice.
func (r *remote) down(t testing.TB) {
	t.Helper()
	r.sshd.kill()
	<-r.sshd.done
	eventually(t, func() error {
		if left := r.processes(); len(left) > 0 {
			return fmt.Errorf("%s: processes: %v", r.name, left)
		}
		return nil
	})
}

// agentFile is a file beside the agent's socket, in its default place.
func (r *remote) agentFile(name string) string {
	return filepath.Join(r.dir, "tmp", fmt.Sprintf("farsock-%d", remoteUID), name)
}
