//go:build linux

package sock

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The longest texts that options hold, without their NUL: the kernel would cut
// off what is longer.
const (
	maxInterfaceBytes  = unix.IFNAMSIZ - 1
	maxCongestionBytes = 15
	// maxOptionBytes bounds a raw option's value.
	maxOptionBytes = 4096
)

// CheckOptions finds what this socket's kernel cannot be asked to set: values
// that contradict themselves or the socket's family. Nothing is set. Errors:
// *ArgumentError and *RangeError, whose Field begins "options[INDEX].".
func (s *Socket) CheckOptions(options []Option) error {
	for i, o := range options {
		at := "options[" + strconv.Itoa(i) + "]."
		switch err := s.checkOption(o).(type) {
		case nil:
		case *ArgumentError:
			return &ArgumentError{Field: at + err.Field, Reason: err.Reason}
		case *RangeError:
			return &RangeError{Field: at + err.Field, Got: err.Got, Min: err.Min, Max: err.Max}
		default:
			return err
		}
	}
	return nil
}

func (s *Socket) checkOption(o Option) error {
	switch o.Kind {
	case OptRaw:
		if s.family == Inet6 && o.Raw.Level == unix.IPPROTO_IPV6 && o.Raw.Name == unix.IPV6_ADDRFORM {
			return &ArgumentError{Field: "raw.name", Reason: "is IPV6_ADDRFORM, which would make the socket one of another family under the name of this"}
		}
		return o.Raw.check()
	case OptError:
		return &ArgumentError{Field: "error", Reason: "cannot be set"}
	case OptMulticastJoin:
		return s.checkMembership("multicast_join", o.Membership)
	case OptMulticastLeave:
		return s.checkMembership("multicast_leave", o.Membership)
	case OptDevice:
		return checkText("device", o.Text, maxInterfaceBytes)
	case OptMulticastInterface:
		return checkText("multicast_interface", o.Text, maxInterfaceBytes)
	case OptCongestionControl:
		return checkText("congestion_control", o.Text, maxCongestionBytes)
	}
	_, err := s.placeOf(o.Kind)
	return err
}

func checkText(field, text string, longest int) error {
	switch {
	case len(text) > longest:
		return &ArgumentError{Field: field, Reason: "must be at most " + strconv.Itoa(longest) + " bytes, is " + strconv.Itoa(len(text))}
	case strings.ContainsRune(text, 0):
		return &ArgumentError{Field: field, Reason: "contains a NUL"}
	}
	return nil
}

// checkMembership lets a unix socket have any group: it is the kernel that knows
// none.
func (s *Socket) checkMembership(field string, m Membership) error {
	fits := func(a netip.Addr) bool {
		return s.family == Unix || a.Is4() == (s.family == Inet)
	}
	literal := "must be an address of the socket's family, " + s.family.String() + ", without a zone"
	switch {
	case !m.Group.IsValid() || m.Group.Zone() != "" || !fits(m.Group):
		return &ArgumentError{Field: field + ".group", Reason: literal}
	case m.Source.IsValid() && (m.Source.Zone() != "" || !fits(m.Source) || m.Source.Is4() != m.Group.Is4()):
		return &ArgumentError{Field: field + ".source", Reason: literal}
	}
	return checkText(field+".interface_name", m.Interface, maxInterfaceBytes)
}
