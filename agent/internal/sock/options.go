//go:build linux

package sock

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// GetOption reads the option of q's kind; for OptRaw that of its numbers and
// Size. Reading SO_ERROR clears it, as the kernel has it. Errors: ErrClosed;
// *ArgumentError for what cannot be read, *RangeError for a bad Size.
func (s *Socket) GetOption(q Option) (Option, Outcome, error) {
	if q.Kind == OptRaw {
		return s.getRaw(q.Raw)
	}
	p, err := s.placeOf(q.Kind)
	if err != nil {
		return Option{}, Outcome{}, err
	}
	if p.form == formMembership {
		return Option{}, Outcome{}, &ArgumentError{Field: "option", Reason: "cannot be read"}
	}
	b := make([]byte, p.form.room())
	n, errno, err := s.getOption(p.level, p.name, b)
	if err != nil || errno != 0 {
		return Option{}, answered("getsockopt", errno), err
	}
	o := Option{Kind: q.Kind}
	if p.form == formInterface {
		o.Text = s.multicastInterface(p, b)
	} else {
		p.form.decode(&o, b[:n])
	}
	return o, done(), nil
}

func (s *Socket) getOption(level, name int, b []byte) (n int, errno unix.Errno, err error) {
	errno, err = s.callSteady(func(fd int) (e unix.Errno) {
		n, e = sysGetOption(fd, level, name, b)
		if e == 0 && level == unix.SOL_SOCKET && name == unix.SO_ERROR && n == 4 {
			s.noteTold(unix.Errno(binary.NativeEndian.Uint32(b)), false)
		}
		return e
	})
	if err == nil && errno == 0 && level == unix.SOL_SOCKET && name == unix.SO_ERROR && n == 4 && binary.NativeEndian.Uint32(b) == 0 {
		// A receive that had something else to return may have met it, or a
		// send of an Attachment.
		told := s.recv.takeError()
		if owed := s.takeOwed(); told == 0 {
			told = owed
		}
		binary.NativeEndian.PutUint32(b, uint32(told))
	}
	return n, errno, err
}

// SetOption sets an option and returns what the kernel then reads back; where
// it cannot read it, the option as it was set. Errors: ErrClosed and
// CheckOptions', whose Field here has no index; nothing is set then.
func (s *Socket) SetOption(o Option) (Option, Outcome, error) {
	if err := s.checkOption(o); err != nil {
		return Option{}, Outcome{}, err
	}
	out, err := s.setOption(o)
	if err != nil || !out.OK() {
		return Option{}, out, err
	}
	q := Option{Kind: o.Kind}
	switch o.Kind {
	case OptMulticastJoin, OptMulticastLeave:
		return o, done(), nil
	case OptRaw:
		q.Raw = o.Raw.readBack()
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

func (s *Socket) setOption(o Option) (Outcome, error) {
	if o.Kind == OptRaw {
		return s.setBytes(o.Raw.Level, o.Raw.Name, o.Raw.encode())
	}
	p, err := s.placeOf(o.Kind)
	if err != nil {
		return Outcome{}, err
	}
	switch p.form {
	case formMembership:
		return s.setMembership(p, o.Membership)
	case formInterface:
		return s.setMulticastInterface(p, o.Text)
	}
	return s.setBytes(p.level, p.name, p.form.encode(o))
}

// setBytes is setsockopt(2), and keeps what the agent has to do in the kernel's
// stead.
func (s *Socket) setBytes(level, name int, value []byte) (Outcome, error) {
	errno, err := s.callSteady(func(fd int) unix.Errno { return sysSetOption(fd, level, name, value) })
	if err != nil || errno != 0 {
		return answered("setsockopt", errno), err
	}
	if level == unix.SOL_SOCKET {
		err = s.note(name)
	}
	return done(), err
}
