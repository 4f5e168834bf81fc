//go:build linux

package rpc

import (
	"strings"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
	"github.com/farsock/farsock/proto/wire"
)

var addressTable = &table[*farsockv1.Address]{
	rules: []rule[*farsockv1.Address]{
		{"kind", func(a at, m *farsockv1.Address) {
			if m.GetKind() == nil {
				a.bad("must be inet or unix")
			}
		}},
		{"inet", nested(inetAddressTable, (*farsockv1.Address).GetInet)},
		{"unix_domain", nested(unixAddressTable, (*farsockv1.Address).GetUnixDomain)},
	},
}

var inetAddressTable = &table[*farsockv1.InetAddress]{
	rules: []rule[*farsockv1.InetAddress]{
		{"host", func(a at, m *farsockv1.InetAddress) {
			if n := len(m.GetHost()); n > wire.MaxHostBytes {
				a.bad("must be at most %d characters, is %d", wire.MaxHostBytes, n)
			}
			hostText(a, m.GetHost())
		}},
		{"port", func(a at, m *farsockv1.InetAddress) {
			if m.Port == nil {
				a.bad("must be 0 to %d, is unset", wire.MaxPort)
				return
			}
			within(a, m.GetPort(), 0, wire.MaxPort)
		}},
	},
}

var unixAddressTable = &table[*farsockv1.UnixAddress]{
	rules: []rule[*farsockv1.UnixAddress]{
		{"path", func(a at, m *farsockv1.UnixAddress) {
			if n := len(m.GetPath()); n > wire.MaxUnixPathBytes {
				a.bad("must be at most %d bytes, is %d: %s", wire.MaxUnixPathBytes, n, quoted(m.GetPath()))
			}
			if strings.ContainsRune(m.GetPath(), 0) {
				a.bad("must not contain NUL, is %s", quoted(m.GetPath()))
			}
		}},
		{"abstract", func(a at, m *farsockv1.UnixAddress) {
			n := len(m.GetAbstract())
			if n == 0 {
				return
			}
			if n > wire.MaxUnixPathBytes {
				a.bad("must be at most %d bytes, is %d", wire.MaxUnixPathBytes, n)
			}
			if m.GetPath() != "" {
				a.bad("must be empty where path is set")
			}
		}},
	},
}

// required refuses an address that is not there.
func required[M any](get func(M) *farsockv1.Address) func(at, M) {
	return func(a at, m M) {
		if get(m) == nil {
			a.bad("must be set")
		}
	}
}

// networkNamespace refuses what can be neither the name of a network namespace
// nor the absolute path of one.
func networkNamespace[M any](get func(M) string) func(at, M) {
	return func(a at, m M) {
		if problem := wire.CheckNamespace(get(m)); problem != "" {
			a.bad("%s: %s", problem, quoted(get(m)))
		}
	}
}

// fits reports an address of another kind than the socket's family has.
func fits(a at, m *farsockv1.Address, family farsockv1.Family) {
	switch m.GetKind().(type) {
	case *farsockv1.Address_Inet:
		if family == farsockv1.Family_FAMILY_UNIX {
			a.field("inet").bad("must be unix, as the socket's family is")
		}
	case *farsockv1.Address_UnixDomain:
		if family == farsockv1.Family_FAMILY_INET || family == farsockv1.Family_FAMILY_INET6 {
			a.field("unix_domain").bad("must be inet, as the socket's family is")
		}
	}
}

// addressFits is fits for a socket that was looked up.
func addressFits(path string, m *farsockv1.Address, family farsockv1.Family) error {
	f := &findings{}
	fits(at{f, path}, m, family)
	return f.err()
}
