package farsock

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/farsock/farsock/proto/wire"
)

// flight is one Write or ReadFrom: the parcels that it has on their way. It
// belongs to the goroutine of the one writer.
type flight struct {
	h      *handle
	a      *attachment
	posted []*parcel // at most byteSlots
	taken  int64     // bytes
	queued int64     // bytes of posted
}

// takeOff is the one writer until land.
func (h *handle) takeOff() (*flight, error) {
	if err := h.enter(h.writing, h.writeBy); err != nil {
		return nil, err
	}
	a, err := h.attachment()
	if err != nil {
		<-h.writing
		return nil, err
	}
	return &flight{h: h, a: a}, nil
}

func (f *flight) land() { <-f.h.writing }

// slot waits until there is one for another parcel, and takes it.
func (f *flight) slot() error {
	for {
		if got, err := f.wait(f.a.slots); got || err != nil {
			return err
		}
	}
}

// empty waits until everything posted is settled.
func (f *flight) empty() error {
	for len(f.posted) > 0 {
		if _, err := f.wait(nil); err != nil {
			return err
		}
	}
	return nil
}

// wait waits until the oldest parcel is settled, or a slot is taken, or the
// operation has to stop.
func (f *flight) wait(slots chan struct{}) (got bool, err error) {
	if err := f.h.stopped(f.h.writeBy); err != nil {
		return false, err
	}
	var oldest chan struct{}
	if len(f.posted) > 0 {
		oldest = f.posted[0].done
	}
	select {
	case <-oldest:
		p := f.posted[0]
		f.posted = f.posted[1:]
		f.taken += int64(p.n)
		f.queued -= p.size()
		return false, p.err
	case slots <- struct{}{}:
		return true, nil
	case <-f.h.writeBy.done():
	case <-f.h.closed:
	}
	return false, nil
}

// post sends b, which is not to be changed any more, in the slot that was taken.
func (f *flight) post(b []byte) error {
	p := &parcel{data: b}
	if refused := f.a.post(p); refused != nil {
		// How far it got is known when what was posted before is settled.
		if err := f.empty(); err != nil {
			return err
		}
		return refused
	}
	f.queued += p.size()
	f.posted = append(f.posted, p)
	return nil
}

// count is what was taken; if the deadline passed first, what was taken or still
// will be: going on with the rest continues the stream.
func (f *flight) count(err error) int64 {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return f.taken + f.queued
	}
	return f.taken
}

// sendBytes returns when the kernel has taken all of b.
func (h *handle) sendBytes(b []byte) (int, error) {
	f, err := h.takeOff()
	if err != nil {
		return 0, err
	}
	defer f.land()
	for len(b) > 0 {
		if err := f.slot(); err != nil {
			return int(f.count(err)), err
		}
		n := min(len(b), wire.StreamSendChunk)
		if err := f.post(bytes.Clone(b[:n])); err != nil {
			return int(f.count(err)), err
		}
		b = b[n:]
	}
	err = f.empty()
	return int(f.count(err)), err
}

// readError is an error of the reader that sendFrom reads.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }

// sendFrom is sendBytes for all that r has.
func (h *handle) sendFrom(r io.Reader) (int64, error) {
	f, err := h.takeOff()
	if err != nil {
		return 0, err
	}
	defer f.land()
	for {
		if err := f.slot(); err != nil {
			return f.count(err), err
		}
		b := make([]byte, wire.StreamSendChunk)
		n, failed := r.Read(b)
		if n > 0 {
			if err := f.post(b[:n]); err != nil {
				return f.count(err), err
			}
		} else {
			<-f.a.slots
		}
		if failed != nil {
			err := f.empty()
			if err == nil && !errors.Is(failed, io.EOF) {
				err = &readError{failed}
			}
			return f.count(err), err
		}
	}
}
