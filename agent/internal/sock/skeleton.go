//go:build linux

package sock

import (
	"context"
	"net/netip"

	"github.com/farsock/farsock/agent/internal/poller"
)

const unwritten = "being written"

// Socket is one POSIX socket. Its methods may be called concurrently.
type Socket struct {
	env  *Env
	desc *poller.Desc
}

// Open makes a socket and does the stages of spec in POSIX order within one
// wait. It returns nil for the socket if the outcome is not Done, unless
// spec.KeepOnFailure, or if the error is not nil. Whoever gets the socket
// closes it.
func Open(ctx context.Context, env *Env, spec Spec, w Wait) (*Socket, OpenResult, error) {
	panic(unwritten)
}

// Bind is bind(2). The stage is StageResolve or StageBind when not Done, else 0.
func (s *Socket) Bind(ctx context.Context, a Address, w Wait) (Outcome, Stage, error) {
	panic(unwritten)
}

// Listen is listen(2); the backlog is handed over unchanged.
func (s *Socket) Listen(ctx context.Context, backlog int) (Outcome, error) { panic(unwritten) }

// Connect is connect(2). The stage is StageResolve or StageConnect when not
// Done, else 0.
func (s *Socket) Connect(ctx context.Context, a Address, w Wait) (Outcome, Stage, error) {
	panic(unwritten)
}

// Accepted is what Accept took.
type Accepted struct {
	Outcome Outcome
	// Socket is nil unless Done; the caller closes it.
	Socket *Socket
	// Peer is the client's address.
	Peer Address
}

// Reserve is asked before each accept4(2). Its error is returned by Accept as
// it is, and no connection is taken. release is called when accept4 took none;
// otherwise the reservation is the caller's.
type Reserve func() (release func(), err error)

// Accept is accept4(2). reserve may be nil.
func (s *Socket) Accept(ctx context.Context, w Wait, reserve Reserve) (Accepted, error) {
	panic(unwritten)
}

// Send is send(2), or sendto(2) with a destination.
func (s *Socket) Send(ctx context.Context, r SendRequest, w Wait) (Sent, error) { panic(unwritten) }

// Receive is recv(2), recvmsg(2), or receiving until a condition holds.
func (s *Socket) Receive(ctx context.Context, r ReceiveRequest, w Wait) (Received, error) {
	panic(unwritten)
}

// Ack drops what is held before offset. It returns the offset now acknowledged
// and how many bytes are still held; a *RangeError if offset is above what was
// read.
func (s *Socket) Ack(offset int64) (acked, held int64, err error) { panic(unwritten) }

// Shutdown is shutdown(2).
func (s *Socket) Shutdown(how How) (Outcome, error) { panic(unwritten) }

// Close closes the socket; calls under way end with ErrClosed, and so does a
// second Close. With abort a TCP connection ends with a reset.
func (s *Socket) Close(ctx context.Context, abort bool) (Outcome, error) { panic(unwritten) }

// GetOption reads the option of q's kind (for OptRaw: its numbers and Size).
func (s *Socket) GetOption(q Option) (Option, Outcome, error) { panic(unwritten) }

// SetOption sets an option and returns what the kernel then reads back.
func (s *Socket) SetOption(o Option) (Option, Outcome, error) { panic(unwritten) }

// Info reads the socket and changes nothing; SO_ERROR stays.
func (s *Socket) Info() (Info, error) { panic(unwritten) }

// Attachment has a socket's both directions for itself. Read and Write (or
// WriteDatagram) may run concurrently, each in one goroutine at a time.
type Attachment struct{ s *Socket }

// Attach takes the socket. Errors: ErrAttached, ErrBusy, ErrClosed, *RangeError.
func (s *Socket) Attach(r AttachRequest) (*Attachment, error) { panic(unwritten) }

// ReceiveBegin is the offset of the first byte (item) that Read will return.
func (a *Attachment) ReceiveBegin() int64 { panic(unwritten) }

// ReceiveEnd is how far the socket has read from the kernel.
func (a *Attachment) ReceiveEnd() int64 { panic(unwritten) }

// SendApplied is how much the kernel has taken; refused datagrams count.
func (a *Attachment) SendApplied() int64 { panic(unwritten) }

// Read waits for data and returns at most max bytes, or up to 64 items, of
// max bytes each at most; consumed. When ctx ends first the Chunk is empty and
// err is ctx's.
func (a *Attachment) Read(ctx context.Context, max int) (Chunk, error) { panic(unwritten) }

// Write sends all of data on a stream socket, unless ctx ends (WaitElapsed) or
// the kernel refuses.
func (a *Attachment) Write(ctx context.Context, data []byte) (Sent, error) { panic(unwritten) }

// WriteDatagram sends one datagram; its number counts as applied also if the
// kernel refused it, but not if ctx ended first (WaitElapsed).
func (a *Attachment) WriteDatagram(ctx context.Context, data []byte, to *Address) (Sent, error) {
	panic(unwritten)
}

// CloseWrite is shutdown(SHUT_WR).
func (a *Attachment) CloseWrite() (Outcome, error) { panic(unwritten) }

// Detach frees the socket. It ends Reads and Writes under way and returns after
// they left. It may be called twice.
func (a *Attachment) Detach() { panic(unwritten) }

// Resolve returns a name's addresses as this host has them, in the resolver's
// order. No families means both.
func Resolve(ctx context.Context, host string, w Wait, families ...Family) ([]netip.Addr, Outcome) {
	panic(unwritten)
}

// Poll waits until one of items is ready and returns those that are, in the
// items' order. The outcome is Done, WaitElapsed, or WouldBlock under For(0).
// A closed socket is an *ItemError.
func Poll(ctx context.Context, items []PollItem, w Wait) ([]Ready, Outcome, error) {
	panic(unwritten)
}
