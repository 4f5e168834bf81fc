//go:build linux

package sock

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// namespaceConfig is where ip-netns(8) looks for files that stand in for those
// of /etc in a namespace that has a name.
const namespaceConfig = "/etc/netns"

// resolver resolves names in one network namespace; nil is the host's own.
type resolver struct {
	label  string             // immutable; Spec.Namespace
	ns     int                // immutable; a descriptor of the namespace
	ctx    context.Context    // immutable; over once it is closed
	cancel context.CancelFunc // immutable

	mu      sync.Mutex
	closed  bool           // guarded by mu
	conns   []net.Conn     // guarded by mu; made for package net
	dialing sync.WaitGroup // Add under mu while not closed
}

// newResolver takes over ns.
func newResolver(label string, ns int) *resolver {
	r := &resolver{label: label, ns: ns}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// close ends what package net still does: it goes on after a lookup whose
// context ended, until a server answers or 5 s are over.
func (r *resolver) close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel()
	r.dialing.Wait()
	for _, c := range r.conns {
		_ = c.Close() // mostly once more
	}
	unix.Close(r.ns)
}

// ask returns a name's addresses in the order in which they were given.
func (r *resolver) ask(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if r == nil {
		return net.DefaultResolver.LookupNetIP(ctx, network, host)
	}
	if ips := hostsIn(r.config("hosts"), network, host); len(ips) > 0 {
		return ips, nil
	}
	conf := resolvConf(r.config("resolv.conf"))
	if len(conf.servers) == 0 {
		return r.query(ctx, network, host, "")
	}
	// As resolv.conf(5) has it by default: each server in turn, twice, 5 s each.
	var last error
	for range 2 {
		for _, server := range conf.servers {
			ips, err := r.querySearching(ctx, network, host, server, conf)
			var dns *net.DNSError
			if err == nil || ctx.Err() != nil || errors.As(err, &dns) && dns.IsNotFound {
				return ips, err
			}
			last = err
		}
	}
	return nil, last
}

// serverPatience is how long one server is waited for.
const serverPatience = 5 * time.Second

// querySearching asks one server for the names that the search list makes of
// host.
func (r *resolver) querySearching(ctx context.Context, network, host, server string, conf nameConf) (ips []netip.Addr, err error) {
	ctx, cancel := context.WithTimeout(ctx, serverPatience)
	defer cancel()
	for _, name := range conf.names(host) {
		ips, err = r.query(ctx, network, name, server)
		var dns *net.DNSError
		if err == nil || !errors.As(err, &dns) || !dns.IsNotFound {
			return ips, err
		}
	}
	return ips, err
}

// query asks one server, or those of the host's own resolv.conf, by sockets in
// the namespace.
func (r *resolver) query(ctx context.Context, network, host, server string) ([]netip.Addr, error) {
	own := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if server != "" {
			address = server
		}
		return r.dial(ctx, network, address)
	}}
	return own.LookupNetIP(ctx, network, host)
}

// dial connects from within the namespace, unless the resolver is closed.
func (r *resolver) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, net.ErrClosed
	}
	r.dialing.Add(1)
	r.mu.Unlock()
	defer r.dialing.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.ctx, cancel)()
	// The socket is made before the first wait, and on the thread that calls.
	_, errno := inside(r.ns, func() { conn, err = (&net.Dialer{}).DialContext(ctx, network, address) })
	if errno != 0 {
		return nil, errno
	}
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns = append(r.conns, conn)
	return conn, nil
}

// config is the text of the namespace's own file of that name, empty where it
// has none: one that was given by path has no name to look for it by.
func (r *resolver) config(file string) string {
	if filepath.IsAbs(r.label) {
		return ""
	}
	f, err := os.Open(filepath.Join(namespaceConfig, r.label, file))
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		return ""
	}
	return string(text)
}

// maxConfig bounds how much of such a file counts.
const maxConfig = 1 << 20

// hostsIn is what a hosts file says of a name.
func hostsIn(text, network, host string) (ips []netip.Addr) {
	host = strings.TrimSuffix(host, ".")
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		ip, err := netip.ParseAddr(words[0])
		if err != nil || network == "ip4" && !ip.Unmap().Is4() || network == "ip6" && ip.Unmap().Is4() {
			continue
		}
		for _, name := range words[1:] {
			if strings.EqualFold(strings.TrimSuffix(name, "."), host) {
				ips = append(ips, ip)
				break
			}
		}
	}
	return ips
}

// nameConf is what counts of a resolv.conf.
type nameConf struct {
	servers []string // with their ports
	search  []string
	ndots   int
}

// resolvConf reads the lines that resolv.conf(5) has: at most three servers,
// and what names are tried.
func resolvConf(text string) nameConf {
	conf := nameConf{ndots: 1}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "nameserver":
			if ip, err := netip.ParseAddr(words[1]); err == nil && len(conf.servers) < 3 {
				conf.servers = append(conf.servers, netip.AddrPortFrom(ip, 53).String())
			}
		case "domain", "search":
			conf.search = words[1:]
		case "options":
			for _, o := range words[1:] {
				if n, ok := strings.CutPrefix(o, "ndots:"); ok {
					if dots, err := strconv.Atoi(n); err == nil {
						conf.ndots = min(max(dots, 0), 15)
					}
				}
			}
		}
	}
	return conf
}

// names are the absolute names that host may mean, in the order of trying.
func (c nameConf) names(host string) []string {
	if strings.HasSuffix(host, ".") {
		return []string{host}
	}
	var searched []string
	for _, s := range c.search {
		if s = strings.Trim(s, "."); s != "" {
			searched = append(searched, host+"."+s+".")
		}
	}
	if strings.Count(host, ".") >= c.ndots {
		return append([]string{host + "."}, searched...)
	}
	return append(searched, host+".")
}
