package cli

import (
	"net"
	"regexp"
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/proto/wire"
)

// addr is a socket's own address.
func (p *person) addr(t *testing.T, name string) string {
	t.Helper()
	resp := answerOf(t, p.must(t, "show", name, "-o", "json"), &farsockv1.GetSocketResponse{})
	return wire.FormatAddress(resp.GetSocket().GetLocal())
}

// pair leaves a connection: d on the one side, c1 on the other.
func (p *person) pair(t *testing.T) {
	t.Helper()
	p.must(t, "listen", "tcp", "127.0.0.1:0", "--as", "web")
	p.must(t, "dial", "tcp", p.addr(t, "web"), "--as", "d")
	p.must(t, "accept", "web", "--as", "c1")
}

func matches(t *testing.T, r result, pattern string) {
	t.Helper()
	if !regexp.MustCompile(`^` + pattern + `\n$`).MatchString(r.out) {
		t.Errorf("ctl %s printed %q, want %s", strings.Join(r.args, " "), r.out, pattern)
	}
}

func TestTranscript(t *testing.T) {
	p := withAgent(t)
	matches(t, p.must(t, "listen", "tcp", ":0", "--as", "web"), `web  listening  0\.0\.0\.0:\d+  backlog 128`)
	_, port, _ := net.SplitHostPort(p.addr(t, "web"))
	matches(t, p.must(t, "dial", "tcp", "localhost:"+port, "--as", "d"), `d  connected  127\.0\.0\.1:\d+ -> 127\.0\.0\.1:`+port)
	matches(t, p.must(t, "accept", "web", "--as", "c1"), `c1  accepted  from `+regexp.QuoteMeta(p.addr(t, "d")))
	p.must(t, "send", "d", "Hello", "there").printed(t, "")
	p.must(t, "recv", "c1", "--max", "1024").printed(t, "Hello there")
	p.must(t, "close", "c1", "web").printed(t, "")
	p.ctl("recv", "d").want(t, 7).printed(t, "").said(t, "end of the stream, said by unix://"+p.socket)
	r := p.ctl("dial", "tcp", "127.0.0.1:"+port).want(t, 1).printed(t, "")
	if want := "refused (ECONNREFUSED, connect 127.0.0.1:" + port + "), said by unix://" + p.socket + "\n"; r.err != want {
		t.Errorf("%q, want %q", r.err, want)
	}
	if list := p.must(t, "ls").out; strings.Count(list, "\n") != 2 || !strings.Contains(list, "\nd ") {
		t.Errorf("%s", list)
	}
}

func TestNamesOfSockets(t *testing.T) {
	p := withAgent(t)
	s := answerOf(t, p.must(t, "open", "tcp", "--as", "s", "-o", "json"), &farsockv1.OpenResponse{}).GetSocket()
	for _, name := range []string{"s", s.GetUid(), s.GetName(), "sockets/" + s.GetUid()} {
		p.must(t, "show", name)
	}
	p.ctl("show", "no such").want(t, 2)
	p.ctl("show", "a/b").want(t, 2)
	p.ctl("show", "other").want(t, 8).said(t, "SOCKET_NOT_FOUND")
	p.ctl("--session", "other", "show", "s").want(t, 8).said(t, "SESSION_NOT_FOUND")
	p.ctl("open", "tcp", "--as", "s").want(t, 8).said(t, "SOCKET_EXISTS")
}

// The stages one by one, on sockets that exist.
func TestStages(t *testing.T) {
	p := withAgent(t)
	p.must(t, "open", "tcp", "--as", "s", "--option", "reuse-address=1").printed(t, "s  open  tcp\n")
	matches(t, p.must(t, "bind", "s", "127.0.0.1:0"), `s  bound  127\.0\.0\.1:\d+`)
	matches(t, p.must(t, "listen", "s", "--backlog", "5"), `s  listening  127\.0\.0\.1:\d+  backlog 5`)
	p.must(t, "open", "tcp", "--as", "c")
	matches(t, p.must(t, "connect", "c", p.addr(t, "s")), `c  connected  127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+`)
	p.ctl("connect", "c", p.addr(t, "s")).want(t, 1).said(t, "EISCONN")
	p.ctl("bind", "c", "127.0.0.1:0").want(t, 1).said(t, "EINVAL")
	p.ctl("bind", "c", "127.0.0.1:0", "--as", "x").want(t, 2).said(t, "--as is for a new socket")
	matches(t, p.must(t, "bind", "udp", ":0"), `\S+  bound  0\.0\.0\.0:\d+`)
	p.must(t, "options", "get", "s", "reuse-address").printed(t, "reuse-address=1\n")
}

func TestFamilies(t *testing.T) {
	p := withAgent(t)
	v6only := func(name string) string {
		return strings.TrimSpace(p.must(t, "options", "get", name, "v6-only").out)
	}
	matches(t, p.must(t, "listen", "tcp", "[::1]:0", "--as", "literal"), `literal  listening  \[::1\]:\d+  backlog 128`)
	p.must(t, "listen", "tcp6", ":0", "--as", "six")
	p.must(t, "listen", "tcp", ":0", "--dual", "--as", "dual")
	p.must(t, "listen", "tcp6", ":0", "--option", "v6-only=0", "--as", "said")
	for name, want := range map[string]string{"literal": "v6-only=1", "six": "v6-only=1", "dual": "v6-only=0", "said": "v6-only=0"} {
		if got := v6only(name); got != want {
			t.Errorf("%s has %s", name, got)
		}
	}
	_, port, _ := net.SplitHostPort(p.addr(t, "dual"))
	p.must(t, "dial", "tcp", "127.0.0.1:"+port)
	p.must(t, "dial", "tcp6", "[::1]:"+port)
	p.ctl("listen", "tcp", ":0", "--dual", "--option", "v6-only=1").want(t, 2)
	p.ctl("listen", "unix", "x", "--dual").want(t, 2)
	p.must(t, "open", "unixpacket", "--as", "packets").printed(t, "packets  open  unixpacket\n")
}

func TestUnix(t *testing.T) {
	p := withAgent(t)
	path := p.dir + "/door"
	p.must(t, "listen", "unix", path, "--as", "door")
	p.must(t, "dial", "unix", path, "--as", "guest")
	p.must(t, "accept", "door", "--as", "host").printed(t, "host  accepted  from unnamed\n")
	p.must(t, "send", "guest", "knock")
	p.must(t, "recv", "host").printed(t, "knock")
	p.must(t, "bind", "unixgram", p.dir+"/box", "--as", "box")
	p.must(t, "bind", "unixgram", p.dir+"/pen", "--as", "pen")
	p.must(t, "send", "pen", "letter", "--to", p.dir+"/box")
	p.must(t, "recv", "box").printed(t, "letter").said(t, "datagram from "+p.dir+"/pen, 6 bytes")
}

// Refusals name the flag and the range, in both formats.
func TestBadArguments(t *testing.T) {
	p := withAgent(t)
	p.must(t, "open", "tcp", "--as", "s")
	for _, c := range []struct{ line, says string }{
		{"listen tcp :65536", "port of ADDR: must be 0 to 65535, is 65536"},
		{"bind tcp 127.0.0.1:-1", "port of ADDR: must be 0 to 65535, is -1"},
		{"dial tcp :99999", "port of ADDR"},
		{"connect s :65536", "port of ADDR"},
		{"listen tcp :0 --backlog -1", "--backlog: must be 0 to 2147483647, is -1"},
		{"open tcp --as a.b", "--as: "},
		{"open tcp --protocol 263", "--protocol: "},
		{"recv s --max -1", "--max: "},
		{"recv s --exactly 0", "--exactly: "},
		{"recv s --match (", "--match: "},
		{"recv s --dont-wait --wait 5s", "--dont-wait"},
		{"recv s --wait 25h", "--wait: "},
		{"recv s --wait -1s", "--wait: "},
		{"session create a.b", "ID: "},
		{"session create --ttl 1s", "--ttl: "},
		{"session renew --ttl 1s", "--ttl: "},
		{"open tcp --netns a/b", "--netns: "},
		{"agent info --netns a/b", "--netns: "},
		{"resolve x --netns a/b", "--netns: "},
	} {
		args := strings.Fields(c.line)
		r := p.ctl(args...)
		r.want(t, 2).printed(t, "").said(t, c.says)
		f := p.ctl(append(args, "-o", "json")...).failure(t)
		if f.Code != "INVALID_ARGUMENT" || f.Reason != "INVALID_FIELD" || len(f.Violations) == 0 || f.Violations[0].Flag == "" {
			t.Errorf("%s: %+v", c.line, f)
		}
	}
}

// What cannot be meant is refused before anybody is asked: no agent runs here.
func TestUsage(t *testing.T) {
	p := newPerson(t)
	for _, line := range []string{
		"nonsense", "listen", "listen tcp :0 more", "listen sctp :0", "listen tcp 8080", "dial tcp host", "dial tcp h:http",
		"bind tcp", "open", "accept", "recv", "recv a b", "recv a --exactly 1 --eof", "recv a --peek --exactly 5", "recv a --until \\q", "recv a --nonsense",
		"recv a --wait 5", "expect a", "expect a b --exact c", "expect a --exact=", "send", "send a --hex xyz", "send a b --file f",
		"send a b --hex --escapes", "send a b --eol=vt", "send a --file missing", "shutdown a", "shutdown a sideways",
		"close", "show", "poll", "poll a:x", "resolve", "resolve -4 -6 x", "options set a ttl", "session nonsense",
		"agent add", "agent add a.b unix:", "agent add a b", "agent remove a", "--agent nobody ls", "--agent tcp://h:1 ls", "--agent x:y ls",
		"--output xml ls", "run", "run --embedded --agent x f", "session exec", "open tcp --option ttl", "open tcp --option raw:1=1", "ls more",
		"open mptcp --protocol 6", "bind tcp", "bind s :0 --netns x", "listen s --netns x", "bind unix @", "agent add a unix: --netns a/b",
		"send a b --times 0", "send a b --pattern 5", "send a --pattern 0", "send a --seed 1 b", "send a --pattern 5 --hex",
		"send a --datagrams", "send a b --datagrams --buffers 1", "send a b --ttl 1 --buffers 1", "send a b --fast-open", "send a b --control 1:2",
		"send a b --control SOL_IP:IP_TTL:4", "send a b --control SOL_IP:NO:40", "send a b --buffers x", "send a b --ttl x",
		"recv a --pattern 5 --max 5", "recv a --seed 5", "recv a --times 0", "recv a --pattern -1", "recv a --buffers 1,,2",
		"await a", "await a nowhere", "await a unspecified", "disconnect", "disconnect a b", "fill", "fill a --size 0", "fill a --quiet -1s",
		"drain", "drain a --eof --quiet 1s", "drain a --quiet -1s", "drain a --quiet 5",
	} {
		args := strings.Fields(line)
		r := p.ctl(args...)
		if r.code != 2 || r.out != "" || r.err == "" {
			t.Errorf("ctl %s: exit %d\nstdout: %s\nstderr: %s", line, r.code, r.out, r.err)
		}
		if strings.Contains(line, "xml") {
			continue
		}
		if f := p.ctl(append(args, "-o", "json")...); !strings.HasPrefix(line, "session exec") && f.failure(t).Code != "USAGE" {
			t.Errorf("ctl -o json %s: %s", line, f.err)
		}
	}
}

// A relative path needs no './' where the socket says that it is one.
func TestRelativeUnixPaths(t *testing.T) {
	p := withAgent(t)
	t.Chdir(p.dir) // the agent's folder too
	p.must(t, "open", "unixgram", "--as", "a")
	p.must(t, "open", "unixgram", "--as", "b")
	p.must(t, "open", "tcp", "--as", "c")
	p.must(t, "bind", "a", "rel.sock").printed(t, "a  bound  rel.sock\n")
	p.must(t, "send", "b", "one", "--to", "rel.sock")
	p.must(t, "connect", "b", "rel.sock")
	p.must(t, "send", "b", "two")
	p.must(t, "recv", "a").printed(t, "one")
	p.must(t, "recv", "a").printed(t, "two")
	p.ctl("bind", "c", "rel.sock").want(t, 2).said(t, "a unix path starts with")
	p.ctl("send", "c", "x", "--to", "nowhere").want(t, 2).said(t, "a unix path starts with")
	p.ctl("bind", "c", "").want(t, 2)
}
