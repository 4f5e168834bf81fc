package farsock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeSSH is a shell script that ssh:// runs instead of ssh.
func fakeSSH(t testing.TB, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ssh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

const magic = "echo 'FARSOCK-STDIO 1 0.1.0 0123456789abcdef'"

func TestSSHErrors(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		want   SSHProblem
		exit   int
		output string // a part of what is quoted
		stderr string
	}{
		"chatty":          {"echo 'Welcome to lab7!'; " + magic + "; cat", SSHChattyShell, -1, "Welcome to lab7!", ""},
		"chatty, no line": {"printf 'Password changes at \\033[1mnoon\\033[0m '; " + magic + "; cat", SSHChattyShell, -1, `\x1b[1mnoon`, ""},
		"endless noise":   {"exec yes", SSHChattyShell, -1, "y\\ny\\n", ""},
		"not found":       {"echo 'sh: 1: agent: not found' >&2; exit 127", SSHNoAgent, 127, "", "agent: not found"},
		"not executable":  {"echo 'sh: agent: Permission denied' >&2; exit 126", SSHNoAgent, 126, "", "Permission denied"},
		"no connection":   {"echo 'ssh: connect to host lab7 port 22: Connection refused' >&2; exit 255", SSHFailed, 255, "", "Connection refused"},
		"agent gave up":   {"echo 'agent stdio: no room' >&2; exit 1", SSHAgentFailed, 1, "", "no room"},
		"ends at once":    {"exit 0", SSHAgentFailed, 0, "", ""},
		"prints and ends": {"echo 'This account is disabled'; exit 1", SSHAgentFailed, 1, "This account is disabled", ""},
		"other version":   {"echo 'FARSOCK-STDIO 2 0.9 x y z'; cat", SSHWrongVersion, -1, "FARSOCK-STDIO 2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var copied bytes.Buffer
			_, err := Dial(context.Background(), "ssh://lab7", WithSSH([]string{fakeSSH(t, c.script)}), WithStderr(&copied))
			var e *SSHError
			if !Unreachable(err) || !errors.As(err, &e) {
				t.Fatalf("Dial = %v", err)
			}
			if e.Problem != c.want || e.Exit != c.exit || !strings.Contains(e.Output, c.output) || !strings.Contains(e.Stderr, c.stderr) {
				t.Errorf("%+v", e)
			}
			if text := err.Error(); strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) || len(text) > 3000 {
				t.Errorf("the text is %q", text)
			}
			if !strings.Contains(copied.String(), c.stderr) {
				t.Errorf("stderr was copied as %q", &copied)
			}
		})
	}
}

func TestSSHNotStarted(t *testing.T) {
	_, err := Dial(context.Background(), "ssh://lab7", WithSSH([]string{"/nowhere/ssh"}))
	var e *SSHError
	if !Unreachable(err) || !errors.As(err, &e) || e.Problem != SSHNotStarted || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Dial = %v", err)
	}
}

// The context bounds a login that hangs, also one whose children do.
func TestSSHSilent(t *testing.T) {
	for _, script := range []string{"exec cat", "cat; true"} {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		_, err := Dial(ctx, "ssh://lab7", WithSSH([]string{fakeSSH(t, script)}))
		cancel()
		var e *SSHError
		if !errors.As(err, &e) || e.Problem != SSHSilent || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Dial = %v", err)
		}
	}
}

// localSSH runs the remote command here, as ssh does: by a shell, from the
// words after "--". It notes its arguments and its process id.
func localSSH(t testing.TB, notes string) string {
	return fakeSSH(t, fmt.Sprintf(`
echo "$@" >> %[1]s.args
echo $$ > %[1]s.pid
while [ "$1" != -- ]; do shift; done
shift
exec sh -c "exec $*"`, notes))
}

// ssh:// against the real `agent stdio`, which starts the agent itself.
func TestSSHReachesTheAgent(t *testing.T) {
	socket := socketPath(t)
	endDetached(t, socket)
	notes := filepath.Join(t.TempDir(), "notes")
	t.Setenv("FARSOCK_SSH", localSSH(t, notes)+" -F none")
	endpoint := "ssh://me@lab7:2222" + agentBinary(t)
	c := dialAgent(t, endpoint)
	if c.Endpoint() != endpoint {
		t.Errorf("Endpoint = %q", c.Endpoint())
	}
	s := openSession(t, c)
	far, near := pair(t, s)
	if _, err := far.Write(make([]byte, 200_000)); err != nil {
		t.Fatal(err)
	}
	_ = far.Close()
	readAll(t, near, string(make([]byte, 200_000)))
	args := string(must[[]byte](t)(os.ReadFile(notes + ".args")))
	if want := "-F none -T -p 2222 me@lab7 -- " + agentBinary(t) + " stdio\n"; args != want {
		t.Errorf("ssh was run with %q, want %q", args, want)
	}

	// ssh dies: the call under way fails, the next one runs ssh again and finds
	// the same sockets.
	kept, _ := pair(t, s)
	blocked := make(chan error, 1)
	go func() {
		_, err := kept.Read(make([]byte, 1))
		blocked <- err
	}()
	eventually(t, "the attachment", func() bool {
		list := sockets(t, s)
		return len(list) == 1 && list[0].GetAttached()
	})
	killNoted(t, notes+".pid")
	if err := <-blocked; !Unreachable(err) {
		t.Errorf("Read = %v", err)
	}
	eventually(t, "a new connection", func() bool {
		res, err := c.Sessions.GetSession(context.Background(), sessionRequest(s))
		return err == nil && res.GetSession().GetSocketCount() == 1
	})
}
