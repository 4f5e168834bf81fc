package farsock

import (
	"time"

	farsockv1 "github.com/farsock/farsock/gen/go/farsock/v1"
)

const (
	// datagramCharge is what a datagram costs in the window besides its bytes.
	datagramCharge = 512
	// ackEvery is how much may have been read before it is acknowledged, in
	// bytes, while there is more to read.
	ackEvery = 64 << 10
	// ackDelay is when it is acknowledged although it is less, if there is no
	// more.
	ackDelay = 5 * time.Millisecond
)

// inbox is what arrived, in order, and how far it was read and acknowledged. A
// reader that comes back for more has taken what it got before: that, and no
// more, is acknowledged. All offsets are the agent's.
type inbox struct {
	items   []item
	charged int    // what items cost
	last    []byte // what the last read returned of a stream's bytes

	begin   int64 // where the attachment began
	end     int64 // up to here everything arrived
	taken   int64 // up to here it was read
	settled int64 // up to here it was read for good
	asked   int64 // where the latest Stream was asked to begin
	told    int64 // up to here the present Stream has told it, what is known included
	acked   int64 // up to here the agent was told so on the present Stream

	takenCost, settledCost, ackedCost int64 // sums of charges, likewise
	idle                              bool  // the reader waits: acknowledge soon
	now                               bool  // ackDelay is over
}

// item is one thing received: bytes of a stream, a datagram, or an error that
// is not the end.
type item struct {
	data     []byte
	datagram *farsockv1.Datagram // nil on a stream
	err      error
}

func (i item) charge() int {
	if i.datagram != nil || i.err != nil {
		return len(i.data) + datagramCharge
	}
	return len(i.data)
}

// ask is where the next Stream is to begin.
func (b *inbox) ask() int64 {
	b.asked = b.settled
	return b.asked
}

// start sets where a Stream begins to tell. What arrived before the first
// Stream, there is none.
func (b *inbox) start(offset int64, first bool) error {
	if first {
		b.begin, b.end, b.taken, b.settled, b.asked = offset, offset, offset, offset, offset
	}
	// The reader may have come further since it was asked.
	if offset != b.asked {
		return errProtocol
	}
	b.told, b.acked, b.ackedCost = offset, offset, b.settledCost
	return nil
}

// deliver puts what a message brought behind what is there, without what is
// there already.
func (b *inbox) deliver(m *farsockv1.StreamReceive) error {
	if m.GetOffset() != b.told {
		return errProtocol
	}
	known := int(b.end - b.told)
	if data := m.GetData(); len(data) > 0 {
		b.told += int64(len(data))
		if known < len(data) {
			b.push(item{data: data[max(known, 0):]})
		}
	}
	for i, it := range m.GetItems() {
		b.told++
		if i < known {
			continue
		}
		if d := it.GetDatagram(); d != nil {
			b.push(item{data: d.GetData(), datagram: d})
		} else if err := OutcomeErr("read", it.GetError()); err != nil {
			b.push(item{err: err})
		} else {
			return errProtocol
		}
	}
	b.end = max(b.end, b.told)
	if b.charged > 2*streamAhead && len(b.items) > 1 {
		return errProtocol // more than the window allows
	}
	return nil
}

func (b *inbox) push(i item) {
	b.items = append(b.items, i)
	b.charged += i.charge()
}

// take hands over bytes of a stream, or one item cut to len(to). ok is false
// when there is nothing.
func (b *inbox) take(to []byte) (n int, from *farsockv1.Datagram, err error, ok bool) {
	if len(b.items) == 0 {
		return 0, nil, nil, false
	}
	first := &b.items[0]
	n = copy(to, first.data)
	from, err = first.datagram, first.err
	if from != nil || err != nil {
		b.taken++
		b.takenCost += int64(first.charge())
		b.last = nil
		b.drop(first.charge())
		return n, from, err, true
	}
	b.taken += int64(n)
	b.takenCost += int64(n)
	b.last = first.data[:n]
	if n < len(first.data) {
		first.data = first.data[n:]
		b.charged -= n
	} else {
		b.drop(n)
	}
	return n, nil, nil, true
}

// drop removes the first item.
func (b *inbox) drop(charge int) {
	b.charged -= charge
	b.items[0] = item{}
	b.items = b.items[1:]
	if len(b.items) == 0 {
		b.items = nil
	}
}

// untake gives the last n bytes of the last read back; false if there are not
// so many.
func (b *inbox) untake(n int) bool {
	if n > len(b.last) {
		return false
	}
	if n == 0 {
		return true
	}
	at := len(b.last) - n
	b.items = append([]item{{data: b.last[at:]}}, b.items...)
	b.last = b.last[:at]
	b.charged += n
	b.taken -= int64(n)
	b.takenCost -= int64(n)
	return true
}

// settle notes that the reader is done with what it got.
func (b *inbox) settle() {
	b.settled, b.settledCost = b.taken, b.takenCost
	b.last = nil
	b.idle = b.idle || len(b.items) == 0
}

// late says that ackDelay has to begin.
func (b *inbox) late() bool { return b.idle && !b.now && b.settled > b.acked }

// dueAck says whether, and up to where, to acknowledge now.
func (b *inbox) dueAck() (offset int64, due bool) {
	// Never more than the present Stream has told.
	offset = min(b.settled, b.told)
	return offset, offset > b.acked && (b.now || b.settledCost-b.ackedCost >= ackEvery)
}

// ack notes that it was acknowledged up to there.
func (b *inbox) ack(offset int64) {
	b.acked = offset
	if offset == b.settled {
		b.ackedCost, b.idle, b.now = b.settledCost, false, false
	}
}

func (b *inbox) clear() { b.items, b.charged, b.last = nil, 0, nil }
