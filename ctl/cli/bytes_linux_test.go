package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"

	"github.com/farsock/farsock/proto/wire"
)

func TestSendForms(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	if err := os.WriteFile(filepath.Join(p.dir, "file"), []byte("from\x00file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  []string
		stdin string
		want  string
	}{
		{[]string{"two", "words"}, "", "two words"},
		{[]string{`raw\r\n`}, "", `raw\r\n`},
		{[]string{`GET /\r\n\x00`, "-e"}, "", "GET /\r\n\x00"},
		{[]string{"00 ff", "0a", "--hex"}, "", "\x00\xff\n"},
		{[]string{"line", "--eol"}, "", "line\n"},
		{[]string{"line", "--eol=crlf"}, "", "line\r\n"},
		{[]string{"--file", "file"}, "", "from\x00file\n"},
		{[]string{"--file", "-"}, "stdin", "stdin"},
		{nil, "stdin\n", "stdin\n"},
		{[]string{"--hex"}, "68 69\n", "hi"},
		{[]string{"--", "-x"}, "", "-x"},
	} {
		p.ctlWith(t.Context(), strings.NewReader(c.stdin), append([]string{"send", "d"}, c.args...)...).want(t, 0).printed(t, "")
		p.must(t, "recv", "c1").printed(t, c.want)
	}
	r := answerOf(t, p.must(t, "send", "d", "abc", "-o", "json"), &farsockv1.SendResponse{})
	if r.GetApplied() != 3 {
		t.Errorf("%v", r)
	}
}

func TestReceiveForms(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "send", "d", "-e", `one\r\ntwo\r\nthree 42 and the rest`)
	p.must(t, "recv", "c1", "--peek", "--max", "3").printed(t, "one")
	p.must(t, "recv", "c1", "--until", `\r\n`).printed(t, "one\r\n")
	p.must(t, "recv", "c1", "--exactly", "5").printed(t, "two\r\n")
	p.must(t, "recv", "c1", "--match", `(\d)(\d)`).printed(t, "three 42")
	p.must(t, "recv", "c1", "--max", "4", "--hex").printed(t, "20616e64\n")
	p.ctl("recv", "c1", "--until", "never", "--max", "9").want(t, 6).printed(t, "").said(t, "9 bytes arrived without \"never\"; none was taken")
	p.ctl("recv", "c1", "--eof", "--max", "5").want(t, 6).printed(t, "").said(t, "5 bytes arrived without the end of the stream; none was taken")
	p.ctl("recv", "c1", "--until", "never", "--wait", "50ms").want(t, 5).printed(t, "").said(t, "wait elapsed (50ms)")
	p.must(t, "recv", "c1", "--max", "0").printed(t, "")
	p.must(t, "recv", "c1", "--dont-wait").printed(t, " the rest")
	p.ctl("recv", "c1", "--dont-wait").want(t, 5).said(t, "EAGAIN")
	p.ctl("recv", "c1", "--wait", "0").want(t, 5)

	p.must(t, "send", "d", "last")
	p.must(t, "shutdown", "d", "write").printed(t, "")
	p.ctl("recv", "c1", "--exactly", "5").want(t, 6).printed(t, "last").said(t, "the stream ended before there was 5 bytes")
	p.ctl("recv", "c1", "--until", "x").want(t, 6).printed(t, "")
	p.ctl("recv", "c1").want(t, 7).printed(t, "")
	p.ctl("recv", "c1", "--eof").want(t, 7).printed(t, "")
	if f := p.ctl("recv", "c1", "-o", "json").failure(t); f.Code != "END" || f.Exit != 7 {
		t.Errorf("%+v", f)
	}
	p.must(t, "send", "c1", "and back")
	p.must(t, "close", "c1")
	p.must(t, "recv", "d", "--eof").printed(t, "and back")
}

func TestReceiveAnswersInJSON(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "send", "d", "a\x00b")
	r := answerOf(t, p.must(t, "recv", "c1", "-o", "json"), &farsockv1.ReceiveResponse{})
	if string(r.GetData()) != "a\x00b" || r.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_DONE {
		t.Errorf("%v", r)
	}
	late := p.ctl("recv", "c1", "-o", "json", "--wait", "10ms").want(t, 5)
	if r := answerOf(t, late, &farsockv1.ReceiveResponse{}); r.GetOutcome().GetCode() != farsockv1.OutcomeCode_OUTCOME_CODE_WAIT_ELAPSED {
		t.Errorf("%v", r)
	}
	if f := late.failure(t); f.Code != "OUTCOME" || f.Reason != "WAIT_ELAPSED" {
		t.Errorf("%+v", f)
	}
}

func TestDatagrams(t *testing.T) {
	p := withAgent(t)
	p.must(t, "bind", "udp", "127.0.0.1:0", "--as", "u")
	p.must(t, "dial", "udp", p.addr(t, "u"), "--as", "d")
	p.must(t, "send", "d", "first")
	p.ctlWith(t.Context(), strings.NewReader(""), "send", "d").want(t, 0)
	p.must(t, "send", "d", "third")
	from := "datagram from " + p.addr(t, "d")
	p.must(t, "recv", "u", "--max", "2").printed(t, "fi").said(t, from+", 2 bytes of 5, the rest is gone")
	p.must(t, "recv", "u", "--datagrams", "64", "--hex").printed(t, "\n7468697264\n").said(t, from+", 0 bytes\n"+from+", 5 bytes\n")
	p.must(t, "send", "u", "answer", "--to", p.addr(t, "d"))
	p.must(t, "expect", "d", "^answ").printed(t, "answer")
	p.ctl("send", "u", "nowhere").want(t, 1).said(t, "EDESTADDRREQ")

	p.must(t, "send", "d", "other")
	p.ctl("expect", "u", "--exact", "answer").want(t, 6).printed(t, "").said(t, `"other"`)
	p.must(t, "recv", "u").printed(t, "other")
	big := bytes.NewReader(make([]byte, wire.MaxUnaryBytes+1))
	p.ctlWith(t.Context(), big, "send", "d").want(t, 2).said(t, "never split")
	p.ctl("send", "d", strings.Repeat("x", 70000)).want(t, 1).said(t, "EMSGSIZE")
	p.ctl("stream", "u").want(t, 2)
	p.ctl("recv", "u", "--exactly", "5").want(t, 2)
}

// More than one request carries arrives whole and in order, while the other side
// reads.
func TestSendSplits(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	data := make([]byte, 2*wire.MaxUnaryBytes+12345)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	sent := make(chan result, 1)
	go func() {
		sent <- p.ctlWith(t.Context(), bytes.NewReader(data), "send", "d", "--wait", "forever")
	}()
	var got bytes.Buffer
	for got.Len() < len(data) {
		got.WriteString(p.must(t, "recv", "c1", "--max", "1000000").out)
	}
	(<-sent).want(t, 0)
	if !bytes.Equal(got.Bytes(), data) {
		t.Error("other bytes arrived")
	}
}

// A send that nobody reads says how far it got.
func TestSendElapses(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	endless := io.LimitReader(zeros{}, 64<<20)
	p.ctlWith(t.Context(), endless, "send", "d", "--wait", "300ms").want(t, 5).said(t, "bytes sent, said by")
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestExpect(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "send", "d", "HTTP/1.0 200 OK and more")
	p.must(t, "expect", "c1", `HTTP/1\.[01] 200`).printed(t, "HTTP/1.0 200")
	p.must(t, "expect", "c1", "--exact", " OK").printed(t, " OK")
	r := p.ctl("expect", "c1", "nothing like it", "--wait", "50ms").want(t, 6).printed(t, "")
	r.said(t, `expected a match of nothing like it, but wait elapsed (50ms); what arrived instead:`)
	r.said(t, `text  " and more"`).said(t, "0000  20 61 6e 64 20 6d 6f 72 65")
	p.ctl("expect", "c1", "--exact", " any").want(t, 6).said(t, `expected " any"`)
	p.must(t, "expect", "c1", "--exact", " and").printed(t, " and")
	p.must(t, "close", "d")
	p.ctl("expect", "c1", "never").want(t, 6).said(t, "but the stream ended").said(t, `" more"`)
	p.must(t, "recv", "c1", "--eof").printed(t, " more")
	p.ctl("expect", "c1", "never").want(t, 6).said(t, "nothing")
	p.ctl("expect", "c1", "(").want(t, 2)
	p.ctl("expect", "web", "x").want(t, 6).said(t, "ENOTCONN")
	if f := p.ctl("expect", "c1", "never", "-o", "json").failure(t); f.Code != "EXPECTATION" || f.Exit != 6 {
		t.Errorf("%+v", f)
	}
}

// errWriter is a stdout that fails.
type errWriter struct{ err error }

func (w errWriter) Write([]byte) (int, error) { return 0, w.err }

// Bytes that stdout did not take are not acknowledged.
func TestReceiveLosesNothing(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.must(t, "send", "d", "precious")
	for err, code := range map[error]int{syscall.EPIPE: 141, syscall.ENOSPC: 8, errors.New("odd"): 8} {
		for _, line := range []string{"recv c1", "expect c1 precious"} {
			var said bytes.Buffer
			got := Main(context.Background(), strings.Fields(line), p.world(nil, errWriter{err}, &said))
			if got != code || (code == 141) != (said.Len() == 0) {
				t.Errorf("%s with %v: exit %d, %q", line, err, got, said.String())
			}
		}
	}
	p.must(t, "recv", "c1").printed(t, "precious")
	p.ctl("recv", "c1", "--wait", "0").want(t, 5)
}

// An error that the kernel tells once is told once, be it to a peek.
func TestReceiveErrors(t *testing.T) {
	p := withAgent(t)
	p.pair(t)
	p.ctl("recv", "web").want(t, 1).said(t, "ENOTCONN")
	p.must(t, "close", "c1", "--abort")
	p.ctl("recv", "d").want(t, 1).said(t, "ECONNRESET")
	p.ctl("recv", "d").want(t, 7)
	p.must(t, "dial", "tcp", p.addr(t, "web"), "--as", "e")
	p.must(t, "accept", "web", "--as", "c1")
	p.must(t, "close", "c1", "--abort")
	p.ctl("recv", "e", "--peek").want(t, 1).said(t, "ECONNRESET")
	p.ctl("recv", "e").want(t, 7)
}
