//go:build linux

package sock

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestNamespace(t *testing.T) {
	env := newEnv(t)
	ns := newNamespace(t)
	l := open(t, env, Spec{Family: Inet, Type: Stream, Namespace: ns, Bind: loopback(Inet), Listen: port(5)})
	at := info(t, l).Local
	if got := info(t, l).Namespace; got != ns {
		t.Fatalf("the listener is in %q", got)
	}
	// Nobody listens there in our own.
	if _, res, err := Open(bg, env, Spec{Family: Inet, Type: Stream, Connect: at}, soon()); err != nil || res.Outcome.Code != Refused {
		t.Fatalf("from another namespace: %+v, %v", res, err)
	}
	c := open(t, env, Spec{Family: Inet, Type: Stream, Namespace: filepath.Join("/run/netns", ns), Connect: at})
	accepted, err := l.Accept(bg, soon(), nil)
	if err != nil || !accepted.Outcome.OK() {
		t.Fatalf("%+v, %v", accepted, err)
	}
	s := closing(t, accepted.Socket)
	if got := info(t, s).Namespace; got != ns {
		t.Errorf("the accepted socket is in %q", got)
	}
	if got := info(t, c).Namespace; got != "/run/netns/"+ns {
		t.Errorf("the client is in %q", got)
	}
	done := startReceive(t, s, ReceiveRequest{Max: 10}, soon())
	if _, err := c.Send(bg, SendRequest{Data: []byte("far")}, soon()); err != nil {
		t.Fatal(err)
	}
	if got := <-done; string(got.Data) != "far" {
		t.Fatalf("got %+v", got)
	}
}

// Unix paths are the host's, abstract names the namespace's.
func TestNamespaceOfAbstractNames(t *testing.T) {
	env := newEnv(t)
	ns := newNamespace(t)
	name := &Address{Family: Unix, Abstract: []byte("farsock-" + ns)}
	open(t, env, Spec{Family: Unix, Type: Stream, Namespace: ns, Bind: name, Listen: port(1)})
	if _, res, err := Open(bg, env, Spec{Family: Unix, Type: Stream, Connect: name}, soon()); err != nil || res.Outcome.Code != Refused {
		t.Fatalf("%+v, %v", res, err)
	}
	open(t, env, Spec{Family: Unix, Type: Stream, Namespace: ns, Connect: name})
}

// What outlives the name: sockets, and resolving for them.
func TestNamespaceAfterItsName(t *testing.T) {
	env := newEnv(t)
	ns := newNamespace(t)
	link(t, ns, "far0", newNamespace(t), "far1")
	s := open(t, env, Spec{Family: Inet6, Type: Datagram, Namespace: ns})
	serveNames(t, env, ns, "127.0.0.53", map[string]string{"web.test.": "::1"})
	resolvConfOf(t, ns, "nameserver 127.0.0.53\n")
	run(t, "ip", "netns", "del", ns)
	if out, _, err := s.Bind(bg, Address{Family: Inet6, Host: "fe80::1%far0"}, soon()); err != nil || !out.OK() {
		t.Fatalf("binding to a zone: %+v, %v", out, err)
	}
	if got := info(t, s).Local.Host; got != "fe80::1%far0" {
		t.Errorf("bound to %s", got)
	}
	other := open(t, env, Spec{Family: Inet6, Type: Datagram, Namespace: "/proc/self/ns/net"})
	if other.netns == "" {
		t.Error("a path to the own namespace is forgotten")
	}
	late := Spec{Family: Inet6, Type: Datagram, Namespace: ns}
	if _, res, err := Open(bg, env, late, soon()); err != nil || res.Stage != StageSocket || res.Outcome.Errno != unix.ENOENT {
		t.Errorf("%+v, %v", res, err)
	}
	d := open(t, env, Spec{Family: Inet6, Type: Datagram})
	d.netns = "" // in the agent's own a zone of the other is unknown
	if out, _, err := d.Bind(bg, Address{Family: Inet6, Host: "fe80::1%far0"}, soon()); err != nil || out.Code != NameNotResolved {
		t.Errorf("%+v, %v", out, err)
	}
	if out, _, err := s.Connect(bg, Address{Family: Inet6, Host: "web.test", Port: 9}, soon()); err != nil || out.Code == NameNotResolved {
		t.Errorf("resolving: %+v, %v", out, err)
	}
}

func TestNamespaceOutcomes(t *testing.T) {
	env := newEnv(t)
	needTool(t, "ip")
	dir := t.TempDir()
	file, fifo := filepath.Join(dir, "file"), filepath.Join(dir, "fifo")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		namespace string
		code      Code
		errno     unix.Errno
		syscall   string
	}{
		{"farsock-no-such", NotFound, unix.ENOENT, "open"},
		{filepath.Join(dir, "none"), NotFound, unix.ENOENT, "open"},
		{filepath.Join(file, "none"), NotFound, unix.ENOTDIR, "open"},
		{file, InvalidArgument, unix.EINVAL, "setns"},
		{dir, InvalidArgument, unix.EINVAL, "setns"},
		{fifo, InvalidArgument, unix.EINVAL, "setns"},
		{"/dev/null", InvalidArgument, unix.EINVAL, "setns"},
		{"/dev/tty", InvalidArgument, unix.EINVAL, "setns"},
		{"..", InvalidArgument, unix.EINVAL, "setns"},
		{"/proc/self/ns/mnt", InvalidArgument, unix.EINVAL, "setns"},
		{strings.Repeat("n", 256), Other, unix.ENAMETOOLONG, "open"},
	} {
		before := openFDs()
		s, res, err := Open(bg, env, Spec{Family: Inet, Type: Stream, Namespace: test.namespace, KeepOnFailure: true}, soon())
		o := res.Outcome
		if s != nil || err != nil || res.Stage != StageSocket || o.Code != test.code || o.Errno != test.errno || o.Syscall != test.syscall {
			t.Errorf("%s: %+v, %v", test.namespace, res, err)
		}
		if _, out := Resolve(bg, test.namespace, "localhost", soon()); out != o {
			t.Errorf("%s: Resolve says %+v, Open %+v", test.namespace, out, o)
		}
		if _, out, err := Interfaces(test.namespace); out != o || err != nil {
			t.Errorf("%s: Interfaces says %+v, %v, Open %+v", test.namespace, out, err, o)
		}
		if after := openFDs(); after != before {
			t.Errorf("%s: %d descriptors before, %d after", test.namespace, before, after)
		}
	}
}

// Entering needs a privilege that most do not have.
func TestNamespaceNotPermitted(t *testing.T) {
	const asked = "FARSOCK_TEST_NAMESPACE"
	if ns := os.Getenv(asked); ns != "" {
		_, res, err := Open(bg, newEnv(t), Spec{Family: Inet, Type: Stream, Namespace: ns}, soon())
		if o := res.Outcome; err != nil || o.Code != NotPermitted || o.Errno != unix.EPERM || o.Syscall != "setns" || res.Stage != StageSocket {
			t.Fatalf("%+v, %v", res, err)
		}
		return
	}
	ns := newNamespace(t)
	again := exec.Command("/proc/self/exe", "-test.run=^TestNamespaceNotPermitted$")
	again.Env = append(os.Environ(), asked+"="+ns)
	again.Dir = "/"
	again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := again.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// No thread stays behind in a namespace that is not the agent's own.
func TestNamespaceLeavesNoThread(t *testing.T) {
	env := newEnv(t)
	spaces := []string{newNamespace(t), newNamespace(t)}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 25 {
				s, res, err := Open(bg, env, Spec{Family: Inet, Type: Datagram, Namespace: spaces[i%2]}, soon())
				if err != nil || !res.Outcome.OK() {
					t.Errorf("%+v, %v", res, err)
					return
				}
				s.Close(bg, false)
			}
		})
	}
	all.Wait()
	own, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	threads, err := filepath.Glob("/proc/self/task/*/ns/net")
	if err != nil || len(threads) < 2 {
		t.Fatalf("%v, %v", threads, err)
	}
	for _, thread := range threads {
		if in, err := os.Readlink(thread); err == nil && in != own {
			t.Errorf("%s is %s, not %s", thread, in, own)
		}
	}
}

func TestNamespaces(t *testing.T) {
	a, b := newNamespace(t), newNamespace(t)
	stray := "/run/netns/fsock" + strconv.Itoa(os.Getpid()) + "-stray"
	own := stray + "-own"
	for _, file := range []string{stray, own} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Remove(file) })
	}
	if err := unix.Mount("/proc/self/ns/net", own, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(own, unix.MNT_DETACH) })
	list, err := Namespaces()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]Namespace{}
	last := ""
	for _, n := range list {
		if n.Name <= last {
			t.Errorf("%q after %q", n.Name, last)
		}
		last = n.Name
		seen[n.Name] = n
	}
	var st unix.Stat_t
	if err := unix.Stat("/run/netns/"+a, &st); err != nil {
		t.Fatal(err)
	}
	if n := seen[a]; n.Inode != st.Ino || n.Path != "/run/netns/"+a || n.Own {
		t.Errorf("%+v", n)
	}
	if seen[a].Inode == seen[b].Inode || seen[b].Inode == 0 {
		t.Errorf("%+v and %+v", seen[a], seen[b])
	}
	if n := seen[filepath.Base(own)]; !n.Own {
		t.Errorf("own: %+v", n)
	}
	if n, ok := seen[filepath.Base(stray)]; ok {
		t.Errorf("not a namespace: %+v", n)
	}
}

func TestInterfaces(t *testing.T) {
	ns := newNamespace(t)
	link(t, ns, "far0", newNamespace(t), "far1")
	run(t, "ip", "-n", ns, "addr", "add", "10.9.8.7/24", "dev", "far0")
	run(t, "ip", "-n", ns, "link", "set", "far0", "mtu", "1400")
	run(t, "ip", "-n", ns, "link", "add", "down0", "type", "veth", "peer", "name", "down1")
	list, out, err := Interfaces(ns)
	if err != nil || !out.OK() {
		t.Fatalf("%+v, %v", out, err)
	}
	by := map[string]Interface{}
	for _, i := range list {
		by[i.Name] = i
	}
	if i := by["lo"]; !i.Loopback || !i.Up || i.Index != 1 {
		t.Errorf("%+v", i)
	}
	i := by["far0"]
	want := []netip.Prefix{netip.MustParsePrefix("10.9.8.7/24"), netip.MustParsePrefix("fe80::1/64")}
	if i.MTU != 1400 || !i.Up || i.Loopback || len(i.Addresses) != 2 || i.Addresses[0] != want[0] || i.Addresses[1] != want[1] {
		t.Errorf("%+v", i)
	}
	if i, ok := by["down0"]; !ok || i.Up {
		t.Errorf("%+v", i)
	}
	if own, _, err := Interfaces(""); err != nil || len(own) == 0 {
		t.Errorf("%v, %v", own, err)
	}
}

func TestZones(t *testing.T) {
	env := newEnv(t)
	a, b := newNamespace(t), newNamespace(t)
	link(t, a, "far0", b, "near0")
	l := open(t, env, Spec{Family: Inet6, Type: Stream, Namespace: a, Bind: &Address{Family: Inet6, Host: "fe80::1%far0"}, Listen: port(5)})
	at := info(t, l).Local
	if at.Host != "fe80::1%far0" {
		t.Fatalf("bound to %s", at.Host)
	}
	c := open(t, env, Spec{Family: Inet6, Type: Stream, Namespace: b, Connect: &Address{Family: Inet6, Host: "fe80::1%near0", Port: at.Port}})
	if i := info(t, c); i.Local.Host != "fe80::2%near0" || i.Peer.Host != "fe80::1%near0" {
		t.Errorf("connected from %v to %v", i.Local, i.Peer)
	}
	accepted, err := l.Accept(bg, soon(), nil)
	if err != nil || accepted.Peer.Host != "fe80::2%far0" {
		t.Fatalf("accepted from %v, %v", accepted.Peer, err)
	}
	closing(t, accepted.Socket)

	// An index will do as well, in whatever namespace it is one.
	far := open(t, env, Spec{Family: Inet6, Type: Datagram, Namespace: a, Bind: &Address{Family: Inet6, Host: "fe80::1%far0"}})
	list, _, err := Interfaces(b)
	if err != nil {
		t.Fatal(err)
	}
	index := 0
	for _, i := range list {
		if i.Name == "near0" {
			index = i.Index
		}
	}
	near := open(t, env, Spec{Family: Inet6, Type: Datagram, Namespace: b, Connect: &Address{Family: Inet6, Host: "fe80::1%" + strconv.Itoa(index), Port: info(t, far).Local.Port}})
	if got := info(t, near).Peer.Host; got != "fe80::1%near0" {
		t.Errorf("connected to %s", got)
	}
	if _, err := near.Send(bg, SendRequest{Data: []byte("x")}, soon()); err != nil {
		t.Fatal(err)
	}
	got := receive(t, far, ReceiveRequest{Max: 10}, soon())
	if len(got.Datagrams) != 1 || got.Datagrams[0].Source.Host != "fe80::2%far0" {
		t.Fatalf("got %+v", got)
	}
}

// Who decides on an address is told whose it is.
func TestNamespaceAuthorized(t *testing.T) {
	env := newEnv(t)
	ns := newNamespace(t)
	var asked []Access
	env.Authorize = func(_ context.Context, a Access) error {
		asked = append(asked, a)
		return nil
	}
	name := &Address{Family: Unix, Abstract: []byte("farsock")}
	open(t, env, Spec{Family: Inet, Type: Datagram, Namespace: ns, Bind: loopback(Inet), Connect: &Address{Family: Inet, Host: "127.0.0.1", Port: 9}})
	open(t, env, Spec{Family: Unix, Type: Datagram, Namespace: ns, Bind: name})
	if len(asked) != 3 || asked[0].Namespace != ns || asked[1].Namespace != ns || asked[1].Op != OpConnect || string(asked[2].Address.Abstract) != "farsock" {
		t.Errorf("asked %+v", asked)
	}
}
