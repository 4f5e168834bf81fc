//go:build linux

package sock

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

var tcpStates = [...]string{
	1: "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
	"CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV",
}

// TCPStates returns the names of the TCP states, as Info.TCPState has them.
func TCPStates() []string { return append([]string{}, tcpStates[1:]...) }

func tcpStateName(n uint8) string {
	if int(n) < len(tcpStates) {
		return tcpStates[n]
	}
	return ""
}

var congestionStates = [...]string{"Open", "Disorder", "CWR", "Recovery", "Loss"}

// tcpOptions are the names of struct tcp_info's tcpi_options, by bit.
var tcpOptions = [...]string{"timestamps", "sack", "window_scale", "ecn", "ecn_seen", "syn_data",
	"microsecond_timestamps", "fast_open_child"}

// TCPInfo is struct tcp_info in full, with what the kernel packs into bits in
// words. Figures that the kernel is too old to have are 0.
type TCPInfo struct {
	unix.TCPInfo
	// StateName is as Info.TCPState.
	StateName string
	// CongestionState is "Open", "Disorder", "CWR", "Recovery" or "Loss".
	CongestionState string
	// Negotiated is what both ends agreed on, "sack" for example.
	Negotiated []string
	// SendScale is the peer's window scale and ReceiveScale ours, shifts.
	SendScale, ReceiveScale uint8
}

// TCPInfo reads TCP_INFO; nil if the socket is not TCP or MPTCP, or listens.
// Error: ErrClosed.
func (s *Socket) TCPInfo() (*TCPInfo, error) {
	if !s.isTCP() {
		return nil, nil
	}
	var t TCPInfo
	ok := false
	err := s.desc.Do(func(fd int) error {
		t, ok = readTCPInfo(fd)
		return nil
	})
	if err != nil || !ok || t.State == tcpListen {
		return nil, err
	}
	return &t, nil
}

// scaleOffset is where struct tcp_info has both window scales, 4 bits each, the
// peer's in the lower: unix.TCPInfo leaves them out.
const scaleOffset = 6

func readTCPInfo(fd int) (TCPInfo, bool) {
	var raw [unsafe.Sizeof(unix.TCPInfo{})]byte
	n, errno := sysGetOption(fd, unix.IPPROTO_TCP, unix.TCP_INFO, raw[:])
	if errno != 0 {
		return TCPInfo{}, false
	}
	return decodeTCPInfo(raw[:n])
}

// decodeTCPInfo reads struct tcp_info, of which an older kernel gives less.
func decodeTCPInfo(raw []byte) (TCPInfo, bool) {
	var t TCPInfo
	if len(raw) <= scaleOffset {
		return t, false
	}
	copy((*[unsafe.Sizeof(t.TCPInfo)]byte)(unsafe.Pointer(&t.TCPInfo))[:], raw)
	t.StateName = tcpStateName(t.State)
	if unsent(t.State) {
		t.Notsent_bytes = 0
	}
	if int(t.Ca_state) < len(congestionStates) {
		t.CongestionState = congestionStates[t.Ca_state]
	}
	for bit, name := range tcpOptions {
		if t.Options&(1<<bit) != 0 {
			t.Negotiated = append(t.Negotiated, name)
		}
	}
	t.SendScale, t.ReceiveScale = raw[scaleOffset]&15, raw[scaleOffset]>>4
	return t, true
}

// Memory is SO_MEMINFO, in bytes.
type Memory struct {
	// ReceiveAllocated and SendAllocated are what data takes with the kernel's
	// own overhead, ReceiveBuffer and SendBuffer their bounds.
	ReceiveAllocated, ReceiveBuffer, SendAllocated, SendBuffer uint32
	// ForwardAllocated is reserved ahead of use, SendQueued waits to be sent,
	// Options is what options take, Backlog what waits for the socket's lock.
	ForwardAllocated, SendQueued, Options, Backlog uint32
	// Drops counts packets dropped for want of room.
	Drops uint32
}

// Memory reads SO_MEMINFO; nil where the kernel has none. Error: ErrClosed.
func (s *Socket) Memory() (m *Memory, err error) {
	err = s.desc.Do(func(fd int) error {
		m = memory(fd)
		return nil
	})
	return m, err
}

func memory(fd int) *Memory {
	var b [4 * (unix.SK_MEMINFO_DROPS + 1)]byte
	n, e := sysGetOption(fd, unix.SOL_SOCKET, unix.SO_MEMINFO, b[:])
	if e != 0 || n < len(b) {
		return nil
	}
	figure := func(i int) uint32 { return binary.NativeEndian.Uint32(b[4*i:]) }
	return &Memory{
		ReceiveAllocated: figure(unix.SK_MEMINFO_RMEM_ALLOC),
		ReceiveBuffer:    figure(unix.SK_MEMINFO_RCVBUF),
		SendAllocated:    figure(unix.SK_MEMINFO_WMEM_ALLOC),
		SendBuffer:       figure(unix.SK_MEMINFO_SNDBUF),
		ForwardAllocated: figure(unix.SK_MEMINFO_FWD_ALLOC),
		SendQueued:       figure(unix.SK_MEMINFO_WMEM_QUEUED),
		Options:          figure(unix.SK_MEMINFO_OPTMEM),
		Backlog:          figure(unix.SK_MEMINFO_BACKLOG),
		Drops:            figure(unix.SK_MEMINFO_DROPS),
	}
}
