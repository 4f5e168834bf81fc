package farsock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
	const (
		chatty  = "the login shell on lab7 prints text before the agent starts"
		noAgent = "there is no agent on lab7; copy it there"
		ended   = "the agent on lab7 did not start: the program there ended at once; exit status "
		met     = `printf "Warning: Permanently added '[lab7]:22' (ED25519) to the list of known hosts.\r\n" >&2; `
	)
	for name, c := range map[string]struct {
		script string
		want   SSHProblem
		exit   int
		output string // a part of what is quoted
		stderr string // all of it
		says   string // a part of the sentence
	}{
		"chatty":            {"echo 'Welcome to lab7!'; " + magic + "; cat", SSHChattyShell, -1, "Welcome to lab7!", "", chatty},
		"chatty, no line":   {"printf 'Password changes at \\033[1mnoon\\033[0m '; " + magic + "; cat", SSHChattyShell, -1, `\x1b[1mnoon`, "", chatty},
		"endless noise":     {"exec yes", SSHChattyShell, -1, "y\\ny\\n", "", chatty},
		"not found":         {"echo 'sh: 1: agent: not found' >&2; exit 127", SSHNoAgent, 127, "", `"sh: 1: agent: not found"`, noAgent},
		"not executable":    {"echo 'sh: agent: Permission denied' >&2; exit 126", SSHNotExecutable, 126, "", `"sh: agent: Permission denied"`, "the agent is there on lab7 but not executable; make it so (chmod +x)"},
		"no connection":     {"echo 'ssh: connect to host lab7 port 22: Connection refused' >&2; exit 255", SSHFailed, 255, "", `"ssh: connect to host lab7 port 22: Connection refused"`, "ssh to lab7 failed"},
		"connection lost":   {met + "printf 'Connection to lab7 closed by remote host.\\r\\n' >&2; exit 255", SSHFailed, 255, "", `"Connection to lab7 closed by remote host."`, "ssh to lab7 failed"},
		"agent gave up":     {"echo 'agent stdio: no room' >&2; exit 1", SSHAgentFailed, 1, "", `"agent stdio: no room"`, ended + "1; ssh said"},
		"another program":   {"exec /bin/true", SSHAgentFailed, 0, "", "", ended + "0"},
		"first met":         {met + "exit 1", SSHAgentFailed, 1, "", "", ended + "1"},
		"several lines":     {met + "printf 'one\\r\\n\\r\\ntwo\\n' >&2; exit 1", SSHAgentFailed, 1, "", `"one; two"`, ended + "1"},
		"stderr held open":  {"sleep 5 >/dev/null & echo why >&2; exit 3", SSHAgentFailed, 3, "", `"why"`, ended + "3"},
		"stdout closed":     {"exec >&-; exec sleep 5", SSHAgentFailed, -1, "", "", "closed its output and said nothing of an agent"},
		"prints and ends":   {"echo 'This account is disabled'; exit 1", SSHAgentFailed, 1, "This account is disabled", "", ended + `1; it printed "This`},
		"other version":     {"echo 'FARSOCK-STDIO 2 0.9 x y z'; cat", SSHWrongVersion, -1, "FARSOCK-STDIO 2", "", "a version that this client cannot speak to"},
		"killed":            {"kill -KILL $$", SSHKilled, -1, "", "", "ssh to lab7 was ended by signal 9 (killed)"},
		"killed, had words": {"echo bye >&2; kill -TERM $$", SSHKilled, -1, "", `"bye"`, "ssh to lab7 was ended by signal 15 (terminated); ssh said"},
	} {
		t.Run(name, func(t *testing.T) {
			var copied bytes.Buffer
			began := time.Now()
			_, err := Dial(context.Background(), "ssh://lab7", WithSSH([]string{fakeSSH(t, c.script)}), WithStderr(&copied))
			took := time.Since(began)
			var e *SSHError
			if !Unreachable(err) || !errors.As(err, &e) {
				t.Fatalf("Dial = %v", err)
			}
			if e.Problem != c.want || e.Exit != c.exit || !strings.Contains(e.Output, c.output) || e.Stderr != c.stderr {
				t.Errorf("%+v", e)
			}
			text := err.Error()
			if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) || len(text) > 3000 || !strings.Contains(text, c.says) {
				t.Errorf("the text is %q", text)
			}
			if strings.Contains(text, `\r`) || strings.Contains(text, "Permanently") || e.Problem != SSHAgentFailed && strings.Contains(text, "did not start") {
				t.Errorf("the text is %q", text)
			}
			if words := strings.Trim(c.stderr, `"`); !strings.Contains(copied.String(), strings.TrimPrefix(words, "one; ")) {
				t.Errorf("stderr was copied as %q", &copied)
			}
			if took > 4*time.Second {
				t.Errorf("it took %v", took)
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

// A login that hangs, also one whose children do, is bounded by the context and
// by our own limit.
func TestSSHSilent(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"exec cat", "cat; true"} {
		for name, c := range map[string]struct {
			context, limit time.Duration
			cancelled      bool
			is             error
			says           string
		}{
			"the caller's time": {200 * time.Millisecond, time.Minute, false, context.DeadlineExceeded, "nothing came from lab7 within 0."},
			"our limit":         {time.Minute, time.Second, false, context.DeadlineExceeded, "nothing came from lab7 within 1"},
			"cancelled":         {time.Minute, time.Minute, true, context.Canceled, "given up before anything came from lab7"},
		} {
			ctx, cancel := context.WithTimeout(context.Background(), c.context)
			if c.cancelled {
				cancel()
			}
			_, err := startSSH(ctx, "lab7", []string{fakeSSH(t, script)}, nil, c.limit)
			cancel()
			var e *SSHError
			if !errors.As(err, &e) || e.Problem != SSHSilent || !errors.Is(err, c.is) || !strings.HasPrefix(err.Error(), c.says) {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil && strings.Contains(err.Error(), "context") {
				t.Errorf("%s: not in our words: %v", name, err)
			}
		}
	}
	for d, want := range map[time.Duration]string{
		magicWait: "30 s", 30*time.Second + 4*time.Millisecond: "30 s", 1500 * time.Millisecond: "1.5 s", 0: "0 s",
	} {
		if got := seconds(d); got != want {
			t.Errorf("seconds(%v) = %q, want %q", d, got, want)
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

	// ssh dies: the Conn runs it again and goes on with the same socket.
	kept, other := pair(t, s)
	read := make(chan error, 1)
	go func() {
		_, err := io.ReadFull(kept, make([]byte, 3))
		read <- err
	}()
	eventually(t, "the attachment", func() bool {
		list := sockets(t, s)
		return len(list) == 1 && list[0].GetAttached()
	})
	killNoted(t, notes+".pid")
	if _, err := other.Write([]byte("you")); err != nil {
		t.Fatal(err)
	}
	soon(t, "Read", func() {
		if err := <-read; err != nil {
			t.Errorf("Read = %v", err)
		}
	})
	eventually(t, "a new connection", func() bool {
		res, err := c.Sessions.GetSession(context.Background(), sessionRequest(s))
		return err == nil && res.GetSession().GetSocketCount() == 1
	})
}
