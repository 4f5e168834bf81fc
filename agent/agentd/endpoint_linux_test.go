package agentd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestStartAndStop(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	p := serving(t, path)
	agent := dial(t, path).who(t) // the mode is set before the first answer
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the socket has mode %04o, want 0600", info.Mode().Perm())
	}
	if int(agent.GetPid()) != p.Process.Pid || len(agent.GetIncarnation()) != 16 || agent.GetVersion() != Version {
		t.Errorf("%v", agent)
	}
	p.signal(t, syscall.SIGTERM)
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
	if !gone(path) {
		t.Error("the socket or its lock was left behind")
	}
}

func TestSeveralEndpoints(t *testing.T) {
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	p := serving(t, a, "--listen", "unix://"+b)
	until(t, "the second endpoint listens", func() bool { return accepts(b) })
	if dial(t, a).who(t).GetIncarnation() != dial(t, b).who(t).GetIncarnation() {
		t.Error("two agents")
	}
	p.signal(t, syscall.SIGINT)
	if code := p.exitCode(t); code != 0 || !gone(a) || !gone(b) {
		t.Errorf("exit %d; left: %v %v", code, !gone(a), !gone(b))
	}
}

func TestOneAgentAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	first := serving(t, path)
	second := spawnAgent(t, nil, "--listen", "unix://"+path)
	if code := second.exitCode(t); code != 1 {
		t.Errorf("exit %d, want 1", code)
	}
	contains(t, second.stderr.String(), "another agent", "pid "+strconv.Itoa(first.Process.Pid), path)
	if int(dial(t, path).who(t).GetPid()) != first.Process.Pid {
		t.Error("the first agent lost its socket")
	}
	// What a killed agent leaves is replaced.
	first.signal(t, syscall.SIGKILL)
	<-first.exited
	third := serving(t, path)
	if int(dial(t, path).who(t).GetPid()) != third.Process.Pid {
		t.Error("the stale socket was not replaced")
	}
}

// tryAgent runs the agent where it has to fail by itself.
func tryAgent(t *testing.T, env []string, args ...string) (code int, stderr string) {
	t.Helper()
	p := spawnAgent(t, env, args...)
	return p.exitCode(t), p.stderr.String()
}

func TestWrongUsage(t *testing.T) {
	long := "unix:///" + strings.Repeat("x", 107)
	for _, row := range []struct {
		name string
		args []string
		says []string
	}{
		{"tcp", []string{"--listen", "tcp://:7000"}, []string{"--listen", "tcp:// is not built yet", "ssh://", "unix://"}},
		{"relative path", []string{"--listen", "unix://a/b"}, []string{"--listen", "ABSOLUTE"}},
		{"no scheme", []string{"--listen", "/tmp/x"}, []string{"unix:///ABSOLUTE/PATH"}},
		{"long path", []string{"--listen", long}, []string{"108 bytes", "at most 107"}},
		{"no such flag", []string{"--liste", "unix:"}, []string{"liste"}},
		{"no such command", []string{"serve"}, []string{`"serve"`, "--help"}},
		{"stray word", []string{"--log-level", "info", "unix:"}, []string{`"unix:"`}},
		{"level", []string{"--log-level", "loud"}, []string{"log-level"}},
		{"format", []string{"--log-format", "xml"}, []string{"--log-format", "text", "json"}},
		{"bound of zero", []string{"--max-sockets", "0"}, []string{"--max-sockets: 0 is not in 1 to"}},
		{"negative bound", []string{"--max-ttl", "-1s"}, []string{"--max-ttl: -1s is not in 5s to 8760h"}},
		{"few calls", []string{"--max-calls", "3"}, []string{"--max-calls: 3 is not in 4 to"}},
		{"few calls of a user", []string{"--max-calls-per-user", "1"}, []string{"--max-calls-per-user: 1 is not in 4 to"}},
		{"calls beyond counting", []string{"--max-calls", "9223372036854775807"}, []string{"to 1073741824"}},
		{"little transit", []string{"--max-transit-bytes", "64KiB"}, []string{"--max-transit-bytes: 64KiB is not in 16MiB to 1TiB"}},
		{"little held", []string{"--max-held-bytes", "4194303"}, []string{"--max-held-bytes: 4194303 is not in 4MiB to 1TiB"}},
		{"a short TTL", []string{"--max-ttl", "4s"}, []string{"--max-ttl: 4s is not in 5s to 8760h"}},
		{"size of a wrong unit", []string{"--max-held-bytes", "256MB"}, []string{"-max-held-bytes", "256MiB or 268435456"}},
		{"size beyond counting", []string{"--max-transit-bytes", "9000000000000GiB"}, []string{"-max-transit-bytes", "256MiB"}},
		{"duration without unit", []string{"--idle-exit", "15"}, []string{"-idle-exit", "15m"}},
		{"drain without unit", []string{"--drain", "5"}, []string{"-drain", "15m"}},
		{"TTL without unit", []string{"--max-ttl", "5"}, []string{"-max-ttl", "15m"}},
		{"count with a unit", []string{"--max-sockets", "1k"}, []string{"-max-sockets", "for example 100"}},
		{"negative idle", []string{"--idle-exit", "-1s"}, []string{"--idle-exit", "negative"}},
		{"debug on all addresses", []string{"--debug-listen", ":6060"}, []string{"--debug-listen", "loopback"}},
		{"debug on a name", []string{"--debug-listen", "example.org:6060"}, []string{"--debug-listen", "loopback"}},
		{"debug without port", []string{"--debug-listen", "127.0.0.1"}, []string{"HOST:PORT"}},
		{"group", []string{"--allow-group", "no-such-group-here"}, []string{"--allow-group", "no-such-group-here"}},
		{"stdio with words", []string{"stdio", "now"}, []string{"no arguments"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			socket := filepath.Join(t.TempDir(), "a.sock")
			code, stderr := tryAgent(t, []string{"FARSOCK_SOCKET=" + socket}, row.args...)
			if code != 2 {
				t.Errorf("exit %d, want 2", code)
			}
			contains(t, stderr, row.says...)
			if strings.Count(stderr, "\n") != 1 {
				t.Errorf("more than a line:\n%s", stderr)
			}
			if !gone(socket) {
				t.Error("something was left behind")
			}
		})
	}
}

func TestUnsafeFolders(t *testing.T) {
	uid := strconv.Itoa(os.Geteuid())
	for _, row := range []struct {
		name string
		make func(t *testing.T, tmp string) (env, args []string)
		says []string
	}{
		{"default folder is a link", func(t *testing.T, tmp string) (env, args []string) {
			must(t, os.Symlink(t.TempDir(), filepath.Join(tmp, "farsock-"+uid)))
			return []string{"TMPDIR=" + tmp}, nil
		}, []string{"symbolic link"}},
		{"default folder is another's", func(t *testing.T, tmp string) (env, args []string) {
			asRoot(t)
			dir := filepath.Join(tmp, "farsock-"+uid)
			must(t, os.Mkdir(dir, 0o700))
			must(t, os.Chown(dir, 65534, 65534))
			return []string{"TMPDIR=" + tmp}, nil
		}, []string{"belongs to uid 65534"}},
		{"folder is another's", func(t *testing.T, tmp string) (env, args []string) {
			asRoot(t)
			must(t, os.Chown(tmp, 65534, 65534))
			return nil, []string{"--listen", "unix://" + tmp + "/s"}
		}, []string{"belongs to uid 65534"}},
		{"folder that all may write to", func(t *testing.T, tmp string) (env, args []string) {
			must(t, os.Chmod(tmp, 0o777))
			return []string{"FARSOCK_SOCKET=" + tmp + "/s"}, nil
		}, []string{"others can write"}},
		{"no parent", func(t *testing.T, tmp string) (env, args []string) {
			return nil, []string{"--listen", "unix://" + tmp + "/a/b/s"}
		}, []string{"folder", "no such file"}},
		{"a file where the socket goes", func(t *testing.T, tmp string) (env, args []string) {
			must(t, os.WriteFile(tmp+"/s", []byte("precious"), 0o600))
			t.Cleanup(func() {
				if b, err := os.ReadFile(tmp + "/s"); err != nil || string(b) != "precious" {
					t.Errorf("the file was touched: %q %v", b, err)
				}
			})
			return nil, []string{"--listen", "unix://" + tmp + "/s"}
		}, []string{"is a file, not a socket", "left alone"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			env, args := row.make(t, t.TempDir())
			code, stderr := tryAgent(t, env, args...)
			if code != 1 {
				t.Errorf("exit %d, want 1", code)
			}
			contains(t, stderr, row.says...)
		})
	}
}

func TestDefaultFolderIsPrivate(t *testing.T) {
	tmp := t.TempDir()
	dir := filepath.Join(tmp, "farsock-"+strconv.Itoa(os.Geteuid()))
	must(t, os.Mkdir(dir, 0o755)) // too open: it is narrowed
	spawnAgent(t, []string{"TMPDIR=" + tmp, "FARSOCK_SOCKET="})
	until(t, "the agent listens", func() bool { return accepts(filepath.Join(dir, "agent.sock")) })
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v, want mode 0700", info.Mode(), err)
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, row := range []struct{ arg, says string }{
		{"--help", "agent stdio"}, {"-h", "--idle-exit"}, {"help", "exit codes"}, {"version", "agent " + Version},
		{"--version", "agent " + Version},
	} {
		out, err := exec.Command(agentBinary(t), row.arg).Output()
		if err != nil {
			t.Errorf("%s: %v", row.arg, err)
		}
		contains(t, string(out), row.says)
		for line := range strings.Lines(string(out)) {
			if len(line) > 81 {
				t.Errorf("%s: a line of %d columns: %s", row.arg, len(line)-1, line)
			}
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// asRoot skips what only root can set up; CI is root, so there it fails.
func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("needs root, to act as another user")
		}
		t.Skip("needs root, to act as another user")
	}
}
