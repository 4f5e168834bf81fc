package cli

import (
	"os"
	"strings"
	"testing"
)

// What is not a command line says so on stderr alone, in words that help.
func TestNotACommandLine(t *testing.T) {
	p := newPerson(t)
	if err := os.Mkdir(p.dir+"/folder", 0o700); err != nil {
		t.Fatal(err)
	}
	for line, says := range map[string]string{
		"lsit":                         `ctl has no command "lsit"; did you mean ls?`,
		"-s x lsit --wait 4":           `ctl has no command "lsit"; did you mean ls?`,
		"session lst":                  `ctl session has no command "lst"; did you mean ls?`,
		"agent qqqqqq":                 `ctl agent has no command "qqqqqq"; see 'ctl agent --help'`,
		"help qqqqqq":                  `ctl has no command "qqqqqq"; see 'ctl --help'`,
		"help session lst":             `did you mean ls?`,
		"completion tcsh":              `ctl completion has no command "tcsh"`,
		"ls --wat":                     `ctl ls: unknown flag: --wat; see 'ctl ls --help'`,
		"listen tcp :0 --backlog abc":  `--backlog "abc": not a number from -2147483648 to 2147483647`,
		"session create --ttl x":       `--ttl "x": not a span`,
		"recv c --wait x":              `--wait "x": say 0, forever`,
		"send c --eol=x":               `--eol "x": not lf, crlf or cr`,
		"send c abc --hex":             `--hex: the digits are pairs, and one is left over`,
		"send c ag --hex":              `--hex: 'g' is no hex digit`,
		"send c -f folder":             `is a directory`,
		"send c -f missing":            `no such file`,
		"open tcp --as tcp":            `--as "tcp"`,
		"accept web --as=-x":           `--as "-x"`,
		"completion bash --no-such -q": `unknown flag`,
		"open tcp --option nodelay=1":  `no option is called "nodelay"; did you mean no-delay?`,
		"open tcp --option rcvbuf=1":   `did you mean receive-buffer?`,
		"options get s qqqqqq":         `see 'ctl options list'`,
		"listen udp :0":                `udp has no listen(2); 'ctl bind udp ADDR' makes`,
		"listen tcp":                   `"tcp" is a network, and ADDR is missing: ctl listen tcp ADDR`,
		"connect tcp 127.0.0.1:80":     `'ctl dial tcp ADDR' makes a socket`,
		"dial tcp":                     `ctl dial needs 2 arguments, has 1; usage: ctl dial NETWORK ADDR`,
		"dial tcp :1 x y":              `ctl dial: "x" is one argument too many; usage: `,
	} {
		r := p.ctl(strings.Fields(line)...).want(t, 2).printed(t, "").said(t, says)
		for _, leak := range []string{"strconv", "encoding/", `\t`} {
			if strings.Contains(r.err, leak) {
				t.Errorf("%s: %s", line, r.err)
			}
		}
	}
	p.must(t, "help", "session", "ls").said(t, "")
	if out := p.must(t, "help", "send").out; !strings.Contains(out, "      --eol   ") {
		t.Error(out)
	}
}

// The codes that are not the table's are documented with it.
func TestHelpHasTheCodes(t *testing.T) {
	p := newPerson(t)
	out := p.must(t, "--help").out
	for _, code := range []string{"126 ", "127 ", "129,", "130,", "141 ", "143 "} {
		if !strings.Contains(out, code) {
			t.Errorf("no %s in %s", code, out)
		}
	}
}

func TestVersionAndAliases(t *testing.T) {
	p := newPerson(t)
	p.must(t, "--version").printed(t, p.must(t, "version").out)
	for _, remove := range []string{"rm", "delete", "remove"} {
		p.must(t, "agent", "add", "a", "ssh://lab7")
		p.must(t, "agent", remove, "a").said(t, "a is forgotten")
	}
	if out := p.must(t, "__complete", "listen", "u").out; strings.Contains(out, "udp") || !strings.Contains(out, "unix\n") {
		t.Error(out)
	}
}
