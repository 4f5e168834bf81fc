//go:build linux

package sock

import (
	"context"
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// serveNames is a DNS server at host:53 in the namespace; it knows these names
// alone. It returns how many questions came.
func serveNames(t *testing.T, env *Env, ns, host string, names map[string]string) (asked func() int64) {
	t.Helper()
	s := open(t, env, Spec{Family: Inet, Type: Datagram, Namespace: ns, Bind: &Address{Family: Inet, Host: host, Port: 53}})
	ctx, cancel := context.WithCancel(bg)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			got, err := s.Receive(ctx, ReceiveRequest{Max: 512}, Forever())
			if err != nil || len(got.Datagrams) == 0 {
				return
			}
			q := got.Datagrams[0]
			if _, err := s.Send(ctx, SendRequest{Data: answerTo(q.Data, names), To: q.Source}, soon()); err != nil {
				t.Error(err)
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return func() int64 { return info(t, s).ReadOffset }
}

// answerTo is the answer to a query: the address of the kind asked for, or
// NXDOMAIN.
func answerTo(query []byte, names map[string]string) []byte {
	var name strings.Builder
	at := 12
	for n := int(query[at]); n > 0; n = int(query[at]) {
		name.Write(query[at+1 : at+1+n])
		name.WriteByte('.')
		at += 1 + n
	}
	question := query[12 : at+5]
	kind := binary.BigEndian.Uint16(query[at+1:])
	flags, answers := uint16(0x8180), uint16(0)
	var data []byte
	if value, ok := names[strings.ToLower(name.String())]; !ok {
		flags |= 3
	} else if ip := netip.MustParseAddr(value); ip.Is4() == (kind == 1) {
		data, answers = ip.AsSlice(), 1
	}
	b := append([]byte{}, query[:2]...)
	for _, n := range []uint16{flags, 1, answers, 0, 0} {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	b = append(b, question...)
	if answers > 0 {
		b = append(b, 0xc0, 12)
		b = binary.BigEndian.AppendUint16(b, kind)
		b = append(b, 0, 1, 0, 0, 0, 60, 0, byte(len(data)))
		b = append(b, data...)
	}
	return b
}

func configOf(t *testing.T, ns, file, text string) {
	t.Helper()
	dir := filepath.Join("/etc/netns", ns)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir); os.Remove("/etc/netns") })
	if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func resolvConfOf(t *testing.T, ns, text string) { t.Helper(); configOf(t, ns, "resolv.conf", text) }

func TestResolveInNamespace(t *testing.T) {
	env := newEnv(t)
	ns := newNamespace(t)
	asked := serveNames(t, env, ns, "127.0.0.53", map[string]string{
		"web.test.":           "10.1.2.3",
		"db.lab.test.":        "10.1.2.4",
		"six.test.":           "fd00::6",
		"shadowed.test.":      "10.9.9.9",
		"not.web.test.other.": "10.9.9.8",
	})
	// The first server refuses, the second has the answers.
	resolvConfOf(t, ns, "# a lab\nnameserver 127.0.0.9\nnameserver 127.0.0.53\nsearch lab.test other\n")
	configOf(t, ns, "hosts", "10.0.0.5 alpha.test alpha # one\nfd00::5\talpha\n10.0.0.7 shadowed.test\n")
	for _, test := range []struct {
		host string
		want []string
	}{
		{"web.test", []string{"10.1.2.3"}},
		{"web.test.", []string{"10.1.2.3"}},
		{"db", []string{"10.1.2.4"}},
		{"six.test", []string{"fd00::6"}},
		{"alpha", []string{"10.0.0.5", "fd00::5"}},
		{"ALPHA.test", []string{"10.0.0.5"}},
		{"shadowed.test", []string{"10.0.0.7"}},
		{"nobody.test", nil},
		{"db.", nil},
		{"10.0.0.9", []string{"10.0.0.9"}},
	} {
		ips, out := Resolve(bg, ns, test.host, soon())
		var got []string
		for _, ip := range ips {
			got = append(got, ip.String())
		}
		slices.Sort(got)
		if !slices.Equal(got, test.want) || out.OK() != (test.want != nil) || !out.OK() && out.Code != NameNotResolved {
			t.Errorf("%s: %v, %+v", test.host, got, out)
		}
	}
	if asked() == 0 {
		t.Error("the server in the namespace was never asked")
	}
	// By path it has no name to look for files by.
	if ips, out := Resolve(bg, "/run/netns/"+ns, "alpha", For(time.Second)); out.OK() {
		t.Errorf("%v, %+v", ips, out)
	}
	// As a stage of Open, and on a socket that is there.
	s, res, err := Open(bg, env, Spec{Family: Inet, Type: Datagram, Namespace: ns, Connect: &Address{Family: Inet, Host: "web.test", Port: 9}}, soon())
	if err != nil || s != nil || res.Stage != StageConnect || res.Outcome.Errno == 0 || res.Outcome.Peer.Host != "10.1.2.3" {
		t.Errorf("%+v, %v", res, err)
	}
	u := open(t, env, Spec{Family: Inet, Type: Datagram, Namespace: ns})
	if out, stage, err := u.Connect(bg, Address{Family: Inet, Host: "nobody.test", Port: 9}, soon()); err != nil || stage != StageResolve || out.Code != NameNotResolved {
		t.Errorf("%+v, %d, %v", out, stage, err)
	}
	// A server that says nothing is waited for no longer than the wait.
	mute := open(t, env, Spec{Family: Inet, Type: Datagram, Namespace: ns, Bind: &Address{Family: Inet, Host: "127.0.0.54", Port: 53}})
	resolvConfOf(t, ns, "nameserver 127.0.0.54\n")
	begun := time.Now()
	if _, out := Resolve(bg, ns, "web.test", For(50*time.Millisecond)); out.Code != WaitElapsed {
		t.Errorf("%+v", out)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	if info(t, mute).ReceiveQueue <= 0 {
		t.Error("the mute server was never asked")
	}
}

func TestNameConf(t *testing.T) {
	c := resolvConf("nameserver ::1\nnameserver nonsense\nnameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n" +
		"domain old.test\nsearch a.test b.test.\n; comment\noptions timeout:1 ndots:2\n")
	if want := []string{"[::1]:53", "10.0.0.1:53", "10.0.0.2:53"}; !slices.Equal(c.servers, want) {
		t.Errorf("servers %v", c.servers)
	}
	for host, want := range map[string][]string{
		"x":     {"x.a.test.", "x.b.test.", "x."},
		"x.y":   {"x.y.a.test.", "x.y.b.test.", "x.y."},
		"x.y.z": {"x.y.z.", "x.y.z.a.test.", "x.y.z.b.test."},
		"x.":    {"x."},
	} {
		if got := c.names(host); !slices.Equal(got, want) {
			t.Errorf("%s: %v", host, got)
		}
	}
	if c := resolvConf(""); len(c.servers) != 0 || c.ndots != 1 || !slices.Equal(c.names("x"), []string{"x."}) {
		t.Errorf("%+v", c)
	}
}
