package cli

import (
	"strings"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

func TestAwait(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "await", "web", "listen")
	p.must(t, "await", "d", "close-wait", "connected")
	r := p.ctl("await", "c1", "CLOSE_WAIT", "--wait", "50ms").want(t, 5).printed(t, "").said(t, "wait elapsed (50ms), c1  connected  ")
	r.said(t, "  ESTABLISHED, said by ")
	p.ctl("await", "c1", "CLOSE_WAIT", "--wait", "0").want(t, 5)
	waits := make(chan result)
	go func() { waits <- p.ctl("await", "c1", "CLOSE_WAIT") }()
	p.must(t, "shutdown", "d", "write")
	matches(t, (<-waits).want(t, 0), `c1  connected  \S+ -> \S+  CLOSE_WAIT`)
	if a := answerOf(t, p.must(t, "await", "d", "FIN_WAIT2", "-o", "json"), &farsockv1.WaitSocketResponse{}); a.GetSocket().GetTcpState() != "FIN_WAIT2" {
		t.Errorf("%v", a)
	}
	p.must(t, "poll", "c1:h").printed(t, "c1  read-hung-up\n")
	p.must(t, "poll", "c1", "--read-hang-up").printed(t, "c1  readable  read-hung-up\n")
	p.ctl("poll", "d:h", "--wait", "0").want(t, 5)
}

func TestDisconnect(t *testing.T) {
	p := withAgent(t)
	p.must(t, "bind", "udp", "127.0.0.1:0", "--as", "u")
	addr := p.addr(t, "u")
	p.must(t, "close", "u")
	p.must(t, "bind", "udp", addr, "--as", "u") // a port that was asked for stays
	p.must(t, "dial", "udp", addr, "--as", "v")
	p.must(t, "bind", "udp", "127.0.0.1:0", "--as", "w")
	p.must(t, "connect", "u", p.addr(t, "v"))
	p.must(t, "disconnect", "u").printed(t, "u  bound  "+addr+"\n")
	p.ctl("send", "u", "x").want(t, 1).said(t, "EDESTADDRREQ")
	p.must(t, "send", "w", "--to", p.addr(t, "u"), "from anyone")
	p.must(t, "recv", "u").printed(t, "from anyone")

	p.pair(t)
	p.must(t, "disconnect", "d").printed(t, "d  open  tcp\n") // the port is gone, though getsockname(2) still names it
	p.ctl("recv", "c1").want(t, 1).said(t, "ECONNRESET")
	p.must(t, "connect", "d", p.addr(t, "web"))
}

// Everything that fill sent is there to be drained, or checked.
func TestFillAndDrain(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	full := p.must(t, "fill", "d", "--seed", "5")
	matches(t, full, `d  full  \d+ bytes`)
	p.ctl("send", "d", "more", "--dont-wait").want(t, 5)
	bytes := strings.Fields(full.out)[2]
	p.must(t, "recv", "c1", "--pattern", bytes, "--seed", "5").printed(t, "").said(t, bytes+" bytes, as the pattern has them")

	again := strings.Fields(p.must(t, "fill", "d").out)[2]
	p.must(t, "drain", "c1").printed(t, "c1  drained  "+again+" bytes\n")
	p.must(t, "drain", "c1", "--quiet", "0").printed(t, "c1  drained  0 bytes\n")
	p.ctl("drain", "c1", "--eof", "--wait", "50ms").want(t, 5).said(t, "0 bytes drained")
	p.must(t, "send", "d", "12345")
	p.must(t, "close", "d")
	p.must(t, "drain", "c1", "--eof", "-o", "json").printed(t, `{"bytes":5,"datagrams":0,"end":true}`+"\n")
	p.ctl("drain", "c1").want(t, 7)
	p.must(t, "drain", "c1", "--eof").printed(t, "c1  drained  0 bytes, then the end of the stream\n")

	box := p.dir + "/box"
	p.must(t, "bind", "unixgram", box, "--as", "box")
	p.must(t, "dial", "unixgram", box, "--as", "pen")
	full = p.must(t, "fill", "pen", "--size", "100")
	matches(t, full, `pen  full  \d+ datagrams, \d+ bytes`)
	p.must(t, "drain", "box").printed(t, strings.NewReplacer("pen  full", "box  drained").Replace(full.out))
	p.must(t, "bind", "udp", "127.0.0.1:0", "--as", "u")
	p.ctl("fill", "u").want(t, 2)
	p.ctl("drain", "u", "--eof").want(t, 2)
	p.ctl("fill", "pen", "--size", "2000000").want(t, 2).said(t, "--size: ")
}

// A peer that goes on reading keeps fill busy until its wait has passed.
func TestFillOfAReader(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	drained := make(chan result)
	go func() { drained <- p.ctl("drain", "c1", "--eof") }()
	r := p.ctl("fill", "d", "--wait", "200ms").want(t, 5).said(t, "it still takes bytes")
	p.must(t, "close", "d")
	if d := (<-drained).want(t, 0); !strings.Contains(r.err, strings.Fields(d.out)[2]+" bytes so far") {
		t.Errorf("%s%s", r.err, d.out)
	}
	if f := p.ctl("fill", "c1", "-o", "json"); f.code != 1 || f.failure(t).Reason == "" {
		t.Errorf("%+v", f)
	}
}
