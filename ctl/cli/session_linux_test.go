package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/farsock/farsock/agent/agentd"
	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func TestImplicitSession(t *testing.T) {
	p := withAgent(t)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	name := "sessions/" + asName("tester-"+host)
	p.must(t, "ls").printed(t, "").said(t, "no sockets in "+name)
	p.ctl("recv", "d").want(t, 8).said(t, "SESSION_NOT_FOUND")
	s := answerOf(t, p.must(t, "open", "tcp", "--as", "s", "-o", "json"), &farsockv1.OpenResponse{}).GetSocket()
	if s.GetName() != name+"/sockets/s" {
		t.Errorf("%s", s.GetName())
	}
	got := answerOf(t, p.must(t, "session", "show", "-o", "json"), &farsockv1.GetSessionResponse{}).GetSession()
	if got.GetTtl().AsDuration() != time.Hour || got.GetSocketCount() != 1 {
		t.Errorf("%v", got)
	}
	// Ended, it begins anew with the next socket, and only then.
	p.must(t, "session", "close")
	p.ctl("show", "s").want(t, 8).said(t, "SESSION_ENDED")
	p.must(t, "open", "tcp", "--as", "s")
	p.must(t, "show", "s")
}

// Where the agent allows less than an hour, USER-HOST lives for that.
func TestImplicitSessionWithinTheAgentsLimit(t *testing.T) {
	p := newPerson(t)
	p.env["CI"] = "true"
	p.startAgentWithin(t, agentd.Limits{MaxTTL: 10 * time.Minute})
	p.must(t, "listen", "tcp", "127.0.0.1:0").said(t, "only after 10m without use")
	got := answerOf(t, p.must(t, "session", "show", "-o", "json"), &farsockv1.GetSessionResponse{}).GetSession()
	if got.GetTtl().AsDuration() != 10*time.Minute {
		t.Errorf("%v", got)
	}
	// What somebody asked for is refused.
	p.ctl("session", "create", "--ttl", "11m").want(t, 2).said(t, "--ttl: ")
}

// The way on from a session that is not there names it.
func TestSessionAdvice(t *testing.T) {
	p := withAgent(t)
	p.ctl("-s", "s5", "open", "tcp").want(t, 8).said(t, "SESSION_NOT_FOUND").said(t, "; 'ctl session create s5' begins one")
	uid := answerOf(t, p.must(t, "session", "create", "s5", "-o", "json"), &farsockv1.CreateSessionResponse{}).GetSession().GetUid()
	p.must(t, "session", "close", "s5")
	p.ctl("-s", "s5", "open", "tcp").want(t, 8).said(t, "SESSION_ENDED").said(t, "; its sockets are closed; 'ctl session create s5' begins another")
	p.stop()
	p.startAgent(t)
	p.ctl("-s", uid, "ls").want(t, 8).said(t, "the agent was restarted, and what this named is gone")
}

// A wait that no agent allows is refused as it was said, by what asks more than
// once too.
func TestWaitTooLong(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	for _, verb := range []string{"recv", "drain", "send"} {
		args := []string{verb, "d", "--wait", "25h"}
		switch verb {
		case "drain":
			args = append(args, "--eof")
		case "send":
			args = append(args, "x")
		}
		p.ctl(args...).want(t, 2).said(t, "--wait: must be 0 to 86400 seconds or unset, is 90000, ")
	}
}

func TestUnknownScheme(t *testing.T) {
	p := newPerson(t)
	p.ctl("--agent", "shh://lab7", "ls").want(t, 2).said(t, "unknown scheme, must be unix: or ssh://, or embedded:")
	p.ctl("--agent", "tcp://lab7", "ls").want(t, 2).said(t, "use ssh://HOST, which needs no open port\n")
}

func TestCIHearsOfExec(t *testing.T) {
	p := withAgent(t)
	p.env["CI"] = "true"
	p.must(t, "open", "tcp").said(t, "session exec")
	if r := p.must(t, "open", "tcp"); r.err != "" {
		t.Errorf("said twice: %s", r.err)
	}
}

func TestNamedSessions(t *testing.T) {
	p := withAgent(t)
	p.must(t, "session", "create", "ci-42", "--ttl", "10m").printed(t, "ci-42  active  ttl 10m  10m left\n")
	p.ctl("session", "create", "ci-42").want(t, 8).said(t, "SESSION_EXISTS")
	p.must(t, "--session", "ci-42", "open", "tcp", "--as", "s")
	p.env["FARSOCK_SESSION"] = "ci-42"
	p.must(t, "show", "s")
	p.must(t, "session", "renew", "--ttl", "1h").printed(t, "ci-42  active  ttl 1h  1h left\n")
	p.must(t, "session", "ls")
	p.must(t, "session", "close").printed(t, "ci-42  closed  1 socket\n")
	// A session that somebody named is not created behind their back.
	p.ctl("open", "tcp").want(t, 8).said(t, "SESSION_ENDED")
	p.env["FARSOCK_SESSION"] = "never-was"
	p.ctl("open", "tcp").want(t, 8).said(t, "SESSION_NOT_FOUND")
	p.ctl("ls").want(t, 8)
}

func TestRestartedAgentIsTold(t *testing.T) {
	p := withAgent(t)
	uid := answerOf(t, p.must(t, "open", "tcp", "--as", "s", "-o", "json"), &farsockv1.OpenResponse{}).GetSocket().GetUid()
	p.must(t, "session", "create", "mine")
	p.must(t, "session", "create", "closed")
	p.must(t, "session", "close", "closed")
	p.stop()
	p.ctl("show", "s").want(t, 3)
	p.startAgent(t)
	for _, args := range [][]string{{"show", "s"}, {"ls"}, {"session", "renew"}} {
		p.ctl(args...).want(t, 8).said(t, "has restarted since; its sockets are gone; the next socket begins a new session (AGENT_RESTARTED, inferred by ctl)")
	}
	// Closing it is done with it.
	for range 2 {
		p.ctl("-s", "mine", "open", "tcp").want(t, 8).said(t, "are gone; 'ctl session create' begins a new session (AGENT_RESTARTED, inferred by ctl)")
	}
	p.ctl("session", "close", "mine").want(t, 8).said(t, "AGENT_RESTARTED")
	p.ctl("-s", "mine", "open", "tcp").want(t, 8).said(t, "SESSION_NOT_FOUND")
	if f := p.ctl("show", "s", "-o", "json").failure(t); f.Reason != "AGENT_RESTARTED" || f.SaidBy != "" {
		t.Errorf("%+v", f)
	}
	// A uid tells the agent itself.
	if f := p.ctl("show", uid, "-o", "json").failure(t); f.Reason != "AGENT_RESTARTED" || f.SaidBy == "" {
		t.Errorf("%+v", f)
	}
	p.ctl("-s", "closed", "ls").want(t, 8).said(t, "SESSION_NOT_FOUND")
	p.must(t, "open", "tcp", "--as", "s").said(t, "has restarted since; its sockets are gone; a new session begins")
	p.must(t, "show", "s")
}

// The memory is a help only: broken or unwritable it changes no answer.
func TestMemoryMayFail(t *testing.T) {
	p := withAgent(t)
	p.must(t, "open", "tcp", "--as", "a")
	files, err := filepath.Glob(filepath.Join(p.dir, "cache", "farsock", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.WriteFile(files[0], []byte("{half"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.must(t, "open", "tcp", "--as", "b")
	t.Setenv("XDG_CACHE_HOME", "/dev/null")
	p.must(t, "open", "tcp", "--as", "c")
	p.must(t, "show", "c")
}

func TestSessionExec(t *testing.T) {
	p := withAgent(t)
	live := func() int {
		return len(answerOf(t, p.must(t, "session", "ls", "-o", "json"), &farsockv1.ListSessionsResponse{}).GetSessions())
	}
	for _, c := range []struct {
		line string
		want int
	}{
		{"exit 0", 0}, {"exit 7", 7}, {"kill -9 $$", 137}, {"kill -TERM $$", 143},
	} {
		p.ctl("session", "exec", "--", "sh", "-c", c.line).want(t, c.want)
		if n := live(); n != 0 {
			t.Errorf("%s: %d sessions are left", c.line, n)
		}
	}
	p.ctl("session", "exec", "no-such-program").want(t, 127).said(t, "no-such-program")
	p.ctl("session", "exec", p.dir).want(t, 126)

	r := p.ctl("session", "exec", "--id", "ci", "--", "sh", "-c", `echo "$FARSOCK_AGENT $FARSOCK_SESSION"; cat`).want(t, 0)
	agent, session, _ := strings.Cut(strings.TrimSpace(r.out), " ")
	if agent != "unix://"+p.socket {
		t.Errorf("FARSOCK_AGENT=%s", agent)
	}
	p.ctl("-s", session, "open", "tcp").want(t, 8).said(t, "SESSION_ENDED")
	// ctl's own flags end where the command begins.
	p.must(t, "session", "exec", "sh", "-c", `echo "$1"`, "-", "--id").printed(t, "--id\n")
}

// An agent that ends meanwhile is told of, without gRPC's words; CMD's code
// counts.
func TestSessionExecOutlivesTheAgent(t *testing.T) {
	p := withAgent(t)
	ready := filepath.Join(p.dir, "ready")
	hold := fifo(t, p.dir, "hold")
	end := make(chan result, 1)
	go func() {
		end <- p.ctl("session", "exec", "--", "sh", "-c", `: > "$0"; read x < "$1"; exit 9`, ready, hold)
	}()
	await(t, ready)
	p.stop()
	if err := os.WriteFile(hold, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := (<-end).want(t, 9).said(t, "agent") // gone, or away: which is seen first is chance
	for _, leak := range []string{"transport", "desc =", "rpc error"} {
		if strings.Contains(r.err, leak) {
			t.Errorf("%s", r.err)
		}
	}
}

// A signal goes to the command, whose code then counts, and the session still
// ends.
func TestSessionExecPassesSignalsOn(t *testing.T) {
	p := withAgent(t)
	for name, c := range map[string]struct {
		trap string
		want int
	}{
		"handled":  {`trap 'echo caught; exit 9' TERM`, 9},
		"default":  {`:`, 143},
		"survived": {`trap 'echo caught; exit 0' TERM`, 0},
	} {
		ready := filepath.Join(p.dir, name)
		ctx, cancel := context.WithCancelCause(t.Context())
		end := make(chan result, 1)
		go func() {
			end <- p.ctlWith(ctx, nil, "session", "exec", "--", "sh", "-c", c.trap+`; : > "$0"; while :; do read x < "$1" || :; done`, ready, fifo(t, p.dir, name))
		}()
		await(t, ready)
		cancel(&Signal{Signal: syscall.SIGTERM})
		(<-end).want(t, c.want)
	}
	p.must(t, "session", "ls").said(t, "no sessions")
}

// fifo makes a named pipe that nobody writes to: a read to be interrupted.
func fifo(t *testing.T, dir, name string) string {
	path := filepath.Join(dir, name+".fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Error(err)
	}
	return path
}

// await returns when the file is there.
func await(t *testing.T, path string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(30 * time.Second)
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-patience:
			t.Fatalf("no %s", path)
		}
	}
}

// What the agent said is told in its words, not in the SDK's on top of gRPC's.
func TestExecWithATakenID(t *testing.T) {
	p := withAgent(t)
	p.must(t, "session", "create", "mine")
	r := p.ctl("session", "exec", "--id", "mine", "--", "true").want(t, 8)
	if !strings.HasPrefix(r.err, `session "mine" exists (SESSION_EXISTS), said by `) {
		t.Error(r.err)
	}
}
