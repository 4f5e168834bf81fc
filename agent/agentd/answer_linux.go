package agentd

import (
	"net"
	"runtime"
	"sync/atomic"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

// answer is a message on its way to a client, with the connection on whose
// account it is until gRPC has let go of it. A nil one is on nobody's. One
// goroutine at a time uses it.
type answer struct {
	proto.Message
	to      *transit // immutable
	dropped bool     // gRPC may drop the bytes and tell nobody
	bytes   *written // once there are some; nil if they are too few to count
}

// answered puts a message on the account of the connection that it goes to.
func answered(on net.Conn, m proto.Message) any {
	if c, ok := on.(*conn); ok {
		return &answer{Message: m, to: c.transit}
	}
	return m
}

// dropped is told what answered returned where gRPC may drop it and tell nobody:
// it does so with what it is given while the client resets the call. The
// account then has it back once the collector has found it.
func dropped(m any) {
	a, ok := m.(*answer)
	if !ok || a.dropped {
		return
	}
	a.dropped = true
	if a.bytes != nil {
		a.bytes.watch()
	}
}

// charge makes a buffer of what goes back to a pool once it is written, if there
// is a pool, and is in transit until then.
func (a *answer) charge(data *[]byte, pool mem.BufferPool) mem.Buffer {
	if a == nil {
		return mem.NewBuffer(data, pool)
	}
	a.bytes = &written{pool, &debt{to: a.to, bytes: int64(cap(*data))}}
	a.to.change(a.bytes.debt.bytes)
	a.to.conns.relieve()
	if a.dropped {
		a.bytes.watch()
	}
	return mem.NewBuffer(data, a.bytes)
}

// written is a pool that is told when gRPC is done with a buffer, and as
// reachable as that buffer.
type written struct {
	mem.BufferPool // immutable; nil: the collector takes it
	debt           *debt
}

// Put is mem.BufferPool's.
func (w *written) Put(data *[]byte) {
	w.debt.settle()
	if w.BufferPool != nil {
		w.BufferPool.Put(data)
	}
}

// watch settles the debt when the collector finds the buffer, if Put has not
// until then. It costs too much to be done for each message.
func (w *written) watch() { runtime.AddCleanup(w, (*debt).settle, w.debt) }

// debt is what one buffer adds to an account.
type debt struct {
	to      *transit // immutable
	bytes   int64    // immutable
	settled atomic.Bool
}

func (d *debt) settle() {
	if d.settled.CompareAndSwap(false, true) {
		d.to.change(-d.bytes)
	}
}
