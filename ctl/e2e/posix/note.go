//go:build linux

package posix

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const sysGetsockname = unix.SYS_GETSOCKNAME

// before looks at a socket before an operation and returns what has to be done
// with its result: it notes what that adds up to, and says of it what an agent
// says beside.
func (d *Direct) before(s *socket, op Op) (note func(*Result)) {
	l := &s.ledger
	l.mu.Lock()
	received, out := l.read, l.out
	l.mu.Unlock()
	state := tcpStateOf(s)
	if op.Call == Send || op.Call == SendMany {
		// Who receives meanwhile may see them before this call returns.
		out.add(max(len(op.Messages), 1))
	}
	return func(r *Result) {
		l.mu.Lock()
		defer l.mu.Unlock()
		switch op.Call {
		case Send, SendMany:
			l.noteSent(s, op, r)
		case Receive, ReceiveMany:
			l.noteReceived(s, op, r, received)
		case Connect:
			l.hadPeer = l.hadPeer || r.Errno == ""
		case Bind:
			l.noteBind(op, r)
		case Disconnect:
			l.noteDisconnect(s, r)
		case Shutdown:
			l.noteShutdown(s, op, r, state)
		}
		d.say(s, op, r)
	}
}

func (l *ledger) noteSent(s *socket, op Op, r *Result) {
	messages := r.N
	if op.Call == Send {
		messages = 0
		if r.Errno == "" {
			messages = 1
		}
	}
	l.out.add(messages - max(len(op.Messages), 1))
	if s.typ != Stream {
		l.sent += messages
	} else {
		l.sent += r.N
	}
	r.Offset = l.sent
}

func (l *ledger) noteReceived(s *socket, op Op, r *Result, received int) {
	r.Offset = received
	// Neither has a number: an urgent byte, an entry of the error queue.
	if op.Flags&ErrorQueue != 0 || s.typ == Stream && op.Flags&OOB != 0 {
		return
	}
	for i := range r.Messages {
		r.Messages[i].Offset = received + i
	}
	if op.Flags&Peek != 0 {
		return
	}
	l.read += r.N
	l.in.add(-len(r.Messages))
	l.descriptors += r.Descriptors
	for _, m := range r.Messages {
		l.descriptors += m.Descriptors
	}
}

// noteBind: a port that bind names stays, one that the kernel chooses does not.
func (l *ledger) noteBind(op Op, r *Result) {
	if r.Errno == "" {
		l.named, l.child = !strings.HasSuffix(op.Address, ":0"), false
	}
}

func (l *ledger) noteDisconnect(s *socket, r *Result) {
	if r.Errno == "" && isTCP(s) {
		l.hadPeer, l.readShut, l.writeShut = false, false, false
	}
}

// noteShutdown knows that the kernel shuts an inet socket in spite of ENOTCONN,
// and dissolves an attempt to connect, or listening, instead.
func (l *ledger) noteShutdown(s *socket, op Op, r *Result, before string) {
	switch {
	case before == "LISTEN" || before == "SYN_SENT":
		if r.Errno == "" && tcpStateOf(s) == "CLOSE" {
			l.hadPeer, l.readShut, l.writeShut = false, false, false
		}
	case r.Errno == "" || r.Errno == "ENOTCONN" && s.family != Unix:
		l.readShut = l.readShut || op.How != Write
		l.writeShut = l.writeShut || op.How != Read
	}
}

// say fills in what a failed operation was directed at, and which call it was.
func (d *Direct) say(s *socket, op Op, r *Result) {
	asked := ""
	switch {
	case r.Errno == "" && r.Stop == "":
	case op.Call == Bind, op.Call == Connect, op.Call == Send:
		asked = op.Address
	case op.Call == SendMany:
		asked = op.Messages[r.N].To
	}
	if asked != "" {
		r.Asked = d.names.decode(s.fd, d.address(s, asked))
	}
	*r = failed(*r, op, r.Asked)
}

// failed completes a result that is no success.
func failed(r Result, op Op, asked string) Result {
	if r.Asked = asked; r.Errno == "" {
		return r
	}
	r.Syscall = map[Call]string{
		Socket: "socket", Bind: "bind", Listen: "listen", Connect: "connect", Disconnect: "connect", Accept: "accept4",
		Send: "sendto", SendMany: "sendmmsg", Fill: "sendto", Receive: "recvmsg", ReceiveMany: "recvmsg",
		Shutdown: "shutdown", SetOption: "setsockopt", GetOption: "getsockopt", PeerName: "getpeername",
	}[op.Call]
	if op.Call == Send && (op.Buffers != nil || op.Control != nil) {
		r.Syscall = "sendmsg"
	}
	return r
}

// await looks until the socket is in the state, for as long as anyone waits.
func (d *Direct) await(op Op) Result {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if is := d.State(op.Socket).Doing; is == op.Value {
			return Result{Value: is}
		}
	}
	return Result{Errno: "(WAIT_ELAPSED)"}
}

// pauseFor is for what is about time itself.
func pauseFor(op Op) {
	t, err := time.ParseDuration(op.Value)
	must(err)
	time.Sleep(t)
}

func (d *Direct) sendMemory(s *socket) Result {
	b, e := getOptionRaw(s.fd, unix.SOL_SOCKET, unix.SO_MEMINFO, 36)
	if e != 0 {
		return errno(e)
	}
	return Result{Value: strconv.Itoa(int(u32(b[4*unix.SK_MEMINFO_WMEM_QUEUED:])))}
}
