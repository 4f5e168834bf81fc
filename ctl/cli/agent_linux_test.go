package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func TestAgentNames(t *testing.T) {
	p := withAgent(t)
	endpoint := p.env["FARSOCK_AGENT"]
	delete(p.env, "FARSOCK_AGENT")
	p.must(t, "agent", "ls").printed(t, "").said(t, "no agents")
	p.must(t, "agent", "check").printed(t, "").said(t, "no agents")
	p.must(t, "agent", "add", "lab7", endpoint)
	p.must(t, "agent", "check")
	p.must(t, "agent", "add", "lab9", "unix://"+p.dir+"/nobody")
	if out := p.must(t, "agent", "ls").out; !strings.HasPrefix(out, "NAME  ENDPOINT\nlab7  unix:///") {
		t.Errorf("%s", out)
	}
	r := p.ctl("agent", "check").want(t, 3).said(t, "no agent: cannot reach")
	if !strings.Contains(r.out, "lab7  ok           0.1.0") || !strings.Contains(r.out, "lab9  unreachable  -") {
		t.Errorf("%s", r.out)
	}
	r = p.ctl("agent", "check", "lab7", "nobody").want(t, 2)
	if !strings.Contains(r.out, "nobody  failed") {
		t.Errorf("%s", r.out)
	}
	if out := p.ctl("agent", "check", "-o", "json").want(t, 3).out; strings.Count(out, "\n") != 2 || !strings.Contains(out, `"ok":true`) {
		t.Errorf("%s", out)
	}
	p.must(t, "--agent", "lab7", "open", "tcp", "--as", "s")
	p.ctl("-a", "lab7", "connect", "s", "127.0.0.1:1").want(t, 1).said(t, ", said by lab7\n")
	p.env["FARSOCK_AGENT"] = "lab7"
	p.must(t, "show", "s")
	p.must(t, "agent", "remove", "lab9")
	p.ctl("-a", "lab9", "ls").want(t, 2).said(t, "ctl agent add lab9")
}

func TestBrokenConfig(t *testing.T) {
	p := newPerson(t)
	if err := os.WriteFile(filepath.Join(p.dir, "config.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.ctl("agent", "ls").want(t, 2).said(t, "config.json")
	p.ctl("agent", "add", "a", "unix:").want(t, 2)
	p.env["FARSOCK_CONFIG"] = p.dir
	p.ctl("agent", "ls").want(t, 8)
}

func TestAgentInfo(t *testing.T) {
	p := withAgent(t)
	a := answerOf(t, p.must(t, "agent", "info", "-o", "json"), &farsockv1.GetAgentResponse{}).GetAgent()
	if out := p.must(t, "agent", "info").out; !strings.Contains(out, a.GetIncarnation()) || !strings.Contains(out, "\nlo ") {
		t.Errorf("%s", out)
	}
}

func TestNoAgent(t *testing.T) {
	p := newPerson(t)
	f := p.ctl("ls", "-o", "json").want(t, 3).failure(t)
	if f.Code != "UNREACHABLE" {
		t.Errorf("%+v", f)
	}
	t.Setenv("FARSOCK_SOCKET", p.socket)
	delete(p.env, "FARSOCK_AGENT")
	p.ctl("ls").want(t, 3).said(t, "start one with: agent")
}

func TestEmbedded(t *testing.T) {
	p := newPerson(t)
	p.env["FARSOCK_AGENT"] = "embedded:"
	t.Setenv("TMPDIR", p.dir)
	p.must(t, "listen", "tcp", "127.0.0.1:0", "--as", "web").said(t, "end with this command")
	p.must(t, "ls").said(t, "no sockets")
	r := p.must(t, "session", "exec", "--", "sh", "-c", `test -S "${FARSOCK_AGENT#unix://}" && stat -c %a "$(dirname "${FARSOCK_AGENT#unix://}")"`)
	r.printed(t, "700\n")
	left, err := filepath.Glob(filepath.Join(p.dir, "farsock-embedded-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestOptions(t *testing.T) {
	p := withAgent(t)
	p.must(t, "open", "tcp", "--as", "s", "--option", "keep-alive=1", "--option", "raw:1:2=1")
	p.must(t, "options", "get", "s", "keep-alive", "reuse-address", "raw:1:9").printed(t, "keep-alive=1\nreuse-address=1\nraw:1:9=1\n")
	p.must(t, "options", "set", "s", "no-delay=1", "linger=0", "ttl=8").printed(t, "no-delay=1\nlinger=0\nttl=8\n")
	r := p.ctl("options", "set", "s", "ttl=9", "ttl=256", "ttl=10").want(t, 1).printed(t, "ttl=9\n")
	r.said(t, "the kernel does not take it (EINVAL, setsockopt, ttl=256), said by")
	p.must(t, "options", "get", "s", "ttl").printed(t, "ttl=9\n")
	p.must(t, "options", "s", "ttl").printed(t, "ttl=9\n")
	p.ctl("options", "get", "s", "nope").want(t, 2)
	p.ctl("options", "set", "s", "raw:1:99999999=1").want(t, 2)
	set := answerOf(t, p.ctl("options", "set", "s", "ttl=256", "-o", "json").want(t, 1), &farsockv1.SetOptionsResponse{})
	if set.FailedIndex == nil || set.GetFailedIndex() != 0 {
		t.Errorf("%v", set)
	}
	if out := p.must(t, "options", "list").out; !strings.Contains(out, "linger=SECONDS|off ") || !strings.Contains(out, "reuse-address=0|1 ") {
		t.Errorf("%s", out)
	}
	if out := p.must(t, "options", "get", "s").out; !strings.Contains(out, "no-delay=1\n") {
		t.Errorf("%s", out)
	}
}

// The option at fault is named as it was typed.
func TestOptionAtFault(t *testing.T) {
	p := withAgent(t)
	p.must(t, "open", "tcp", "--as", "s")
	for line, says := range map[string]string{
		"bind udp :0 --option IP_TTL=8 --option ttl=300":    "the kernel does not take it (EINVAL, setsockopt, ttl=300), said by",
		"bind udp :0 --option ttl=8 --option IP_TTL=300":    "(EINVAL, setsockopt, IP_TTL=300)",
		"open tcp --option congestion-control=nope":         "congestion-control=nope), said by",
		"options set s congestion-control=nope":             "congestion-control=nope), said by",
		"options get s raw:1:9999":                          "raw:1:9999), said by",
		"dial tcp 127.0.0.1:1 --option no-delay=1 --wait 0": "",
	} {
		r := p.ctl(strings.Fields(line)...).said(t, says)
		if r.code != 1 && r.code != 5 || says == "" && strings.Contains(r.err, "no-delay") {
			t.Errorf("%s: exit %d, %s", line, r.code, r.err)
		}
	}
	for line, says := range map[string]string{
		"open tcp --option linger=-1":                           "seconds of --option linger=-1: must be ",
		"options set s linger=-1":                               "seconds of option linger=-1: must be ",
		"options set s no-delay=1 multicast-join=239.1.1.1,::1": "source of option multicast-join=239.1.1.1,::1: must be ",
	} {
		p.ctl(strings.Fields(line)...).want(t, 2).said(t, says)
	}
}

func TestPoll(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "poll", "web", "c1:rw", "d:w").printed(t, "c1  writable\nd  writable\n")
	p.ctl("poll", "web", "c1", "--wait", "0").want(t, 5).printed(t, "")
	p.ctl("poll", "web", "--wait", "20ms").want(t, 5).said(t, "wait elapsed (20ms)")
	p.must(t, "send", "d", "x")
	p.must(t, "poll", "c1").printed(t, "c1  readable\n")
	p.must(t, "recv", "c1").printed(t, "x")
}

func TestResolve(t *testing.T) {
	p := withAgent(t)
	p.must(t, "resolve", "-4", "localhost").printed(t, "127.0.0.1\n")
	p.must(t, "resolve", "::1").printed(t, "::1\n")
	p.ctl("resolve", "nobody.invalid", "--wait", "20s").want(t, 1).printed(t, "")
	p.ctl("resolve", strings.Repeat("x", 254)).want(t, 2).said(t, "HOST: ")
}

func TestCloseGoesOn(t *testing.T) {
	p := withAgent(t)
	p.must(t, "open", "tcp", "--as", "a")
	p.must(t, "open", "tcp", "--as", "b")
	p.ctl("close", "a", "nobody", "b").want(t, 8).said(t, "nobody")
	p.must(t, "ls").printed(t, "")
	r := p.ctl("close", "x", "y").want(t, 8)
	if strings.Count(r.err, "\n") != 2 {
		t.Errorf("%s", r.err)
	}
}

// A name is given only to what later commands can use.
func TestAgentAddJudges(t *testing.T) {
	p := newPerson(t)
	for _, endpoint := range []string{"http://x", "ftp://x", "shh://lab7", "unix:relative", "unix://relative", "tcp://x:1", "embedded:", "ssh://", "ssh://a/b?c", "lab7"} {
		p.ctl("agent", "add", "a", endpoint).want(t, 2).said(t, "ENDPOINT: ")
	}
	p.must(t, "agent", "ls").said(t, "no agents")
	for _, endpoint := range []string{"ssh://lab7", "ssh://me@lab7:22/~/agent", "unix:", "unix:/a.sock", "unix:///a.sock"} {
		p.must(t, "agent", "add", "a", endpoint).said(t, "a is "+endpoint)
	}
	p.must(t, "agent", "add", "left", "embedded:", "--netns", "left")
}
