//go:build linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// needSSH returns sshd's path. It skips the test where sshd cannot be run, and
// says why; in CI that is a failure.
func needSSH(t testing.TB) (sshd string) {
	t.Helper()
	var missing []string
	if os.Geteuid() != 0 {
		missing = append(missing, "root")
	}
	for _, tool := range []string{"ssh", "ssh-keygen", "bash", "unshare", "mount"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = append(missing, tool)
		}
	}
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		sshd = "/usr/sbin/sshd" // often not in PATH
		if _, err := os.Stat(sshd); err != nil {
			missing = append(missing, "sshd")
		}
	}
	if len(missing) == 0 {
		return sshd
	}
	reason := "a host with ssh needs " + strings.Join(missing, ", ")
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

// keygen makes a key pair: path and path.pub, unless it is there.
func keygen(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		must(t, "", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path)
	}
}

// key is the public half of a key of the user, made at need.
func (u *user) key(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(u.dir, name)
	keygen(t, path)
	text, err := os.ReadFile(path + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// knows adds a host to the user's ssh configuration, and its key to the hosts
// that the user trusts. As NAME-stranger it is asked with a key that it does
// not know.
func (u *user) knows(t testing.TB, r *remote, port string) {
	t.Helper()
	u.key(t, "stranger")
	hostKey, err := os.ReadFile(filepath.Join(r.dir, "host_key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	u.append(t, "known_hosts", fmt.Sprintf("[%s]:%s %s", r.address(), port, hostKey))
	for suffix, key := range map[string]string{"": "id", "-stranger": "stranger"} {
		u.append(t, "ssh_config", strings.Join([]string{
			"Host " + r.name + suffix,
			" HostName " + r.address(),
			" Port " + port,
			" User " + remoteUser,
			" IdentityFile " + filepath.Join(u.dir, key),
			" IdentitiesOnly yes",
			" BatchMode yes",
			" UserKnownHostsFile " + filepath.Join(u.dir, "known_hosts"),
			" StrictHostKeyChecking yes",
		}, "\n")+"\n")
	}
	u.setenv("FARSOCK_SSH", "ssh -F "+filepath.Join(u.dir, "ssh_config"))
}

func (u *user) append(t testing.TB, name, text string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(u.dir, name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
