//go:build linux

package posix

// Call is which operation an Op is.
type Call string

// The calls. Each is one system call, or what a local program writes in a line.
const (
	Socket      Call = "socket"
	Bind        Call = "bind"
	Listen      Call = "listen"
	Connect     Call = "connect"
	Disconnect  Call = "disconnect" // connect(2) with AF_UNSPEC
	Accept      Call = "accept"
	Send        Call = "send"     // send, sendto, sendmsg
	SendMany    Call = "sendmmsg" // Messages
	Fill        Call = "fill"     // send until nothing more fits, for a while
	Receive     Call = "recv"     // recv, recvfrom, recvmsg
	ReceiveMany Call = "recvmmsg" // up to Count messages
	Shutdown    Call = "shutdown"
	Close       Call = "close"
	Abort       Call = "abort" // SO_LINGER 0, then close
	SetOption   Call = "setsockopt"
	GetOption   Call = "getsockopt"
	LocalName   Call = "getsockname"
	PeerName    Call = "getpeername"
	Poll        Call = "poll"
	Join        Call = "join"   // the result of the Background op with this Socket
	Await       Call = "await"  // until the socket is in the state Value
	Pause       Call = "pause"  // for the time Value
	SendMemory  Call = "sndmem" // what queued data to be sent takes (SO_MEMINFO)
)

// Outside is the first number of sockets that belong to a local program beside
// an agent: both sides execute their operations by system calls.
const Outside = 100

// Family is socket(2)'s first argument.
type Family string

// The families.
const (
	Inet  Family = "inet"
	Inet6 Family = "inet6"
	Unix  Family = "unix"
)

// Type is socket(2)'s second argument.
type Type string

// The types.
const (
	Stream    Type = "stream"
	Datagram  Type = "datagram"
	Seqpacket Type = "seqpacket"
)

// How is shutdown(2)'s second argument.
type How string

// The directions.
const (
	Read  How = "read"
	Write How = "write"
	Both  How = "both"
)

// Flags are those of send(2) and recv(2), by bits of our own.
type Flags uint

// The flags. Every call is non-blocking unless Op.Block; DontWait is the flag
// itself.
const (
	Peek Flags = 1 << iota
	OOB
	DontWait
	WaitAll
	ErrorQueue
	More
	DontRoute
	Confirm
	EndOfRecord
	FastOpen
)

var flagNames = []string{"Peek", "OOB", "DontWait", "WaitAll", "ErrorQueue", "More", "DontRoute", "Confirm", "EndOfRecord", "FastOpen"}

// Op is one operation. Fields that a call does not speak of are zero.
type Op struct {
	Call Call
	// Socket is the number of the socket, as the case counts them. Socket and
	// Accept give a number that is not in use: for Accept it is New.
	Socket, New int

	Family   Family
	Type     Type
	Protocol int

	// Address is of bind, connect and send: "127.0.0.1:80", "[fe80::1%v0]:80",
	// ":80" (any address), "~/x" (a path in the side's own folder), "@x" (an
	// abstract name), "." (unix, unnamed), "$2" (what socket 2 is bound to).
	Address string
	Backlog int
	How     How

	// Data is what is sent, Times times if that is not 0.
	Data  string
	Times int
	// Size is a receive's buffer in bytes, Count the most messages.
	Size, Count int
	Flags       Flags
	// Buffers are the lengths of the iovec's parts; nil is one.
	Buffers []int
	// Room is a receive's space for control messages; 0 is 8192, -1 none.
	Room     int
	Control  []Control
	Messages []Message
	// Descriptors are sent along (SCM_RIGHTS); of sockets from Outside on.
	Descriptors int

	// Option is a name in Options; "" with Level and Name is one by number.
	Option      string
	Level, Name int
	// Value is what is set, in the option's text form (see Options); an option
	// by number takes "5" or, for bytes, "x0500". Of Await a State.Doing, of
	// Pause a duration.
	Value string
	// Events is poll(2)'s: "in out pri rdhup".
	Events string

	// Block: as on a blocking descriptor; for Poll, until something is ready.
	Block bool
	// Background: start it, wait until it blocks, and go on; Join has its result.
	Background bool

	// Want is the errno that the kernel has to answer; "" is success.
	Want string
	// Refused is why an agent need not even try.
	Refused Refusal
}

// Refusal is an answer of the agent that the kernel has no part in.
type Refusal struct {
	// Code is the status' code, "INVALID_ARGUMENT" for example, an outcome's in
	// parentheses, or an errno that the kernel does not give.
	Code string
	// Field is the field that a violation names.
	Field string
	// Why says where the contract has it so.
	Why string
}

// Control is a control message.
type Control struct {
	Level, Type int
	Data        string
}

// Message is one of a batch.
type Message struct {
	Data, To string
	Control  []Control
	// Source, Interface, TTL and Class become the control messages of the
	// socket's family; "" and nil are none.
	Source, Interface string
	TTL, Class        *int
}

// Case is a row of the table.
type Case struct {
	Name string
	Ops  []Op
	// User: as an ordinary user rather than root.
	User bool
}
