package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// script writes a script and returns its name.
func (p *person) script(t *testing.T, text string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "s.txt"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "s.txt"
}

const goodScript = `
listen tcp 127.0.0.1:0 --as web
dial tcp ${web.addr} --as d
accept web --as c1
stdout 'c1  accepted  from '${d.addr}
send d HTTP/1.0 200 OK
expect c1 'HTTP/1\.[01] (\d+) '
send c1 ${c1.match1}
recv d
stdout '^200$'
dial tcp 127.0.0.1:${web.port} --as ${c1.match1}
show ${web.uid}
stdout ${web.addr}
bind udp 127.0.0.1:0 --as u
dial udp ${u.addr} --as v
send v ping
recv u
send u pong --to ${u.from}
recv v
stdout '^pong$'
fails 5 recv v --wait 0
! recv v --wait 10ms
fails 8 recv nobody
fails 2 listen tcp :65536
`

func TestRun(t *testing.T) {
	p := withAgent(t)
	file := p.script(t, goodScript)
	for range 2 {
		if r := p.must(t, "run", file); !strings.HasPrefix(r.out, "ok  ") {
			t.Errorf("%s", r.out)
		}
	}
	p.must(t, "session", "ls").said(t, "no sessions") // each ended its own
	delete(p.env, "FARSOCK_AGENT")
	p.must(t, "run", "--embedded", file)
	p.must(t, "--agent", "embedded:", "run", file)
	p.ctl("run", "missing.txt").want(t, 2)
}

// The session that --session names is used and left alone.
func TestRunInASession(t *testing.T) {
	p := withAgent(t)
	p.must(t, "session", "create", "mine")
	p.must(t, "-s", "mine", "run", p.script(t, "open tcp --as left\n"))
	list := answerOf(t, p.must(t, "-s", "mine", "ls", "-o", "json"), &farsockv1.ListSocketsResponse{})
	if len(list.GetSockets()) != 1 {
		t.Errorf("%v", list)
	}
}

func TestRunSeveralAgents(t *testing.T) {
	a, b := withAgent(t), withAgent(t)
	a.must(t, "agent", "add", "one", "unix://"+a.socket)
	a.must(t, "agent", "add", "two", "unix://"+b.socket)
	delete(a.env, "FARSOCK_AGENT")
	a.must(t, "run", a.script(t, `
listen tcp 127.0.0.1:0 --as web --agent one
accept web --as c --agent one &
dial tcp ${web.addr} --as d --agent two
wait
send d hello --agent two
expect c hello --agent one
fails 8 show d --agent one
`))
}

func TestRunFails(t *testing.T) {
	p := withAgent(t)
	for _, c := range []struct {
		text string
		want int
		says string
	}{
		{"listen tcp 127.0.0.1:0 --as w\ndial tcp ${w.addr} --as d\naccept w --as c\nsend d surprise\nexpect c 'as planned' --wait 50ms\n", 6, `surprise`},
		{"recv nobody\n", 8, "SOCKET_NOT_FOUND"},
		{"nonsense\n", 2, "nonsense"},
		{"! recv nobody\n", 8, "SOCKET_NOT_FOUND"},
		{"! ls --agent unix:///nobody\n", 3, "cannot reach"},
		{"run other.txt\n", 2, "run"},
		{"session exec -- true\n", 2, "--allow-exec"},
	} {
		r := p.ctl("run", p.script(t, c.text)).want(t, c.want).said(t, c.says)
		if !strings.HasPrefix(r.out, "FAIL  ") {
			t.Errorf("%s", r.out)
		}
	}
	p.must(t, "session", "ls").said(t, "no sessions")
}

// lineWatch ends the context when the script has come to a line.
type lineWatch struct {
	bytes.Buffer
	text string
	then func()
}

func (w *lineWatch) Write(b []byte) (int, error) {
	n, err := w.Buffer.Write(b)
	if strings.Contains(w.String(), w.text) {
		w.then()
	}
	return n, err
}

func TestRunInterrupted(t *testing.T) {
	p := withAgent(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	watch := &lineWatch{text: "web  listening", then: func() { cancel(&Signal{Signal: syscall.SIGINT}) }}
	env := p.world(nil, &bytes.Buffer{}, watch)
	code := Main(ctx, []string{"run", "-v", p.script(t, "listen tcp 127.0.0.1:0 --as web\naccept web --wait forever\n")}, env)
	if code != 130 {
		t.Errorf("exit %d: %s", code, watch.String())
	}
	p.must(t, "session", "ls").said(t, "no sessions")
}

func TestCompletion(t *testing.T) {
	p := withAgent(t)
	p.must(t, "agent", "add", "lab7", "unix:")
	p.must(t, "open", "tcp", "--as", "alpha")
	p.must(t, "open", "tcp", "--as", "beta")
	for _, c := range []struct {
		args []string
		has  string
		not  string
	}{
		{[]string{"recv", ""}, "alpha\nbeta\n", ""},
		{[]string{"recv", "b"}, "beta\n", "alpha"},
		{[]string{"recv", "alpha", ""}, ":4", "beta"},
		{[]string{"close", "alpha", ""}, "beta\n", "alpha"},
		{[]string{"bind", ""}, "tcp\n", ""},
		{[]string{"bind", ""}, "alpha\n", ""},
		{[]string{"shutdown", "alpha", "w"}, "write\n", "beta"},
		{[]string{"dial", "u"}, "udp\n", "alpha"},
		{[]string{"options", "set", "alpha", "no"}, "no-delay=\n", ""},
		{[]string{"--agent", "l"}, "lab7\n", ""},
		{[]string{"--output", "j"}, "json\n", ""},
		{[]string{"session", "close", "t"}, "tester-", ""},
		{[]string{"agent", "remove", ""}, "lab7\n", ""},
		{[]string{"await", "alpha", "CLOSE_"}, "CLOSE_WAIT\n", "beta"},
		{[]string{"await", "a"}, "alpha\n", "accept"},
		{[]string{"drain", "b"}, "beta\n", "alpha"},
		{[]string{"disconnect", "alpha", ""}, ":4", "beta"},
		{[]string{"dial", "m"}, "mptcp\n", "tcp6\nudp"},
	} {
		out := p.must(t, append([]string{"__complete"}, c.args...)...).out
		if !strings.Contains(out, c.has) || c.not != "" && strings.Contains(out, c.not) {
			t.Errorf("%q proposes %q", c.args, out)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out := p.must(t, "completion", shell).out; !strings.Contains(out, "ctl") {
			t.Errorf("%s: %d bytes", shell, len(out))
		}
	}
	p.stop()
	p.must(t, "__complete", "recv", "") // nothing to propose is no failure
}

// Every command can be read about, and its examples are command lines.
func TestHelp(t *testing.T) {
	p := newPerson(t)
	p.must(t).said(t, "")
	a := &app{env: p.world(nil, nil, nil), conns: newConnections()}
	for _, c := range append(a.socketCommands(), a.otherCommands()...) {
		for _, cmd := range append(c.Commands(), c) {
			if cmd.Short == "" || cmd.Long == "" || cmd.Example == "" && !cmd.HasSubCommands() && cmd.Name() != "version" {
				t.Errorf("%s: Short, Long or Example is missing", cmd.CommandPath())
			}
			for line := range strings.Lines(cmd.Long) {
				if len(line) > 400 {
					t.Errorf("%s: a line of %d", cmd.CommandPath(), len(line))
				}
			}
			args := append(strings.Fields(cmd.CommandPath()), "--help")
			if out := p.must(t, args...).out; !strings.Contains(out, "Usage:") {
				t.Errorf("%v: %s", args, out)
			}
		}
	}
	if out := p.must(t, "version").out; !strings.HasPrefix(out, "ctl "+versionNumber) {
		t.Errorf("%s", out)
	}
}

// Programs find what the caller of ctl would, and ctl in them the script's
// sockets.
func TestRunExec(t *testing.T) {
	p := withAgent(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(asProcess, "1")
	t.Setenv("FARSOCK_TEST_SEEN", "yes")
	text := `
exec sh -c 'echo $FARSOCK_TEST_SEEN $HOME $PATH'
stdout ^yes./
listen tcp 127.0.0.1:0 --as web
exec ` + self + ` show web
stdout ${web.uid}
exec sh -c 'echo in $PWD'
stdout farsock-script
`
	p.must(t, "run", "--allow-exec", p.script(t, text))
	p.must(t, "run", "--allow-exec", "--embedded", p.script(t, text))
	p.must(t, "session", "create", "mine")
	p.must(t, "-s", "mine", "run", "--allow-exec", p.script(t, text))
	p.ctl("run", p.script(t, "exec true\n")).want(t, 2).said(t, "--allow-exec")
}

func TestRunInJSON(t *testing.T) {
	p := withAgent(t)
	read := func(r result) ran {
		t.Helper()
		var line ran
		if err := json.Unmarshal([]byte(r.out), &line); err != nil || r.err != "" || line.Code != r.code {
			t.Fatalf("%d %q %q: %v", r.code, r.out, r.err, err)
		}
		return line
	}
	if got := read(p.must(t, "-o", "json", "run", p.script(t, "ls\n"))); !got.OK || got.Got != nil || filepath.Base(got.File) != "s.txt" {
		t.Errorf("%+v", got)
	}
	failed := read(p.ctl("-o", "json", "run", p.script(t, "echo abc\nstdout xyz\n")).want(t, 6))
	if failed.OK || failed.Line != 2 || failed.Command != "stdout xyz" || failed.Got.Text != "abc\n" || failed.Got.Hex != "6162630a" {
		t.Errorf("%+v", failed)
	}
	failed = read(p.ctl("-o", "json", "run", p.script(t, "show nobody\n")).want(t, 8))
	if !strings.Contains(failed.Outcome, "SOCKET_NOT_FOUND") {
		t.Errorf("%+v", failed)
	}
}
