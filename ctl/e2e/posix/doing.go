//go:build linux

package posix

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// figures are the ledger's.
func (d *Direct) figures(s *socket, st *State) {
	l := &s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	st.Read, st.Gone, st.Sent, st.Descriptors = l.read, l.read, l.sent, l.descriptors
	st.ReadShut, st.WriteShut = l.readShut, l.writeShut
}

func isTCP(s *socket) bool { return s.typ == Stream && s.family != Unix }

func listening(fd int) bool {
	n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return err == nil && n != 0
}

// tcpStateOf is "" of others.
func tcpStateOf(s *socket) string {
	if !isTCP(s) {
		return ""
	}
	i, err := unix.GetsockoptTCPInfo(s.fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return ""
	}
	return tcpStates[i.State]
}

// doing is what a socket that is not TCP is doing.
func (s *socket) doing(st State) string {
	p := []unix.PollFd{{Fd: int32(s.fd)}}
	_, err := unix.Poll(p, 0)
	must(err)
	switch {
	case listening(s.fd):
		return "LISTENING"
	case st.Peer != "" && s.typ != Datagram && p[0].Revents&unix.POLLHUP != 0:
		return "DISCONNECTED"
	case st.Peer != "":
		return "CONNECTED"
	case st.Local != "":
		return "BOUND"
	}
	return "OPEN"
}

// doingTCP is the same of one that is.
func (d *Direct) doingTCP(s *socket, st State) string {
	if p, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_PROTOCOL); err == nil && p == unix.IPPROTO_MPTCP && st.Peer != "" {
		return s.doing(st) // TCP's state is that of the first subflow alone
	}
	switch st.TCP {
	case "LISTEN":
		return "LISTENING"
	case "SYN_SENT", "SYN_RECV":
		return "CONNECTING"
	case "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT":
		s.ledger.connected()
		return "CONNECTED"
	case "CLOSE":
	default:
		return "DISCONNECTED"
	}
	hadPeer, named, child := s.ledger.port()
	switch {
	case hadPeer:
		return "DISCONNECTED"
	case st.Local != "" && (named || !child && !d.isFree(s)):
		return "BOUND"
	}
	return "OPEN"
}

// isFree says whether the name that getsockname(2) answers is not this socket's
// any more: another one could be bound to it, or its last connection holds it in
// TIME_WAIT, in which the kernel's own record has taken the port along.
func (d *Direct) isFree(s *socket) bool {
	name, e := nameRaw(unix.SYS_GETSOCKNAME, s.fd)
	protocol, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	must(err)
	family := unix.AF_INET
	if s.family == Inet6 {
		family = unix.AF_INET6
	}
	d.thread.Do(func() {
		fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, protocol)
		must(err)
		_, _, e = unix.Syscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)))
		must(unix.Close(fd))
		if e == unix.EADDRINUSE && inTimeWait(binary.BigEndian.Uint16(name[2:])) {
			e = 0
		}
	})
	return e == 0
}

// inTimeWait looks for a port in the calling thread's network namespace. The
// address is not compared: connect(2) had chosen it, and it is gone already.
func inTimeWait(port uint16) bool {
	want := fmt.Sprintf(":%04X", port)
	for _, file := range []string{"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"} {
		table, err := os.ReadFile(file)
		must(err)
		for line := range strings.Lines(string(table)) {
			if f := strings.Fields(line); len(f) > 3 && strings.HasSuffix(f[1], want) && f[3] == "06" {
				return true
			}
		}
	}
	return false
}

// States looks at all sockets.
func (d *Direct) States() map[int]State {
	all := map[int]State{}
	for _, n := range d.Live() {
		all[n] = d.State(n)
	}
	return all
}
