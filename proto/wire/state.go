package wire

import "slices"

// tcpStates are the kernel's TCP states as Socket.tcp_state has them, in the
// order of the kernel's numbers, which begin with 1.
var tcpStates = []string{
	"ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
	"CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV",
}

// TCPStates returns the names that Socket.tcp_state can have, in the order of
// the kernel's numbers.
func TCPStates() []string { return slices.Clone(tcpStates) }

// ValidTCPState says whether s is one of TCPStates.
func ValidTCPState(s string) bool { return slices.Contains(tcpStates, s) }
