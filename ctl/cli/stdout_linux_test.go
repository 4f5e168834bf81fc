package cli

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// shell runs ctl as a process under sh, with what follows its arguments there.
func (p *person) shell(t *testing.T, redirection string, args ...string) result {
	t.Helper()
	direct := p.process(t, args...)
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `exec "$0" "$@" ` + redirection}, direct.Args...)...)
	cmd.Dir, cmd.Env = direct.Dir, direct.Env
	var out, said strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &said
	_ = cmd.Run() // the code is looked at by the test
	return result{args, cmd.ProcessState.ExitCode(), out.String(), said.String()}
}

// Without a stdout nothing is received; /dev/null as people say it is one.
func TestProcessStdoutClosed(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "send", "d", "precious")
	for _, args := range [][]string{{"recv", "c1"}, {"recv", "c1", "-o", "json"}, {"expect", "c1", "precious"}, {"stream", "c1"}} {
		p.shell(t, ">&-", args...).want(t, 8).said(t, "stdout is closed")
	}
	p.must(t, "recv", "c1", "--peek").printed(t, "precious")
	p.shell(t, ">/dev/null", "recv", "c1").want(t, 0)
	p.ctl("recv", "c1", "--wait", "0").want(t, 5)
	p.shell(t, ">&-", "ls").want(t, 0)
}

// Stream has taken what stdout then does not, and says so.
func TestProcessStreamBrokenPipe(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "send", "d", "lost")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	defer w.Close()
	cmd := p.process(t, "stream", "c1")
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = w, &said
	_ = cmd.Run() // the code is looked at next
	if got := cmd.ProcessState.ExitCode(); got != 141 || !strings.HasPrefix(said.String(), "stdout took 0 of 4 bytes read") {
		t.Errorf("exit %d, %q", got, said.String())
	}
}
