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

// tcpListen is a listener's state, in which TCP_INFO has its queue.
const tcpListen = 10

// State looks at a socket and changes nothing.
func (d *Direct) State(number int) State {
	s := d.socket(number)
	st := State{
		Local: d.name(s, unix.SYS_GETSOCKNAME).Address, Peer: d.name(s, unix.SYS_GETPEERNAME).Address,
		InQueue: queue(s.fd, unix.SIOCINQ), OutQueue: queue(s.fd, unix.SIOCOUTQ),
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
	if s.typ != Stream || s.family == Unix {
		return st
	}
	if i, err := unix.GetsockoptTCPInfo(s.fd, unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
		st.TCP = tcpStates[i.State]
		if i.State == tcpListen {
			st.Backlog, st.AcceptQueue = int(i.Sacked), int(i.Unacked)
		}
	}
	if n, err := unix.IoctlGetInt(s.fd, unix.SIOCATMARK); err == nil {
		st.AtMark = n != 0
	}
	return st
}

func queue(fd int, request uint) int {
	n, err := unix.IoctlGetInt(fd, request)
	if err != nil || int32(n) < 0 { // an MPTCP listener answers -EINVAL as the figure
		return -1
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
