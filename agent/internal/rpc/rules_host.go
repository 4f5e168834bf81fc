//go:build linux

package rpc

import (
	"net/netip"
	"strings"

	"github.com/farsock/farsock/proto/wire"
)

// maxLabelBytes bounds each part of a name between its dots, as DNS does.
const maxLabelBytes = 63

// hostText refuses what is neither a literal nor can be a name, rather than ask a
// resolver for it. The empty host is its caller's to judge.
func hostText(a at, s string) {
	if s == "" || len(s) > wire.MaxHostBytes {
		return
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		// No interface has such a name, and the kernel would read up to the NUL.
		if strings.ContainsAny(ip.Zone(), "\x00/ \t\n\v\f\r") {
			a.bad("must have an interface's name or index as its zone, is %s", quoted(s))
		}
		return
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if len(label) > maxLabelBytes {
			a.bad("must be a name of parts of at most %d characters between dots, has one of %d", maxLabelBytes, len(label))
			return
		}
		if label == "" || strings.ContainsFunc(label, func(r rune) bool { return !labelRune(r) }) {
			a.bad("must be an IP literal (IPv6 without brackets) or a name of letters, digits, '-', '_' and '.', is %s", quoted(s))
			return
		}
	}
}

func labelRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}
