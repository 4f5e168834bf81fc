//go:build linux

package sock

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/farsock/farsock/agent/internal/poller"
)

// Socket is one POSIX socket. Its methods may be called concurrently. While
// nobody calls one it costs a descriptor and this struct: no goroutine, no
// buffer.
type Socket struct {
	env    *Env          // immutable
	desc   *poller.Desc  // immutable
	family Family        // immutable
	typ    Type          // immutable
	proto  int           // immutable; as given to socket(2)
	netns  string        // Spec.Namespace, of the listener if it was accepted; immutable once Open or Accept returned
	closed chan struct{} // closed by Close

	receiveTimeout atomic.Int64 // SO_RCVTIMEO in ns, 0 for none
	sendTimeout    atomic.Int64 // SO_SNDTIMEO likewise
	hadPeer        atomic.Bool  // it was once seen connected
	told           atomic.Int32 // the errno by which the connection ended, if another call than a receive got it; 0 for none
	owed           atomic.Int32 // the same while it is an Attachment's send that got it, and no receive or SO_ERROR did since

	notes        notes
	multicastOut multicastOut

	disconnects atomic.Uint32 // how often a disconnect dissolved a TCP connection; changes with recv.mu and steady held
	steady      sync.RWMutex  // held while SO_PASSCRED is on for a moment or a connection is dissolved, by sends for reading; recv.mu goes before it
	chosen      chosenPort

	connecting connecting
	recv       receiving
	send       sending

	mu         sync.Mutex
	gone       bool        // guarded by mu; Close was called
	attached   *Attachment // guarded by mu
	unary      int         // guarded by mu; Sends and Receives under way
	readShut   bool        // guarded by mu
	writeShut  bool        // guarded by mu
	path       *ownedPath  // guarded by mu; what our bind created
	holder     lastHolder  // guarded by mu
	stolen     []string    // guarded by mu; the holders that were stolen from last, newest at the end
	acceptTurn turn
	attaching  turn // of those who attach
}

// newSocket takes over fd, closing it on an error.
func newSocket(env *Env, fd int, family Family, typ Type, proto int) (*Socket, error) {
	desc, err := env.Poller.Register(fd)
	if err != nil {
		_ = env.Poller.Discard(context.Background(), fd)
		return nil, err
	}
	return &Socket{
		env: env, desc: desc, family: family, typ: typ, proto: proto,
		closed: make(chan struct{}),
	}, nil
}

// call runs one non-blocking system call on the descriptor, again after EINTR.
// On a unix socket the call may drop descriptors that others queued: recvmsg(2)
// without room for them, connect(2) to another peer.
func (s *Socket) call(f func(fd int) unix.Errno) (unix.Errno, error) {
	var errno unix.Errno
	err := s.desc.Do(func(fd int) error {
		again := func() {
			for errno = f(fd); errno == unix.EINTR; errno = f(fd) {
			}
		}
		if s.family == Unix {
			poller.Prompt(again)
		} else {
			again()
		}
		return nil
	})
	return errno, err
}

// enter begins a unary Send, Receive or Ack; leave ends it.
func (s *Socket) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.gone:
		return ErrClosed
	case s.attached != nil:
		return ErrAttached
	}
	s.unary++
	return nil
}

func (s *Socket) leave() {
	s.mu.Lock()
	s.unary--
	s.mu.Unlock()
}

// isTCP is true of MPTCP too, which is TCP to whoever uses it.
func (s *Socket) isTCP() bool {
	switch s.proto {
	case 0, unix.IPPROTO_TCP, unix.IPPROTO_MPTCP:
		return s.family != Unix && s.typ == Stream
	}
	return false
}

// Family returns the socket's family.
func (s *Socket) Family() Family { return s.family }

// Type returns the socket's type.
func (s *Socket) Type() Type { return s.typ }

// Protocol returns socket(2)'s third argument as it was given; Info has the
// kernel's.
func (s *Socket) Protocol() int { return s.proto }
