//go:build linux

package sock

import (
	"context"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// glance is what tells, at the cost of a system call or a few, whether Info
// would show another state.
type glance struct {
	tcp uint8 // the kernel's number; 0 if it is none
	// What follows is looked at where it may differ.
	local                   nameHead
	hadPeer, portGone       bool // of TCP
	listening, peer, hungUp bool // of others, and of MPTCP, where tcp is the first subflow's
}

// nameHead is the beginning of a socket's name: enough to tell whether it is
// bound.
type nameHead struct {
	size uint32
	head [4]byte // family and port, or family and where a path begins
}

func (s *Socket) glance() (g glance, err error) {
	multipath := s.proto == unix.IPPROTO_MPTCP
	err = s.desc.Do(func(fd int) error {
		if s.isTCP() {
			g.tcp = tcpStateOf(fd)
			if met(g.tcp) {
				s.hadPeer.Store(true)
			}
			if g.tcp != 0 && g.tcp != tcpClose && !multipath {
				return nil
			}
			g.hadPeer, g.portGone = s.hadPeer.Load(), s.chosen.gone()
		}
		g.local, _ = headOf(unix.SYS_GETSOCKNAME, fd)
		if g.tcp == tcpClose && !multipath {
			return nil
		}
		_, g.peer = headOf(unix.SYS_GETPEERNAME, fd)
		if s.typ == Datagram {
			return nil
		}
		on, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
		g.listening = err == nil && on != 0
		g.hungUp = hungUp(fd)
		return nil
	})
	return g, err
}

// tcpStateOf is the first byte of TCP_INFO; 0 if there is none.
func tcpStateOf(fd int) uint8 {
	var state [1]byte
	if n, errno := sysGetOption(fd, unix.IPPROTO_TCP, unix.TCP_INFO, state[:]); errno != 0 || n == 0 {
		return 0
	}
	return state[0]
}

// met reports whether a socket in a TCP state has, or has just had, a peer.
func met(state uint8) bool {
	switch state {
	case 0, tcpListen, tcpSynSent, tcpSynRecv, tcpClosing, tcpLastAck, tcpTimeWait, tcpClose:
		return false
	}
	return true
}

// headOf is getsockname(2) or getpeername(2), by their numbers; false if the
// kernel has no name.
func headOf(number uintptr, fd int) (nameHead, bool) {
	n := nameHead{size: uint32(len(nameHead{}.head))}
	_, _, errno := unix.Syscall(number, uintptr(fd), uintptr(unsafe.Pointer(&n.head)), uintptr(unsafe.Pointer(&n.size)))
	return n, errno == 0
}

// lookEvery is how long a change of state that the kernel does not announce
// goes unseen, unless looking takes a fifth of that or more.
const lookEvery = 20 * time.Millisecond

// lookout glances at all sockets that somebody awaits, each once however many
// those are, and takes at most a fifth of a processor for it. Its goroutine
// lives as long as there are any.
type lookout struct {
	mu      sync.Mutex
	watches map[*Socket]map[*watch]struct{} // guarded by mu
	stop    chan struct{}                   // guarded by mu; nil while the goroutine is not there
	ended   chan struct{}                   // guarded by mu; closed by the goroutine
}

// watch is one wait for a change.
type watch struct {
	seen    glance             // immutable
	changed context.CancelFunc // immutable; ends the wait
}

func (l *lookout) add(s *Socket, w *watch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watches == nil {
		l.watches = map[*Socket]map[*watch]struct{}{}
	}
	if l.watches[s] == nil {
		l.watches[s] = map[*watch]struct{}{}
	}
	l.watches[s][w] = struct{}{}
	if l.stop == nil {
		l.stop, l.ended = make(chan struct{}), make(chan struct{})
		go l.run(l.stop, l.ended)
	}
}

// remove undoes add. Who is the last waits until the goroutine has ended.
func (l *lookout) remove(s *Socket, w *watch) {
	l.mu.Lock()
	delete(l.watches[s], w)
	if len(l.watches[s]) == 0 {
		delete(l.watches, s)
	}
	var ended chan struct{}
	if len(l.watches) == 0 {
		close(l.stop)
		ended, l.stop = l.ended, nil
	}
	l.mu.Unlock()
	if ended != nil {
		<-ended
	}
}

func (l *lookout) run(stop, ended chan struct{}) {
	defer close(ended)
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	var sockets []*Socket
	for {
		select {
		case <-stop:
			return
		case <-timer.C:
		}
		start := time.Now()
		sockets = l.sockets(sockets[:0])
		for _, s := range sockets {
			select {
			case <-stop:
				return
			default:
				l.look(s)
			}
		}
		clear(sockets)
		took := time.Since(start)
		timer.Reset(max(lookEvery-took, 4*took))
	}
}

func (l *lookout) sockets(all []*Socket) []*Socket {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.watches {
		all = append(all, s)
	}
	return all
}

// look ends the waits for a change of s that has come, or for a socket that is
// closed.
func (l *lookout) look(s *Socket) {
	now, err := s.glance()
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := range l.watches[s] {
		if err != nil || now != w.seen {
			w.changed()
		}
	}
}
