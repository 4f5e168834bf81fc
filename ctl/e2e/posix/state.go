//go:build linux

package posix

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// pollBits are in the order in which a result lists them.
var pollBits = []struct {
	name string
	bit  int16
}{
	{"in", unix.POLLIN}, {"pri", unix.POLLPRI}, {"out", unix.POLLOUT},
	{"err", unix.POLLERR}, {"hup", unix.POLLHUP}, {"rdhup", unix.POLLRDHUP},
}

// AllEvents is every event that can be asked for.
const AllEvents = "in pri out rdhup"

func (d *Direct) poll(s *socket, op Op) Result {
	var events int16
	for _, b := range pollBits {
		if strings.Contains(" "+op.Events+" ", " "+b.name+" ") {
			events |= b.bit
		}
	}
	wait := &unix.Timespec{}
	if op.Block {
		wait.Sec = 20
	}
	p := []unix.PollFd{{Fd: int32(s.fd), Events: events}}
	for {
		_, err := unix.Ppoll(p, wait, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return answer(err)
		}
		return Result{Value: pollText(p[0].Revents)}
	}
}

func pollText(bits int16) string {
	var names []string
	for _, b := range pollBits {
		if bits&b.bit != 0 {
			names = append(names, b.name)
		}
	}
	return strings.Join(names, " ")
}

var tcpStates = [...]string{
	1: "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
	"CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV",
}

// The states in which a socket has nothing on its way, whatever SIOCOUTQ
// computes from its sequence numbers. In tcpListen TCP_INFO has its queue.
const (
	tcpSynSent = 2
	tcpClose   = 7
	tcpListen  = 10
)

// State looks at a socket and changes nothing.
func (d *Direct) State(number int) State {
	s := d.socket(number)
	st := State{
		Local: d.name(s, unix.SYS_GETSOCKNAME).Address, Peer: d.name(s, unix.SYS_GETPEERNAME).Address,
		InQueue: inQueue(s.fd), OutQueue: queue(s.fd, unix.SIOCOUTQ),
		Poll: d.poll(s, Op{Events: AllEvents}).Value,
	}
	if st.Local == "." { // unix, unbound
		st.Local = ""
	}
	if s.typ != Stream {
		if b, e := getOptionRaw(s.fd, unix.SOL_SOCKET, unix.SO_MEMINFO, 36); e == 0 {
			st.Drops = int(u32(b[4*unix.SK_MEMINFO_DROPS:]))
		}
	}
	d.figures(s, &st)
	if s.typ != Stream || s.family == Unix {
		st.Doing = s.doing(st)
		return st
	}
	if i, err := unix.GetsockoptTCPInfo(s.fd, unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
		st.TCP = tcpStates[i.State]
		if i.State == tcpClose || i.State == tcpListen || i.State == tcpSynSent {
			st.OutQueue = -1
		}
		if i.State == tcpListen {
			st.Backlog, st.AcceptQueue = int(i.Sacked), int(i.Unacked)
		}
	}
	if n, err := unix.IoctlGetInt(s.fd, unix.SIOCATMARK); err == nil {
		st.AtMark = n != 0
	}
	st.Doing = d.doingTCP(s, st)
	return st
}

func queue(fd int, request uint) int {
	n, err := unix.IoctlGetInt(fd, request)
	if err != nil || int32(n) < 0 { // an MPTCP listener answers -EINVAL as the figure
		return -1
	}
	return n
}

// inQueue is SIOCINQ, which MPTCP answers with 1 for "nothing, and nothing can
// come": then no memory is taken.
func inQueue(fd int) int {
	n := queue(fd, unix.SIOCINQ)
	if p, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL); n != 1 || err != nil || p != unix.IPPROTO_MPTCP {
		return n
	}
	if b, e := getOptionRaw(fd, unix.SOL_SOCKET, unix.SO_MEMINFO, 36); e == 0 && u32(b[4*unix.SK_MEMINFO_RMEM_ALLOC:]) == 0 {
		return 0
	}
	return n
}

func sortedKeys[V any](m map[int]V) []int {
	var keys []int
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
