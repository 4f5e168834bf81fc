//go:build linux

package sock

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// room is how many bytes reading an option of a form takes.
func (f form) room() int {
	switch f {
	case formLinger:
		return 8
	case formTimeout, formText:
		return 16 // IFNAMSIZ and TCP_CA_NAME_MAX too
	}
	return 4
}

// decode fills o with what the kernel gave.
func (f form) decode(o *Option, b []byte) {
	if f == formText {
		o.Text = unix.ByteSliceToString(b)
		return
	}
	var whole [16]byte
	copy(whole[:], b)
	first := binary.NativeEndian.Uint32(whole[:])
	switch f {
	case formBool:
		o.Bool = first != 0
	case formInt:
		o.Int = int(int32(first))
	case formUint:
		o.Int = int(first)
	case formErrno:
		o.Text = errnoText(unix.Errno(first))
	case formLinger:
		o.Linger = Linger{On: first != 0, Seconds: int(int32(binary.NativeEndian.Uint32(whole[4:])))}
	case formTimeout:
		o.Timeout = timeout(whole)
	}
}

// encode is what the kernel is given for the forms whose value needs no look at
// the socket.
func (f form) encode(o Option) []byte {
	number := func(n int) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(n)) }
	switch f {
	case formBool:
		if o.Bool {
			return number(1)
		}
		return number(0)
	case formText:
		return append([]byte(o.Text), 0)
	case formLinger:
		on := form.encode(formBool, Option{Bool: o.Linger.On})
		return append(on, number(o.Linger.Seconds)...)
	case formTimeout:
		micros := int64((o.Timeout + time.Microsecond - 1) / time.Microsecond) // 0 would be none
		b := binary.NativeEndian.AppendUint64(nil, uint64(micros/1e6))
		return binary.NativeEndian.AppendUint64(b, uint64(micros%1e6))
	}
	return number(o.Int)
}

// timeout reads a struct timeval, never overflowing.
func timeout(b [16]byte) time.Duration {
	seconds := int64(binary.NativeEndian.Uint64(b[:]))
	micros := int64(binary.NativeEndian.Uint64(b[8:]))
	if seconds > math.MaxInt64/int64(time.Second)-1 {
		return math.MaxInt64
	}
	return time.Duration(seconds)*time.Second + time.Duration(micros)*time.Microsecond
}

// errnoText is an errno's name, its number where it has none, or "" for 0.
func errnoText(e unix.Errno) string {
	if name := (Outcome{Errno: e}).ErrnoName(); name != "" || e == 0 {
		return name
	}
	return strconv.Itoa(int(e))
}
