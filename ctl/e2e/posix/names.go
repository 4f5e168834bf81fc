//go:build linux

package posix

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

// Names makes the addresses of one side comparable with another's: what the
// kernel chose by itself (ephemeral ports, abstract names) is numbered in the
// order in which it is seen, and the side's own folder is "~".
type Names struct {
	Folder string // immutable

	mu    sync.Mutex
	ports map[int]int    // guarded by mu
	autos map[string]int // guarded by mu
}

// NewNames begins a case.
func NewNames(folder string) *Names {
	return &Names{Folder: folder, ports: map[int]int{}, autos: map[string]int{}}
}

// firstEphemeral is where the kernel's own choice begins (the default of
// net.ipv4.ip_local_port_range); cases name only ports below.
const firstEphemeral = 32768

// Inet is an IP address and a port in comparable form; "" if the port is 0,
// which is an unbound socket.
func (n *Names) Inet(host string, port int) string {
	if port == 0 {
		return ""
	}
	text := strconv.Itoa(port)
	if port >= firstEphemeral {
		n.mu.Lock()
		defer n.mu.Unlock()
		if _, ok := n.ports[port]; !ok {
			n.ports[port] = len(n.ports) + 1
		}
		text = fmt.Sprintf("<%d>", n.ports[port])
	}
	return net.JoinHostPort(host, text)
}

// Unix is a unix address in comparable form; both empty is ".".
func (n *Names) Unix(path string, abstract []byte) string {
	switch {
	case len(abstract) > 0:
		return "@" + n.auto(string(abstract))
	case path != "":
		return strings.Replace(path, n.Folder+"/", "~/", 1)
	}
	return "."
}

// auto numbers what looks like an autobind name: five hexadecimal digits.
func (n *Names) auto(name string) string {
	if _, err := hex.DecodeString(name + "0"); err != nil || len(name) != 5 {
		return name
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.autos[name]; !ok {
		n.autos[name] = len(n.autos) + 1
	}
	return fmt.Sprintf("<%d>", n.autos[name])
}

// Target is an Op.Address taken apart.
type Target struct {
	Family   Family
	Host     string // inet: a literal with its zone, or "" for any
	Port     int
	Path     string // unix
	Abstract string
}

// Target takes an address of an Op apart; "$N" is not among those it knows.
func (n *Names) Target(address string, family Family) (Target, error) {
	t := Target{Family: family}
	switch {
	case address == "." && family == Unix:
		return t, nil
	case strings.HasPrefix(address, "@"):
		t.Family, t.Abstract = Unix, address[1:]
		return t, nil
	case strings.HasPrefix(address, "~/"):
		t.Family, t.Path = Unix, n.Folder+address[1:]
		return t, nil
	case strings.HasPrefix(address, "/"):
		t.Family, t.Path = Unix, address
		return t, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return t, err
	}
	if t.Port, err = strconv.Atoi(port); err != nil {
		return t, err
	}
	if t.Host = host; host == "" {
		return t, nil
	}
	ip, err := netip.ParseAddr(host)
	if t.Family = Inet6; ip.Is4() {
		t.Family = Inet
	}
	return t, err
}
