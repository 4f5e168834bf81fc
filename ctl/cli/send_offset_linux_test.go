package cli

import (
	"context"
	"syscall"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

// A send with an offset may be repeated; what was sent is not sent again, and what
// someone else sent is not taken for it.
func TestSendOffset(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	hello := []string{"send", "d", "Hello", "--offset", "0", "--holder", "h"}
	first := p.must(t, hello...)
	if first.err != "" {
		t.Errorf("says %q", first.err)
	}
	p.must(t, hello...).said(t, "5 bytes had been sent before, and not again\n")
	p.must(t, "send", "d", "Hello, you", "--offset", "0", "--holder", "h").said(t, "5 bytes had been sent before")
	p.must(t, "recv", "c1", "--exactly", "10").printed(t, "Hello, you")
	if got := answerOf(t, p.must(t, append(hello, "-o", "json")...), &farsockv1.SendResponse{}); got.GetSkipped() != 5 || got.GetApplied() != 0 || got.GetSendOffset() != 10 {
		t.Errorf("%v", got)
	}
	p.ctl("recv", "c1", "--wait", "0").want(t, 5)

	p.ctl("send", "d", "x", "--offset", "9", "--holder", "other").want(t, 8).said(t, "(HOLDER_CHANGED)").said(t, "; someone else has sent since")
	p.ctl("send", "d", "x", "--offset", "11", "--holder", "h").want(t, 8).said(t, "--offset is 11, ")
	many := []string{"send", "d", "--pattern", "1000", "--times", "3", "--offset", "10", "--holder", "h"}
	p.must(t, many...).said(t, "3 sends, 3000 bytes\n")
	p.must(t, many...).said(t, "3 sends, 0 bytes\n3000 bytes had been sent before, and not again\n")
	p.must(t, "recv", "c1", "--pattern", "1000", "--times", "3")
	p.ctl("recv", "c1", "--wait", "0").want(t, 5)
}

// What was interrupted is done by the same command, as if it never had been.
func TestSendOffsetGoesOn(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	const size = "30000000" // more than the kernel takes with nobody reading
	again := []string{"send", "d", "--pattern", size, "--offset", "0", "--holder", "h", "--wait", "forever"}
	ctx, cancel := context.WithCancelCause(t.Context())
	end := make(chan result, 1)
	go func() { end <- p.ctlWith(ctx, nil, again...) }()
	for answerOf(t, p.must(t, "show", "d", "-o", "json"), &farsockv1.GetSocketResponse{}).GetSocket().GetSendOffset() == 0 {
	}
	cancel(&Signal{Signal: syscall.SIGTERM})
	(<-end).want(t, 143).said(t, "and perhaps a part of the next send, which this command does not send again")
	go func() { end <- p.ctl(again...) }()
	p.must(t, "recv", "c1", "--pattern", size)
	(<-end).want(t, 0)
	p.ctl("recv", "c1", "--wait", "0").want(t, 5)
	p.must(t, again...).said(t, size+" bytes had been sent before, and not again")
}

func TestSendOffsetOfDatagrams(t *testing.T) {
	p := withAgent(t)
	p.inbox(t)
	for range 2 {
		p.must(t, "send", "v", "one", "--offset", "0", "--holder", "h")
		p.must(t, "send", "v", "--datagrams", "two", "three", "--offset", "1", "--holder", "h")
	}
	p.must(t, "send", "v", "--datagrams", "two", "three", "four", "--offset", "1", "--holder", "h").said(t, "2 datagrams had been sent before")
	p.must(t, "send", "v", "x", "--times", "2", "--offset", "4", "--holder", "h")
	p.must(t, "recv", "u", "--times", "6").printed(t, "onetwothreefourxx")
	p.ctl("recv", "u", "--wait", "0").want(t, 5)
}

func TestSendOffsetRefused(t *testing.T) {
	p := withAgent(t)
	for _, args := range [][]string{{"--offset", "0"}, {"--holder", "h"}, {"--offset", "-1", "--holder", "h"}, {"--offset", "x", "--holder", "h"}} {
		p.ctl(append([]string{"send", "d", "x"}, args...)...).want(t, 2).said(t, "--offset")
	}
	p.pair(t)
	p.ctl("send", "d", "x", "--offset", "0", "--holder", "a b").want(t, 2).said(t, "--holder: must be")
}
