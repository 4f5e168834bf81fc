//go:build linux

package sock

import "golang.org/x/sys/unix"

// The kernel's TCP states that matter here.
const (
	tcpEstablished = 1
	tcpSynSent     = 2
	tcpSynRecv     = 3
	tcpTimeWait    = 6
	tcpClose       = 7
	tcpLastAck     = 9
	tcpListen      = 10
	tcpClosing     = 11
)

// Info reads the socket and changes nothing: SO_ERROR stays. Error: ErrClosed.
func (s *Socket) Info() (Info, error) {
	i, err := s.snapshot()
	if err != nil {
		return Info{}, err
	}
	s.recv.mu.Lock()
	i.ReadOffset, i.AckedOffset, i.Held = s.recv.read, s.recv.acked, s.recv.bytes()
	i.EndSeen, i.DescriptorsClosed = s.recv.ended, s.recv.total
	s.recv.mu.Unlock()
	i.AtMark = i.State != StateListening && s.markAhead()
	i.SendOffset = s.send.count(0)
	s.mu.Lock()
	i.Attached = s.attached != nil
	i.ReadShutDown, i.WriteShutDown = s.readShut, s.writeShut
	s.mu.Unlock()
	return i, nil
}

// snapshots bounds how often snapshot begins anew.
const snapshots = 4

// snapshot is what the kernel says. It takes several system calls: if the TCP
// state changes between them, the addresses may be those of another state, and
// it begins anew.
func (s *Socket) snapshot() (Info, error) {
	var i Info
	for range snapshots {
		i = Info{Family: s.family, Type: s.typ, Protocol: s.proto, Namespace: s.netns, Backlog: -1, AcceptQueue: -1}
		before := ""
		if s.isTCP() {
			before = tcpStateName(s.tcpState())
		}
		local, err := s.local()
		if err != nil {
			return Info{}, err
		}
		if i.Peer, err = s.peer(); err != nil {
			return Info{}, err
		}
		if bound(local) {
			i.Local = local
		}
		err = s.desc.Do(func(fd int) error {
			s.kernelInfo(fd, &i)
			return nil
		})
		if err != nil {
			return Info{}, err
		}
		if i.TCPState == before {
			break
		}
	}
	return i, nil
}

func bound(a *Address) bool {
	return a != nil && (a.Family == Unix && !a.unnamed() || a.Port != 0)
}

// kernelInfo reads what only system calls on fd tell.
func (s *Socket) kernelInfo(fd int, i *Info) {
	if n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL); err == nil {
		i.Protocol = n
	}
	listening := false
	if n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err == nil {
		listening = n != 0
	}
	i.ReceiveQueue, i.SendQueue = s.inQueue(fd), queued(fd, unix.SIOCOUTQ)
	if s.typ != Stream {
		if m := memory(fd); m != nil {
			i.Drops = int64(m.Drops)
		}
	}
	i.State = s.state(i, listening)
	if s.isTCP() {
		s.tcpInfo(fd, i)
		return
	}
	if i.State == StateConnected && s.typ != Datagram && hungUp(fd) {
		i.State = StateDisconnected
	}
}

// state is the one that the addresses tell.
func (s *Socket) state(i *Info, listening bool) State {
	switch {
	case listening:
		return StateListening
	case i.Peer != nil:
		return StateConnected
	case i.Local != nil:
		return StateBound
	}
	return StateOpen
}

func (s *Socket) tcpInfo(fd int, i *Info) {
	t, ok := readTCPInfo(fd)
	if !ok {
		return
	}
	i.TCPState = tcpStateName(t.State)
	if i.Protocol == unix.IPPROTO_MPTCP && i.Peer != nil {
		// It is the first subflow's, whose end is not the connection's. Having
		// a peer, that is under way, or both directions are over.
		s.hadPeer.Store(true)
		if hungUp(fd) {
			i.State = StateDisconnected
		}
		return
	}
	if unsent(t.State) {
		i.SendQueue = -1
	}
	switch t.State {
	case tcpListen:
		// On listeners these two fields have another meaning.
		i.Backlog, i.AcceptQueue = int(t.Sacked), int(t.Unacked)
	case tcpSynSent, tcpSynRecv:
		i.State = StateConnecting
	case tcpClosing, tcpLastAck, tcpTimeWait:
		i.State = StateDisconnected
	case tcpClose:
		switch {
		case s.hadPeer.Load():
			i.State = StateDisconnected
		case s.chosen.gone():
			i.State = StateOpen
		}
	default:
		s.hadPeer.Store(true)
	}
}

// unsent reports whether a socket in a TCP state has nothing on its way: what
// the kernel computes from sequence numbers then is no figure.
func unsent(state uint8) bool {
	return state == tcpClose || state == tcpListen || state == tcpSynSent
}

// tcpState is the kernel's number; tcpEstablished if it does not tell.
func (s *Socket) tcpState() uint8 {
	state := uint8(tcpEstablished)
	_ = s.desc.Do(func(fd int) error {
		if t, ok := readTCPInfo(fd); ok {
			state = t.State
		}
		return nil
	})
	return state
}

// isOver reports whether the kernel has no connection any more.
func (s *Socket) isOver() bool {
	if s.tcpState() != tcpClose {
		return false
	}
	if !s.isMPTCP() {
		return true
	}
	over := true // and not only the first subflow
	_ = s.desc.Do(func(fd int) error { over = hungUp(fd); return nil })
	return over
}

// markAhead reports whether the next byte in the kernel is the one at which
// urgent data was announced, and the next to be received: nothing is held.
func (s *Socket) markAhead() bool {
	s.recv.mu.Lock()
	defer s.recv.mu.Unlock()
	if !s.isTCP() || s.recv.bytes() > 0 {
		return false
	}
	at := 0
	_ = s.desc.Do(func(fd int) (err error) {
		at, err = unix.IoctlGetInt(fd, unix.SIOCATMARK)
		return err
	})
	return at > 0
}

func hungUp(fd int) bool {
	return pollNow(fd, 0)&unix.POLLHUP != 0
}

// pollNow is poll(2) for one descriptor, without waiting.
func pollNow(fd int, events int16) int16 {
	p := []unix.PollFd{{Fd: int32(fd), Events: events}}
	for {
		_, err := unix.Poll(p, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0
		}
		return p[0].Revents
	}
}
