package wire

import (
	"errors"
	"net"
	"strconv"
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

const unnamed = "unnamed"

// FormatAddress writes an address as people do: "10.0.0.7:8080", "[::1]:80",
// "/tmp/x.sock", "@abstract"; "unnamed" for a unix socket without a name and
// "" for none at all. A path that would read as one of those begins with "./",
// and a host that would read as a path has brackets.
func FormatAddress(a *farsockv1.Address) string {
	switch a := a.GetKind().(type) {
	case *farsockv1.Address_Inet:
		host, port := a.Inet.GetHost(), strconv.Itoa(int(a.Inet.GetPort()))
		if host != "" && strings.Contains("./@", host[:1]) && !strings.Contains(host, ":") {
			return "[" + host + "]:" + port // or it would read as a path
		}
		return net.JoinHostPort(host, port)
	case *farsockv1.Address_UnixDomain:
		if p := a.UnixDomain.GetPath(); p == unnamed || strings.HasPrefix(p, "@") {
			return "./" + p
		} else if p != "" {
			return p
		}
		if n := a.UnixDomain.GetAbstract(); len(n) > 0 {
			return "@" + string(n)
		}
		return unnamed
	}
	return ""
}

// ErrAddress is what ParseInet returns, wrapped with what is wrong.
var ErrAddress = errors.New("malformed address")

type addressError string

func (e addressError) Error() string { return string(e) }
func (e addressError) Unwrap() error { return ErrAddress }

// ParseInet splits "HOST:PORT", "[HOST]:PORT" or ":PORT". It judges only the
// form: any 32-bit port passes, so that the agent is the one place that knows
// the range, and the host is left as written.
func ParseInet(s string) (*farsockv1.Address, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return nil, addressError("address " + strconv.Quote(s) + " is not HOST:PORT, [HOST]:PORT or :PORT")
	}
	n, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		return nil, addressError("port " + strconv.Quote(port) + " is not a number from 0 to 65535")
	}
	p := int32(n)
	return &farsockv1.Address{Kind: &farsockv1.Address_Inet{
		Inet: &farsockv1.InetAddress{Host: host, Port: &p},
	}}, nil
}

// UnixPath is the address of a path; "" is the unnamed one.
func UnixPath(path string) *farsockv1.Address {
	return &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{
		UnixDomain: &farsockv1.UnixAddress{Path: path},
	}}
}

// ParseUnix reads what FormatAddress writes for unix sockets: a path, or
// "@name" for the abstract namespace. "" is the unnamed address: to bind, the
// kernel then chooses a name. So is "@", since an abstract name has a byte at
// least: a caller who tells the two apart refuses it.
func ParseUnix(s string) *farsockv1.Address {
	if name, ok := strings.CutPrefix(s, "@"); ok {
		return &farsockv1.Address{Kind: &farsockv1.Address_UnixDomain{
			UnixDomain: &farsockv1.UnixAddress{Abstract: []byte(name)},
		}}
	}
	return UnixPath(s)
}
