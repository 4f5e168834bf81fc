package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

// Where a name was made it is looked for, and --agent may stand before a line.
func TestRunFindsTheAgentOfAName(t *testing.T) {
	a, b := withAgent(t), withAgent(t)
	a.must(t, "agent", "add", "one", "unix://"+a.socket)
	a.must(t, "agent", "add", "two", "unix://"+b.socket)
	for _, tt := range []struct {
		name, text string
		code       int
		says       string
	}{
		{"names", `
--agent one listen tcp 127.0.0.1:0 --as web
-a two dial tcp ${web.addr} --as d
accept web --as c
send d hello
expect c hello
show ${c.uid} --agent one
show ${c.uid}
poll c:w
fails 2 poll c d
stderr 'c is on one and d on two'
fails 8 show d --agent one
fails 8 show d --agent unix://` + b.socket + `
close c web d
fails 8 show d
`, 0, ""},
		{"by uid", "--agent two open udp --as u\nshow ${u.uid}\nstdout 'name +.*/u$'\nclose ${u.uid}", 0, ""},
		{"unnamed", "--agent two open udp\nls --agent two\nstdout '^s1 '\nshow s1", 0, ""},
		{"the default's first", "open udp --as u\n--agent two open udp --as u\nsend u x --to 127.0.0.1:9\nclose u\nfails 8 show u --agent unix://" + a.socket + "\nshow u\nshow u --agent two", 0, ""},
		{"two others", "--agent one open udp --as u\n--agent two open udp --as u\nfails 2 show u\nstderr 'on one and on two: say --agent'\nclose u --agent one\nshow u", 0, ""},
		{"in another session", "session create mine --agent two\n-s mine -a two open udp --as u\nfails 8 show u\nshow u -s mine\nsession close mine --agent two", 0, ""},
		{"the default afterwards", "--agent two open udp --as u\nopen udp --as v\nfails 8 show v --agent two\nls\n! stdout ' u '", 0, ""},
		{"no such agent", "--agent three ls", 2, `no agent is called "three"`},
		{"not before a built-in command", "--agent two stdout x", 2, "--agent stands before a verb"},
		{"not every flag", "--wait 1s ls", 2, "--wait cannot stand before a command"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a.ctl("run", a.script(t, tt.text)).want(t, tt.code).said(t, tt.says)
		})
	}
	for _, p := range []*person{a, b} {
		p.must(t, "session", "ls").said(t, "no sessions")
	}
}

// Other commands know nothing of a script's names.
func TestAgentOutsideOfScripts(t *testing.T) {
	a, b := withAgent(t), withAgent(t)
	a.must(t, "--agent", "unix://"+b.socket, "open", "udp", "--as", "u")
	a.ctl("show", "u").want(t, 8)
	a.must(t, "show", "u", "--agent", "unix://"+b.socket)
}

const heldPair = `
listen tcp 127.0.0.1:0 --as web
dial tcp ${web.addr} --as d
accept web --as c
send d "so far"
await c connected
poll c
`

// A condition that does not hold tells what is there; nothing is taken.
func TestRecvTellsWhatIsHeld(t *testing.T) {
	p := withAgent(t)
	for _, tt := range []struct {
		line string
		code int
		says string // in the outcome
		got  string
	}{
		{`recv c --until '\n' --wait 50ms`, 5, `6 bytes held without "\n"`, "so far"},
		{"recv c --match 'o+k' --wait 50ms", 5, "6 bytes held without a match of o+k", "so far"},
		{"recv c --exactly 7 --wait 50ms", 5, "6 bytes held without 7 bytes", "so far"},
		{"recv c --eof --wait 50ms", 5, "6 bytes held without the end of the stream", "so far"},
		{`recv c --until '\n' --max 3`, 6, "none was taken", "so "},
		{`recv d --until '\n' --wait 50ms`, 5, "nothing arrived", ""},
		{"recv d --wait 50ms", 5, "wait elapsed", ""},
		{"expect c 'so near' --wait 50ms", 6, "expected a match of so near", "so far"},
	} {
		r := p.ctl("run", "-o", "json", p.script(t, heldPair+tt.line)).want(t, tt.code)
		var line ran
		if err := json.Unmarshal([]byte(r.out), &line); err != nil {
			t.Fatalf("%s: %v", r.out, err)
		}
		if !strings.Contains(line.Outcome, tt.says) || line.Got == nil || line.Got.Text != tt.got {
			t.Errorf("%s: %s\n%+v", tt.line, line.Outcome, line.Got)
		}
		if tt.got != "" {
			p.ctl("run", p.script(t, heldPair+tt.line)).said(t, `text  "`+tt.got+`"`)
			p.must(t, "run", p.script(t, heldPair+"! "+tt.line+"\nrecv c\nstdout '^"+tt.got+"'"))
		}
	}

	p.must(t, "listen", "tcp", "127.0.0.1:0", "--as", "web")
	addr := strings.Fields(p.must(t, "show", "web").out)
	local := addr[index(addr, "local")+1]
	p.must(t, "dial", "tcp", local, "--as", "d")
	p.must(t, "accept", "web", "--as", "c")
	p.must(t, "send", "d", "so far")
	p.must(t, "poll", "c")
	r := p.ctl("recv", "c", "--until", "\\n", "--wait", "50ms").want(t, 5).said(t, "6 bytes held without")
	if strings.Contains(r.err, "so far") {
		t.Errorf("%s", r.err)
	}
}

func index(words []string, word string) int {
	for i, w := range words {
		if w == word {
			return i
		}
	}
	return -1
}

// A failure's cleanup is run on the real agent, and told if it fails.
func TestRunCleansUp(t *testing.T) {
	p := withAgent(t)
	p.must(t, "session", "create", "mine")
	p.ctl("-s", "mine", "run", p.script(t, "open udp --as u\ncleanup close u\nrecv u --wait 0\n")).want(t, 5)
	p.ctl("-s", "mine", "show", "u").want(t, 8)

	r := p.ctl("-o", "json", "run", p.script(t, "cleanup close nobody\nopen udp --as u\nrecv u --wait 0\n")).want(t, 5)
	var line ran
	if err := json.Unmarshal([]byte(r.out), &line); err != nil || line.Line != 3 || len(line.Cleanup) != 1 || !strings.Contains(line.Cleanup[0], "cleanup close nobody") {
		t.Errorf("%s: %v", r.out, err)
	}
}
