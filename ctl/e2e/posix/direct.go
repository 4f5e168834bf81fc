//go:build linux

package posix

import (
	"fmt"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Direct executes operations by system calls of this process. It is for one
// goroutine.
type Direct struct {
	thread     *Thread // where sockets are made; immutable
	names      *Names
	background map[int]<-chan Result

	mu      sync.Mutex
	sockets map[int]*socket // guarded by mu
}

// socket is one descriptor of Direct, non-blocking unless Block is under way.
type socket struct {
	fd     int
	family Family
	typ    Type
	ledger ledger
}

// NewDirect makes sockets on thread and unix paths in folder.
func NewDirect(thread *Thread, folder string) *Direct {
	return &Direct{
		thread: thread, names: NewNames(folder), background: map[int]<-chan Result{}, sockets: map[int]*socket{},
	}
}

// Reset closes all sockets, connections with a reset, and begins a new case.
func (d *Direct) Reset() {
	for _, n := range d.Live() {
		s := d.socket(n)
		if d.background[n] != nil {
			_ = unix.Shutdown(s.fd, unix.SHUT_RDWR) // close(2) alone wakes nobody
		}
		d.close(s, Op{Call: Abort, Socket: n})
	}
	d.background = map[int]<-chan Result{}
	d.names = NewNames(d.names.Folder)
}

// Folder is where its unix paths are.
func (d *Direct) Folder() string { return d.names.Folder }

// Live are the numbers of the sockets that are open.
func (d *Direct) Live() []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return sortedKeys(d.sockets)
}

func (d *Direct) socket(number int) *socket {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.sockets[number]
	if !ok {
		panic(fmt.Sprintf("posix: no socket %d", number))
	}
	return s
}

func (d *Direct) install(number int, s *socket) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sockets[number] = s
}

// Do executes one operation.
func (d *Direct) Do(op Op) (r Result) {
	if op.Call == Join {
		r := <-d.background[op.Socket]
		delete(d.background, op.Socket)
		return r
	}
	if op.Call == Pause {
		pauseFor(op)
		return Result{}
	}
	if op.Call == Socket {
		d.thread.Do(func() { r = d.open(op) })
		return r
	}
	s := d.socket(op.Socket)
	if op.Background {
		d.background[op.Socket] = d.start(s, op)
		return Result{}
	}
	if op.Call == Await {
		return d.await(op)
	}
	d.thread.Do(func() { r = d.do(s, op) })
	return r
}

// do executes an operation on a socket and notes what it did.
func (d *Direct) do(s *socket, op Op) Result {
	note := d.before(s, op)
	r := d.call(s, op)
	note(&r)
	return r
}

func (d *Direct) call(s *socket, op Op) Result {
	if op.Block && op.Call != Poll {
		must(unix.SetNonblock(s.fd, false))
		// It fails if a case that failed has closed the socket meanwhile.
		defer func() { _ = unix.SetNonblock(s.fd, true) }()
	}
	switch op.Call {
	case Bind:
		return d.bind(s, op)
	case Listen:
		return answer(unix.Listen(s.fd, op.Backlog))
	case Connect:
		return d.connect(s, op)
	case Disconnect:
		return errno(connectRaw(s.fd, make([]byte, 16)))
	case Accept:
		return d.accept(s, op)
	case Send:
		return d.send(s, op)
	case SendMany:
		return d.sendMany(s, op)
	case Fill:
		return d.fill(s)
	case Receive:
		return d.receive(s, op)
	case ReceiveMany:
		return d.receiveMany(s, op)
	case Shutdown:
		return answer(unix.Shutdown(s.fd, map[How]int{Read: unix.SHUT_RD, Write: unix.SHUT_WR, Both: unix.SHUT_RDWR}[op.How]))
	case Close, Abort:
		return d.close(s, op)
	case SetOption:
		return d.setOption(s, op)
	case GetOption:
		return d.getOption(s, op)
	case LocalName:
		return d.name(s, unix.SYS_GETSOCKNAME)
	case PeerName:
		return d.name(s, unix.SYS_GETPEERNAME)
	case Poll:
		return d.poll(s, op)
	case SendMemory:
		return d.sendMemory(s)
	}
	panic("posix: unknown call " + op.Call)
}

func (d *Direct) open(op Op) Result {
	family := map[Family]int{Inet: unix.AF_INET, Inet6: unix.AF_INET6, Unix: unix.AF_UNIX}[op.Family]
	typ := map[Type]int{Stream: unix.SOCK_STREAM, Datagram: unix.SOCK_DGRAM, Seqpacket: unix.SOCK_SEQPACKET}[op.Type]
	fd, err := unix.Socket(family, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, op.Protocol)
	if err == nil {
		d.install(op.Socket, &socket{fd: fd, family: op.Family, typ: op.Type})
	}
	return failed(answer(err), op, "")
}

// address is an Op.Address as the kernel takes it; nil for "".
func (d *Direct) address(s *socket, text string) []byte {
	if text == "" {
		return nil
	}
	var n int
	if _, err := fmt.Sscanf(text, "$%d", &n); err == nil {
		b, e := nameRaw(unix.SYS_GETSOCKNAME, d.socket(n).fd)
		if e != 0 {
			panic("posix: getsockname: " + e.Error())
		}
		return b
	}
	t, err := d.names.Target(text, s.family)
	must(err)
	return t.encode(s.fd)
}

func (d *Direct) bind(s *socket, op Op) Result {
	b := d.address(s, op.Address)
	_, _, e := unix.Syscall(unix.SYS_BIND, uintptr(s.fd), uintptr(pointer(b)), uintptr(len(b)))
	return errno(e)
}

func (d *Direct) connect(s *socket, op Op) Result {
	e := connectRaw(s.fd, d.address(s, op.Address))
	if e == 0 && s.typ == Seqpacket {
		d.link(s, op)
	}
	return errno(e)
}

func (d *Direct) accept(s *socket, op Op) Result {
	b, size := make([]byte, unix.SizeofSockaddrAny), uint32(unix.SizeofSockaddrAny)
	fd, _, e := unix.Syscall6(unix.SYS_ACCEPT4, uintptr(s.fd), uintptr(pointer(b)), uintptr(unsafe.Pointer(&size)),
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	if e != 0 {
		return errno(e)
	}
	child := &socket{fd: int(fd), family: s.family, typ: s.typ}
	child.ledger.accepted(&s.ledger)
	d.install(op.New, child)
	return Result{Address: d.names.decode(s.fd, b[:size])}
}

func (d *Direct) close(s *socket, op Op) Result {
	if op.Call == Abort && s.family != Unix {
		must(unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
	}
	d.mu.Lock()
	delete(d.sockets, op.Socket)
	d.mu.Unlock()
	return answer(unix.Close(s.fd))
}

func (d *Direct) name(s *socket, call uintptr) Result {
	b, e := nameRaw(call, s.fd)
	if e != 0 {
		return errno(e)
	}
	return Result{Address: d.names.decode(s.fd, b)}
}

func (d *Direct) setOption(s *socket, op Op) Result {
	level, name, b := encodeOption(s.fd, s.family, op)
	_, _, e := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(s.fd), uintptr(level), uintptr(name), uintptr(pointer(b)), uintptr(len(b)), 0)
	if e == 0 && ReadsBack(op) {
		return d.getOption(s, op)
	}
	return errno(e)
}

// ReadsBack says whether setting an option answers with what the kernel has
// then: those that can be read, and by number integers.
func ReadsBack(op Op) bool {
	if op.Option == "" {
		return false
	}
	switch Options[op.Option].Kind {
	case Membership, Interface:
		return false
	}
	return true
}

func (d *Direct) getOption(s *socket, op Op) Result {
	level, name := op.Level, op.Name
	if op.Option != "" {
		level, name = Options[op.Option].number(s.family)
	}
	b, e := getOptionRaw(s.fd, level, name, optionSize(op))
	if e != 0 {
		return errno(e)
	}
	return Result{Value: decodeOption(s.fd, op, b)}
}

func connectRaw(fd int, b []byte) unix.Errno {
	_, _, e := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(pointer(b)), uintptr(len(b)))
	return e
}

func nameRaw(call uintptr, fd int) ([]byte, unix.Errno) {
	b, size := make([]byte, unix.SizeofSockaddrAny), uint32(unix.SizeofSockaddrAny)
	_, _, e := unix.Syscall(call, uintptr(fd), uintptr(pointer(b)), uintptr(unsafe.Pointer(&size)))
	return b[:size], e
}

func getOptionRaw(fd, level, name, size int) ([]byte, unix.Errno) {
	b, n := make([]byte, size), uint32(size)
	_, _, e := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), uintptr(name), uintptr(pointer(b)), uintptr(unsafe.Pointer(&n)), 0)
	return b[:min(int(n), size)], e
}

// pointer is where b's bytes are, not null for an empty b: the kernel is asked
// what it says of the length.
func pointer(b []byte) unsafe.Pointer {
	if len(b) == 0 {
		return unsafe.Pointer(&none)
	}
	return unsafe.Pointer(&b[0])
}

var none byte

func answer(err error) Result {
	if err == nil {
		return Result{}
	}
	return errno(err.(unix.Errno))
}

func errno(e unix.Errno) Result { return Result{Errno: errnoName(e)} }

func errnoName(e unix.Errno) string {
	switch e {
	case 0:
		return ""
	case unix.EOPNOTSUPP: // ENOTSUP is the same number
		return "EOPNOTSUPP"
	case unix.EAGAIN: // so is EWOULDBLOCK
		return "EAGAIN"
	}
	return strings.TrimSpace(unix.ErrnoName(e))
}
