//go:build linux

package sock

// What is remembered or listed of one thing at most; beyond it the oldest is
// forgotten, or the rest not listed.
const (
	// MaxStolen is how many holders that were stolen from a socket remembers.
	MaxStolen = maxStolen
	// MaxRefusals is how many refused datagrams of one holder it remembers.
	MaxRefusals = maxRefusals
	// MaxNamespaces is how many of a host's network namespaces are listed.
	MaxNamespaces = maxNamespaces
)
