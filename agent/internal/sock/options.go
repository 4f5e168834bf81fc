//go:build linux

package sock

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"
)

// maxOptionBytes bounds a raw option's value.
const maxOptionBytes = 4096

// GetOption reads the option of q's kind; for OptRaw that of its numbers and
// Size. Reading SO_ERROR clears it, as the kernel has it.
func (s *Socket) GetOption(q Option) (Option, Outcome, error) {
	if q.Kind == OptRaw {
		return s.getRaw(q.Raw)
	}
	p, err := s.placeOf(q.Kind)
	if err != nil {
		return Option{}, Outcome{}, err
	}
	var b [8]byte
	size := 4
	if p.form == formLinger {
		size = 8
	}
	_, errno, err := s.getOption(p.level, p.name, b[:size])
	if err != nil || errno != 0 {
		return Option{}, answered("getsockopt", errno), err
	}
	o := Option{Kind: q.Kind}
	first := int(int32(binary.NativeEndian.Uint32(b[:])))
	switch p.form {
	case formBool:
		o.Bool = first != 0
	case formInt:
		o.Int = first
	case formLinger:
		o.Linger = Linger{On: first != 0, Seconds: int(int32(binary.NativeEndian.Uint32(b[4:])))}
	}
	return o, done(), nil
}

func (s *Socket) getOption(level, name int, b []byte) (n int, errno unix.Errno, err error) {
	errno, err = s.call(func(fd int) (e unix.Errno) {
		n, e = sysGetOption(fd, level, name, b)
		return e
	})
	return n, errno, err
}

func (s *Socket) getRaw(q Raw) (Option, Outcome, error) {
	if q.Size < 0 || q.Size > maxOptionBytes {
		return Option{}, Outcome{}, &RangeError{Field: "size", Got: int64(q.Size), Min: 1, Max: maxOptionBytes}
	}
	b := make([]byte, max(q.Size, 4))
	if q.Size > 0 {
		b = b[:q.Size]
	}
	n, errno, err := s.getOption(q.Level, q.Name, b)
	if err != nil || errno != 0 {
		return Option{}, answered("getsockopt", errno), err
	}
	raw := Raw{Level: q.Level, Name: q.Name, Size: q.Size}
	if q.Size > 0 {
		raw.Bytes = b[:n]
	} else {
		v := int32(binary.NativeEndian.Uint32(b))
		raw.Int = &v
	}
	return Option{Kind: OptRaw, Raw: raw}, done(), nil
}

// SetOption sets an option and returns what the kernel then reads back; where
// it cannot read it, the option as it was set.
func (s *Socket) SetOption(o Option) (Option, Outcome, error) {
	level, name, value, err := s.encodeOption(o)
	if err != nil {
		return Option{}, Outcome{}, err
	}
	errno, err := s.call(func(fd int) unix.Errno { return sysSetOption(fd, level, name, value) })
	if err != nil || errno != 0 {
		return Option{}, answered("setsockopt", errno), err
	}
	if level == unix.SOL_SOCKET {
		if err := s.noteTimeout(name); err != nil {
			return Option{}, Outcome{}, err
		}
	}
	q := o
	if o.Kind == OptRaw && o.Raw.Int == nil {
		q.Raw.Size = max(len(o.Raw.Bytes), 1)
	} else {
		q.Raw.Size = 0
	}
	now, out, err := s.GetOption(q)
	if err != nil {
		return Option{}, Outcome{}, err
	}
	if !out.OK() {
		now = o
	}
	now.Raw.Size = 0
	return now, done(), nil
}

func (s *Socket) encodeOption(o Option) (level, name int, value []byte, err error) {
	if o.Kind == OptRaw {
		if len(o.Raw.Bytes) > maxOptionBytes {
			return 0, 0, nil, &RangeError{Field: "bytes_value", Got: int64(len(o.Raw.Bytes)), Max: maxOptionBytes}
		}
		if o.Raw.Int != nil {
			return o.Raw.Level, o.Raw.Name, binary.NativeEndian.AppendUint32(nil, uint32(*o.Raw.Int)), nil
		}
		return o.Raw.Level, o.Raw.Name, o.Raw.Bytes, nil
	}
	p, err := s.placeOf(o.Kind)
	if err != nil {
		return 0, 0, nil, err
	}
	number := func(n int) { value = binary.NativeEndian.AppendUint32(value, uint32(int32(n))) }
	flag := func(b bool) {
		if b {
			number(1)
		} else {
			number(0)
		}
	}
	switch p.form {
	case formBool:
		flag(o.Bool)
	case formInt:
		number(o.Int)
	case formLinger:
		flag(o.Linger.On)
		number(o.Linger.Seconds)
	}
	return p.level, p.name, value, nil
}

// noteTimeout keeps SO_RCVTIMEO and SO_SNDTIMEO when they were set: on a
// non-blocking descriptor the kernel ignores them, so Forever honours them.
func (s *Socket) noteTimeout(name int) error {
	keep := &s.receiveTimeout
	switch name {
	case unix.SO_RCVTIMEO, unix.SO_RCVTIMEO_NEW:
	case unix.SO_SNDTIMEO, unix.SO_SNDTIMEO_NEW:
		keep = &s.sendTimeout
	default:
		return nil
	}
	var b [16]byte
	_, errno, err := s.getOption(unix.SOL_SOCKET, name, b[:])
	if err != nil || errno != 0 {
		return err
	}
	seconds := int64(binary.NativeEndian.Uint64(b[:]))
	micros := int64(binary.NativeEndian.Uint64(b[8:]))
	// Beyond 24 h it is as good as none, and must not overflow.
	d := min(seconds, int64(24*time.Hour/time.Second)) * int64(time.Second)
	keep.Store(d + micros*int64(time.Microsecond))
	return nil
}
