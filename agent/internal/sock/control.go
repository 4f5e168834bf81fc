//go:build linux

package sock

import (
	"encoding/binary"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// maxControlBytes has room for the most descriptors that one message can bring
// (253) and a good deal else.
const maxControlBytes = 8 << 10

var oobs = sync.Pool{New: func() any { return new([maxControlBytes]byte) }}

// Control is one control message, as the kernel has it.
type Control struct {
	Level, Type int
	Data        []byte
}

// number is a value of one byte or of an int; nil if it is neither.
func (c Control) number() *int {
	var n int
	switch {
	case len(c.Data) >= 4:
		n = int(int32(binary.NativeEndian.Uint32(c.Data)))
	case len(c.Data) >= 1:
		n = int(c.Data[0])
	default:
		return nil
	}
	return &n
}

// The control messages of SO_TIMESTAMP and SO_TIMESTAMPNS have the options' own
// numbers, in the old and in the new form.
const (
	timestampNew     = 63
	timestampNanoNew = 64
)

// time is what a SO_TIMESTAMP or SO_TIMESTAMPNS message holds.
func (c Control) time() (time.Time, bool) {
	unit := time.Nanosecond
	switch c.Type {
	case unix.SO_TIMESTAMP, timestampNew:
		unit = time.Microsecond
	case unix.SO_TIMESTAMPNS, timestampNanoNew:
	default:
		return time.Time{}, false
	}
	if len(c.Data) < 16 {
		return time.Time{}, false
	}
	seconds := int64(binary.NativeEndian.Uint64(c.Data))
	part := int64(binary.NativeEndian.Uint64(c.Data[8:]))
	return time.Unix(seconds, part*int64(unit)), true
}

// appendControl adds one control message to a buffer for sendmsg(2).
func appendControl(b []byte, level, kind int, data []byte) []byte {
	at := len(b)
	b = append(b, make([]byte, unix.CmsgSpace(len(data)))...)
	binary.NativeEndian.PutUint64(b[at:], uint64(unix.CmsgLen(len(data)))) // cmsg_len is a size_t
	binary.NativeEndian.PutUint32(b[at+8:], uint32(int32(level)))
	binary.NativeEndian.PutUint32(b[at+12:], uint32(int32(kind)))
	copy(b[at+unix.CmsgLen(0):], data)
	return b
}

// scmPidfd is SCM_PIDFD, which brings a descriptor of the sender's process where
// SO_PASSPIDFD is on.
const scmPidfd = 4

// controlRoom is what of oob a receive may fill: nothing for the moment while
// too many descriptors that came before still wait to be closed. The kernel
// then drops what comes along, and says that it did.
func (s *Socket) controlRoom(oob []byte, q ReceiveRequest) []byte {
	if s.family == Unix && !s.env.Poller.Room() {
		return nil
	}
	return oob[:q.controlRoom()]
}

// parseControl takes a message's control data apart, and counts the descriptors
// in it, which it has closed: not by this goroutine, which has recv.mu.
func (s *Socket) parseControl(oob []byte) (control []Control, descriptors int) {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, 0
	}
	var came []int
	for i := range msgs {
		m := &msgs[i]
		if m.Header.Level == unix.SOL_SOCKET && (m.Header.Type == unix.SCM_RIGHTS || m.Header.Type == scmPidfd) {
			for b := m.Data; len(b) >= 4; b = b[4:] {
				// Not ours to report on: the sender's own copy is its own. One that
				// the kernel could not make is negative.
				if fd := int(int32(binary.NativeEndian.Uint32(b))); fd >= 0 {
					came = append(came, fd)
				}
			}
			continue
		}
		control = append(control, Control{
			Level: int(m.Header.Level), Type: int(m.Header.Type),
			Data: append([]byte{}, m.Data...),
		})
	}
	s.env.Poller.Drop(came)
	return control, len(came)
}

// takeDescriptors returns how many were closed since it was last asked. The
// caller holds mu.
func (r *receiving) takeDescriptors() int {
	n := r.descriptors
	r.descriptors = 0
	return n
}

// takeLost reports whether control messages were lost since it was last asked.
// The caller holds mu.
func (r *receiving) takeLost() bool {
	lost := r.controlLost
	r.controlLost = false
	return lost
}
