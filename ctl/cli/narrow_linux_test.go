package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// at runs a command on a terminal of this width.
func (p *person) at(width int, args ...string) result {
	var out, err bytes.Buffer
	env := p.world(nil, &out, &err)
	env.Width = func() int { return width }
	code := Main(context.Background(), args, env)
	return result{args, code, out.String(), err.String()}
}

// What a narrow terminal does not show is said.
func TestNarrowTerminals(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	wide := p.at(200, "ls").want(t, 0)
	if wide.err != "" || !strings.Contains(wide.out, "SEND-Q") {
		t.Errorf("%s%s", wide.out, wide.err)
	}
	p.at(75, "ls").want(t, 0).said(t, "no room for HELD")
	narrow := p.at(60, "ls").want(t, 0).said(t, "no room for HELD, SEND-Q, RECV-Q")
	if !strings.Contains(narrow.out, "PEER") {
		t.Error(narrow.out)
	}
	p.must(t, "agent", "add", "here", "unix://"+p.socket)
	checked := p.at(60, "agent", "check").want(t, 0).said(t, "no room for VERSION")
	if !strings.Contains(checked.out, "unix://"+p.socket) {
		t.Error(checked.out)
	}
	for line := range strings.Lines(p.at(0, "agent", "info").out) {
		if strings.HasPrefix(line, "can do") && len(line) > 81 {
			t.Errorf("without a terminal: %q", line)
		}
	}
	if r := p.at(30, "agent", "info"); r.code != 0 || strings.Contains(r.err, "no room") {
		t.Errorf("%+v", r)
	}
}
