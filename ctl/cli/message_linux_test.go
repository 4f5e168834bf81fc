package cli

import (
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// inbox leaves two datagram sockets: u, which tells all that it knows, and v,
// connected to it.
func (p *person) inbox(t *testing.T) {
	t.Helper()
	p.must(t, "bind", "udp", "127.0.0.1:0", "--as", "u",
		"--option", "packet-info=1", "--option", "receive-ttl=1", "--option", "receive-traffic-class=1", "--option", "timestamps=1")
	p.must(t, "dial", "udp", p.addr(t, "u"), "--as", "v")
}

func TestSendDatagrams(t *testing.T) {
	p := withAgent(t)
	p.inbox(t)
	to, from := p.addr(t, "u"), p.addr(t, "v")
	p.must(t, "send", "v", "hello", "--ttl", "3", "--tos", "16", "--source", "127.0.0.1", "--interface", "lo")
	r := p.must(t, "recv", "u").printed(t, "hello")
	r.said(t, "datagram from "+from+" to "+to+" by lo, 5 bytes, ttl 3, tos 0x10, at 20")
	if strings.Contains(r.err, "control") || strings.Count(r.err, "\n") != 1 {
		t.Errorf("%s", r.err)
	}

	p.must(t, "send", "v", "--datagrams", "one", "", `t\x77o`, "-e")
	p.must(t, "recv", "u", "--datagrams", "64", "--hex").printed(t, "6f6e65\n\n74776f\n")
	sent := answerOf(t, p.must(t, "send", "v", "--datagrams", "a", "bc", "-o", "json"), &farsockv1.SendResponse{})
	if sent.GetDatagramsApplied() != 2 || sent.GetApplied() != 3 {
		t.Errorf("%v", sent)
	}
	p.must(t, "drain", "u").printed(t, "u  drained  2 datagrams, 3 bytes\n")
	p.must(t, "send", "v", "x", "--times", "3").said(t, "3 sends, 3 bytes\n")
	p.must(t, "send", "v", "--datagrams", "x", "yz", "--times", "2").said(t, "2 sends, 4 datagrams, 6 bytes\n")
	p.must(t, "recv", "u", "--times", "7").printed(t, "xxxxyzxyz").said(t, "7 receives, 9 bytes\n")
	p.ctl("recv", "u", "--times", "2", "--wait", "20ms").want(t, 5).said(t, "0 receives, 0 bytes\n")

	p.must(t, "send", "v", "--control", "SOL_IP:IP_TTL:05000000", "ttl", "5")
	p.must(t, "recv", "u").printed(t, "ttl 5").said(t, ", ttl 5,")
	p.must(t, "send", "v", "--control", "SOL_IP:IP_TTL:06000000", "--tos", "32", "both")
	p.must(t, "recv", "u").said(t, ", ttl 6, tos 0x20,")
	p.must(t, "send", "v", "--buffers", "3,0,2", "abcde")
	p.must(t, "recv", "u", "--buffers", "1,4").printed(t, "abcde")
	p.must(t, "send", "v", "--more", "to")
	p.must(t, "send", "v", "gether")
	p.must(t, "recv", "u", "--max-control", "0").printed(t, "together").said(t, ", control messages were lost")
	p.must(t, "send", "v", "again", "--confirm", "--dont-route", "--dont-wait")
	p.must(t, "recv", "u", "--wait-all").printed(t, "again")
}

// What the agent refuses is told by what the person typed.
func TestBadMessages(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.inbox(t)
	p.ctl("recv", "u", "--datagrams", "65", "--peek").want(t, 2).said(t, "--datagrams: must be 1 to 64")
	for _, c := range []struct{ line, says string }{
		{"send d x --ttl 5", "--ttl: "},
		{"send d --datagrams x", "--datagrams: "},
		{"send v x --buffers 5", "--buffers: "},
		{"send v x --source nowhere", "--source: "},
		{"send v x --ttl 1 --to 127.0.0.1:70000", "port of --to: "},
		{"send v x --control 1:1:00000000", "--control: "},
		{"send v x --ttl 1 --control 1:1:00000000", "--control: "},
		{"send v x --to 127.0.0.1:9 --fast-open", "--fast-open: "},
		{"send d x --confirm", "--confirm: "},
		{"recv d --wait-all --exactly 1", "--wait-all and --exactly exclude"},
		{"recv d --oob --exactly 1", "--oob and --exactly exclude"},
		{"recv d --error-queue --peek", "--error-queue and --peek exclude"},
		{"recv d --match (", "--match: must be an RE2 expression"},
		{"recv u --eof", "--eof: must be unset on a datagram socket"},
		{"recv d --max-control 8193", "--max-control: "},
		{"recv d --buffers 1,2 --max 5", "--buffers: "},
	} {
		p.ctl(strings.Fields(c.line)...).want(t, 2).printed(t, "").said(t, c.says)
	}
	for line, says := range map[string]string{
		"send v x --ttl 300":                   "the kernel does not take it (EINVAL, sendmmsg, --ttl 300), said by",
		"send v x --ttl 300 --tos 3":           "(EINVAL, sendmmsg, --ttl 300)",
		"send v x --tos -1 --ttl 300":          "(EINVAL, sendmmsg, --tos -1 --ttl 300)",
		"send v x --interface no-such":         ", --interface no-such), said by",
		"send v x --interface no-such --ttl 9": ", --interface no-such), said by",
	} {
		p.ctl(strings.Fields(line)...).want(t, 1).said(t, says)
	}
}

func TestUrgentAndAll(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "send", "d", "abc!", "--oob")
	p.must(t, "poll", "c1:u")
	p.must(t, "recv", "c1", "--oob").printed(t, "!")
	p.ctl("recv", "c1", "--oob", "--wait", "0").want(t, 1).said(t, "EINVAL")
	p.must(t, "recv", "c1", "--wait-all", "--max", "3").printed(t, "abc")
	p.must(t, "send", "d", "12345")
	p.ctl("recv", "c1", "--wait-all", "--max", "6", "--wait", "50ms").want(t, 5).printed(t, "")
	p.must(t, "send", "d", "6", "--more", "--eor")
	p.must(t, "recv", "c1", "--wait-all", "--max", "6").printed(t, "123456")
	p.must(t, "open", "tcp", "--as", "fast")
	p.must(t, "send", "fast", "early", "--fast-open", "--to", p.addr(t, "web"))
	p.must(t, "accept", "web", "--as", "c2")
	p.must(t, "recv", "c2").printed(t, "early")
}

func TestErrorQueue(t *testing.T) {
	p := withAgent(t)
	p.must(t, "bind", "udp", "127.0.0.1:0", "--as", "gone")
	to := p.addr(t, "gone")
	p.must(t, "close", "gone")
	p.must(t, "open", "udp", "--as", "u", "--option", "error-queue=1")
	p.must(t, "open", "udp", "--as", "deaf")
	p.ctl("recv", "deaf", "--error-queue", "--wait", "10ms").want(t, 5).said(t, "its error-queue option is 0, said by")
	if r := p.ctl("recv", "u", "--error-queue", "--wait", "0").want(t, 5); strings.Contains(r.err, "option") {
		t.Error(r.err)
	}
	p.must(t, "send", "u", "to nobody", "--to", to)
	r := p.must(t, "recv", "u", "--error-queue").printed(t, "to nobody")
	if want := "error ECONNREFUSED from icmp type 3 code 3, offender 127.0.0.1, for " + to + ", 9 bytes\n"; r.err != want {
		t.Errorf("%q, want %q", r.err, want)
	}
}

// The pattern goes through streams in parts and through datagrams whole, and what
// is not it is told.
func TestPattern(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	sent := make(chan result)
	go func() { sent <- p.ctl("send", "d", "--pattern", "3000000", "--seed", "9", "--times", "2") }()
	p.must(t, "recv", "c1", "--pattern", "6000000", "--seed", "9").printed(t, "")
	(<-sent).want(t, 0).said(t, "2 sends, 6000000 bytes\n")
	p.must(t, "send", "d", "--hex", "00000000 9e3779b1 3c6ef362 00")
	r := p.ctl("recv", "c1", "--pattern", "13").want(t, 6).said(t, "byte 12 is 0x00, the pattern has 0xda; what arrived instead:")
	r.said(t, "\n  0000  00\n")
	p.must(t, "recv", "c1", "--max", "4", "--hex").printed(t, "00000000\n") // it can still be received
	p.must(t, "drain", "c1")
	p.must(t, "send", "d", "--pattern", "10")
	p.ctl("recv", "c1", "--pattern", "20", "--wait", "50ms").want(t, 5).said(t, "10 bytes, as the pattern has them")
	p.must(t, "send", "d", "--pattern", "10")
	p.must(t, "close", "d")
	p.ctl("recv", "c1", "--pattern", "20").want(t, 6).said(t, "the stream ended after 10 of 20 bytes of the pattern")

	p.inbox(t)
	p.must(t, "send", "v", "--pattern", "1400", "--times", "20")
	p.must(t, "recv", "u", "--pattern", "1400", "--times", "20", "-o", "json").printed(t, `{"bytes":28000,"datagrams":20,"end":false}`+"\n")
	p.must(t, "send", "v", "--pattern", "100")
	p.ctl("recv", "u", "--pattern", "101").want(t, 6).said(t, "datagram 1 of 1 has 100 bytes, not 101")
}
