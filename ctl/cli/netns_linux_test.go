package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/proto/wire"
)

var namespacesMade atomic.Int32

// namespace makes a named network namespace with a loopback that is up, for as
// long as the test runs.
func namespace(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("fscli-%d-%d", os.Getpid(), namespacesMade.Add(1))
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("ip netns add: %v: %s", err, out)
		}
		t.Skipf("needs root and iproute2: ip netns add: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "del", name).CombinedOutput(); err != nil {
			t.Errorf("ip netns del: %v: %s", err, out)
		}
	})
	if out, err := exec.Command("ip", "-n", name, "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("ip link: %v: %s", err, out)
	}
	return name
}

func TestNetworkNamespaces(t *testing.T) {
	p := withAgent(t)
	ns := namespace(t)
	matches(t, p.must(t, "listen", "tcp", "127.0.0.1:0", "--as", "web", "--netns", ns), `web  listening  127\.0\.0\.1:\d+  backlog 128  netns `+ns)
	addr := p.addr(t, "web")
	p.ctl("dial", "tcp", addr).want(t, 1).said(t, "ECONNREFUSED")
	matches(t, p.must(t, "dial", "tcp", addr, "--as", "d", "--netns", "/run/netns/"+ns), `d  connected  \S+ -> \S+  netns /run/netns/`+ns)
	matches(t, p.must(t, "accept", "web", "--as", "c"), `c  accepted  from \S+  netns `+ns)
	p.must(t, "open", "tcp", "--as", "here").printed(t, "here  open  tcp\n")
	list := p.must(t, "ls").out
	if !strings.Contains(list, "  NETNS\n") || strings.Count(list, ns) != 3 {
		t.Errorf("%s", list)
	}
	if out := p.must(t, "show", "c").out; !strings.Contains(out, "\nnamespace      "+ns+"\n") {
		t.Errorf("%s", out)
	}

	p.env["FARSOCK_NETNS"] = ns
	p.must(t, "dial", "tcp", addr, "--as", "e")
	p.must(t, "open", "udp", "--as", "own", "--netns", "").printed(t, "own  open  udp\n")
	p.env["FARSOCK_NETNS"] = "no-such"
	p.ctl("open", "udp").want(t, 1).said(t, "not found (ENOENT, ")
	p.ctl("resolve", "localhost").want(t, 1).said(t, "ENOENT")
	p.must(t, "resolve", "-4", "127.0.0.1", "--netns", ns).printed(t, "127.0.0.1\n")
	if f := p.ctl("agent", "info", "-o", "json").want(t, 8).failure(t); f.Reason != "NETWORK_NAMESPACE_UNUSABLE" {
		t.Errorf("%+v", f)
	}
	p.ctl("connect", "d", addr, "--netns", ns).want(t, 2)

	if out := p.must(t, "__complete", "open", "udp", "--netns", "fscli-").out; !strings.Contains(out, ns+"\n") {
		t.Errorf("%s", out)
	}
	info := p.must(t, "agent", "info", "--netns", ns).out
	if !strings.Contains(info, "\n"+ns+"  ") || !strings.Contains(info, "\nnetwork namespace "+ns+"\nINTERFACE") || strings.Contains(info, "eth0") {
		t.Errorf("%s", info)
	}
}

// Two names for one agent with different namespaces do as two agents do.
func TestNamesForNamespaces(t *testing.T) {
	p := withAgent(t)
	left, right := namespace(t), namespace(t)
	endpoint := p.env["FARSOCK_AGENT"]
	delete(p.env, "FARSOCK_AGENT")
	p.must(t, "agent", "add", "a", endpoint, "--netns", left).said(t, "a is "+endpoint+", network namespace "+left)
	p.must(t, "agent", "add", "b", endpoint).said(t, "b is "+endpoint+"\n")
	p.must(t, "agent", "add", "b", endpoint, "--netns", right).said(t, "no longer "+endpoint+"\n")
	matches(t, p.must(t, "agent", "ls"), `NAME  +NETNS  +ENDPOINT\na  +`+left+`  .*\nb  +`+right+`  .*`)
	p.must(t, "agent", "check")
	for _, name := range []string{"a", "b"} {
		p.must(t, "-a", name, "listen", "tcp", "127.0.0.1:7777", "--as", "web")
		p.must(t, "-a", name, "dial", "tcp", "127.0.0.1:7777", "--as", "d")
		if list := p.must(t, "-a", name, "ls").out; strings.Count(list, "\n") != 3 {
			t.Errorf("%s", list)
		}
	}
	p.env["FARSOCK_NETNS"] = left // a name's own is meant more
	p.must(t, "-a", "b", "open", "udp", "--as", "u").printed(t, "u  open  udp  netns "+right+"\n")
	delete(p.env, "FARSOCK_NETNS")

	script := `
listen tcp 127.0.0.1:8888 --as web --agent a
listen tcp 127.0.0.1:8888 --as web --agent b
dial tcp 127.0.0.1:8888 --as d --agent a
accept web --as c --agent a
fails 5 accept web --as c --agent b --wait 0
exec sh -c 'test "$FARSOCK_NETNS" = "` + left + `"'
`
	if err := os.WriteFile(filepath.Join(p.dir, "script.txt"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	p.ctl("-a", "a", "run", "--allow-exec", "script.txt").want(t, 0)

	r := p.must(t, "-a", "a", "session", "exec", "--", "sh", "-c", "echo $FARSOCK_AGENT $FARSOCK_NETNS")
	r.printed(t, endpoint+" "+left+"\n")
	p.must(t, "agent", "remove", "b").said(t, "b is forgotten; it was "+endpoint+", network namespace "+right)
	if err := os.WriteFile(filepath.Join(p.dir, "config.json"), []byte(`{"agents":{"a":{"endpoint":"`+endpoint+`","networkNamespace":"no-such"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p.ctl("agent", "check").want(t, 8).said(t, "no-such")
}

// Whatever a namespace is called, its session has a name that the agent takes and
// that no other namespace's has.
func TestImplicitSessionOfANamespace(t *testing.T) {
	ids := map[string]bool{}
	for _, ns := range []string{"", "lab1", "lab.1", "lab-1", "lab 1", "/proc/1/ns/net", "/proc/12/ns/net", strings.Repeat("n", 255), strings.Repeat("n", 254)} {
		a := &app{env: Env{Getenv: func(string) string { return strings.Repeat("u", 70) }}}
		id := (&target{app: a, netns: ns}).implicitSession()
		if !wire.ValidName(id) || ids[id] {
			t.Errorf("%q: %q", ns, id)
		}
		ids[id] = true
	}
}

func TestFamiliesOfUnix(t *testing.T) {
	p := withAgent(t)
	name := fmt.Sprintf("@fscli-%d", os.Getpid())
	p.must(t, "listen", "unixpacket", name, "--as", "door").printed(t, "door  listening  "+name+"\n")
	p.must(t, "dial", "unixpacket", name, "--as", "d").printed(t, "d  connected  -> "+name+"\n")
	p.must(t, "accept", "door", "--as", "c")
	p.must(t, "send", "d", "one")
	p.must(t, "send", "d", "two")
	p.must(t, "recv", "c", "--datagrams", "2").printed(t, "onetwo").said(t, "datagram, 3 bytes\ndatagram, 3 bytes\n")
	p.ctl("stream", "c").want(t, 2)
	p.must(t, "send", "d", "last")
	p.must(t, "close", "d")
	p.must(t, "recv", "c", "--datagrams", "2").printed(t, "last")
	p.ctl("expect", "c", "more").want(t, 6).said(t, "but the stream ended")
	p.ctl("recv", "c").want(t, 7)

	matches(t, p.must(t, "bind", "unixgram", "", "--as", "box"), `box  bound  @[0-9a-f]{5}`)
	p.must(t, "open", "unixgram", "--as", "pen")
	matches(t, p.must(t, "bind", "pen", ""), `pen  bound  @[0-9a-f]{5}`)
	p.must(t, "send", "pen", "letter", "--to", p.addr(t, "box"))
	p.must(t, "recv", "box").printed(t, "letter").said(t, "datagram from "+p.addr(t, "pen"))
	p.ctl("send", "pen", "x", "--to", "").want(t, 1).said(t, "EINVAL")
}

func TestMPTCP(t *testing.T) {
	p := withAgent(t)
	r := p.ctl("open", "mptcp6")
	if r.code == 1 && strings.Contains(r.err, "EPROTONOSUPPORT") {
		t.Skip("this kernel has no MPTCP")
	}
	r.want(t, 0)
	p.must(t, "listen", "mptcp", "127.0.0.1:0", "--as", "web")
	p.must(t, "dial", "mptcp", p.addr(t, "web"), "--as", "d")
	p.must(t, "accept", "web", "--as", "c")
	p.must(t, "send", "d", "hello")
	p.must(t, "recv", "c").printed(t, "hello")
	resp := answerOf(t, p.must(t, "show", "d", "-o", "json"), &farsockv1.GetSocketResponse{})
	if resp.GetSocket().GetProtocol() != wire.ProtocolMPTCP {
		t.Errorf("%v", resp)
	}
	if out := p.must(t, "show", "d").out; !strings.Contains(out, "network        mptcp\n") || !strings.Contains(out, "\nsubflow 1\n") || !strings.Contains(out, "\ntcp, of the first subflow\n") {
		t.Errorf("%s", out)
	}
	p.must(t, "listen", "tcp", "127.0.0.1:0", "--as", "old")
	p.must(t, "dial", "mptcp", p.addr(t, "old"), "--as", "fallen")
	if out := p.must(t, "show", "fallen").out; !strings.Contains(out, "network        mptcp, fell back to tcp\n") || !strings.Contains(out, "\ntcp\n") {
		t.Errorf("%s", out)
	}
}
