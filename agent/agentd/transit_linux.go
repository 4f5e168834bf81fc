package agentd

import (
	"net"
	"sync"

	"google.golang.org/grpc/status"
)

// transit counts what one connection makes the agent keep between the wire and
// the handlers, where no handler can refuse it: calls, bytes that were sent and
// are not decoded, and answers that the client has not fetched. gRPC bounds
// these for each call alone.
//
// Calls are here those of the wire: one begins with its headers, and ends when
// the agent's last frame of it is written or either side has reset it.
type transit struct {
	conns *connections // immutable

	mu      sync.Mutex
	in, out frames           // guarded by mu
	calls   map[uint32]int64 // guarded by mu; under way, each with the bytes received
	begun   map[uint32]begun // guarded by mu; under way, each with what was written of it
	last    uint32           // guarded by mu; the highest stream so far
	bytes   int64            // guarded by mu; below 0 for a moment where a call's end overtook its decoding
	ended   bool             // guarded by mu; nothing counts any more
}

// begun is how far an answer has got.
type begun int

const (
	nothing begun = iota
	headers
	messages // or a part of one
)

// and is how far it has got with one more frame.
func (b begun) and(f frame) begun {
	switch f.kind {
	case frameHeaders:
		return max(b, headers)
	case frameData:
		return messages
	}
	return b
}

func newTransit(conns *connections) *transit {
	return &transit{conns: conns, in: frames{skip: clientPreface}, calls: map[uint32]int64{}, begun: map[uint32]begun{}}
}

// received looks at what the client sent, before gRPC does. It returns how many
// calls are under way.
func (t *transit) received(p []byte) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		f, rest, ok := t.in.next(p)
		if !ok {
			return len(t.calls)
		}
		p = rest
		t.clientFrame(f)
	}
}

func (t *transit) clientFrame(f frame) {
	if t.ended {
		return
	}
	switch f.kind {
	case frameHeaders:
		if f.stream > t.last && f.stream%2 == 1 {
			t.last = f.stream
			t.begun[f.stream] = nothing
			t.calls[f.stream] = 0
			t.conns.wire.Add(1)
		}
	case frameData:
		if n, under := t.calls[f.stream]; under {
			t.calls[f.stream] = n + int64(f.length)
			t.add(int64(f.length))
		}
	case frameReset:
		delete(t.begun, f.stream)
		t.end(f.stream)
	}
}

// sent looks at what gRPC writes.
func (t *transit) sent(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		f, rest, ok := t.out.next(p)
		if !ok {
			return
		}
		p = rest
		if f.ends() {
			delete(t.begun, f.stream)
			t.end(f.stream)
		} else if so, under := t.begun[f.stream]; under {
			t.begun[f.stream] = so.and(f)
		}
	}
}

// end forgets a call and what was received for it; t.mu is locked.
func (t *transit) end(stream uint32) {
	n, under := t.calls[stream]
	if !under || t.ended {
		return
	}
	delete(t.calls, stream)
	t.conns.wire.Add(-1)
	t.add(-n)
}

// add changes the bytes; t.mu is locked.
func (t *transit) add(n int64) {
	if !t.ended {
		t.bytes += n
		t.conns.transit.Add(n)
	}
}

// change adds to the bytes, or takes from them.
func (t *transit) change(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(n)
}

// size is how many bytes the connection has in transit.
func (t *transit) size() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return 0
	}
	return t.bytes
}

// midway is how many of n bytes that are to be written belong to a frame that
// has begun, as far as is known.
func (t *transit) midway(n int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.midway(n)
}

// farewell is what ends the connection, between frames: the client is sent away,
// and each call that has had no message ends with the status. The others break,
// and gRPC says UNAVAILABLE with the reason it was sent away for: there may be a
// part of a message, and a status behind that would be taken for a fault of ours.
func (t *transit) farewell(why error) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	said := status.Convert(why)
	b := goAway(t.last, said.Message())
	first, later := endings(said)
	for stream, begun := range t.begun {
		switch begun {
		case nothing:
			b = appendHeaders(b, stream, first)
		case headers:
			b = appendHeaders(b, stream, later)
		}
	}
	t.begun = nil
	return b
}

// over says whether nothing counts any more.
func (t *transit) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ended
}

// finish gives everything back: the connection ends.
func (t *transit) finish() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	t.ended = true
	t.conns.transit.Add(-t.bytes)
	t.conns.wire.Add(-int64(len(t.calls)))
	t.calls = nil
}

// took tells the account of a connection how many bytes of a call were decoded.
// They are given back when the call's handler is done, since the account loses
// all that was received for a call when that has ended on the wire.
func took(on net.Conn, bytes int) {
	if c, ok := on.(*conn); ok {
		c.transit.change(-int64(bytes))
	}
}
